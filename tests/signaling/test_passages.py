"""Participants of one room at different servers: a real Redis between them, stopped and started again."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from signaling import hub as hubs
from signaling import rooms
from signaling.backplane import RedisBackplane
from signaling.errors import Code
from signaling.from_client import ChatSend, Hello, MediaOffer, ParticipantAdmit, ParticipantRemove, Ping
from signaling.from_server import (
    Admitted,
    CallEnded,
    ChatPosted,
    Done,
    Error,
    MediaOffered,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Pong,
    Refused,
    RoomEpoch,
)
from signaling.parts import CloseCode, EndReason, LeaveReason, Presence
from signaling.ports import Ending, RoomEnded
from telehealth.kit.clock import SystemClock
from tests.signaling.line import Line, Served, serving, until
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import DOCTOR, PATIENT, ROOM_ID, STATION
from tests.support.redis import RedisServer, own_redis

pytestmark = pytest.mark.anyio
SECONDS = 60


@asynccontextmanager
async def two_servers(ports: MemoryPorts, url: str) -> AsyncIterator[tuple[Served, Served]]:
    """Two servers that hear each other."""
    one, other = RedisBackplane(url), RedisBackplane(url)
    async with serving(ports, backplane=one) as first, serving(ports, backplane=other) as second:
        await until(lambda: one.is_settled and other.is_settled, seconds=SECONDS)
        yield first, second


async def pass_seconds(count: int) -> None:
    """Let the servers' clocks tick so often."""
    until_then = SystemClock().now() + timedelta(seconds=count)
    await until(lambda: SystemClock().now() > until_then)


async def a_call(first: Served, second: Served) -> tuple[Line, Line]:
    """The doctor is at the server that holds the room, the station at the other."""
    doctor = await first.come(DOCTOR)
    await doctor.expect(Admitted)
    station = await second.come(STATION)
    await station.expect(Admitted)
    await doctor.expect(ParticipantJoined)
    return doctor, station


async def test_participants_at_two_servers_meet_in_one_room(
    ports: MemoryPorts, redis_server: RedisServer
) -> None:
    async with two_servers(ports, redis_server.url) as (first, second):
        doctor, station = await a_call(first, second)
        assert (first.hub.room_count, second.hub.room_count) == (1, 0)
        assert second.hub.passages.count == 1
        assert station.welcome.epoch == doctor.welcome.epoch == 1
        await station.send(MediaOffer(ref=1, to=DOCTOR.participant_id, connection="k1", sdp="v=0 ạ"))
        assert (await doctor.expect(MediaOffered)).sdp == "v=0 ạ"
        assert (await station.expect(Done)).reply_to == 1
        await doctor.send(ChatSend(ref=1, id=uuid4(), text="Đã nghe rõ ạ"))
        assert (await station.expect(ChatPosted)).line.text == "Đã nghe rõ ạ"
        await station.send("nonsense")
        assert (await station.expect(Error)).code is Code.BAD_MESSAGE
        await station.send(Ping(ref=9))
        assert (await station.expect(Pong)).reply_to == 9


async def test_a_patient_waits_at_another_server_and_is_admitted(
    ports: MemoryPorts, redis_server: RedisServer
) -> None:
    async with two_servers(ports, redis_server.url) as (first, second):
        doctor = await first.come(DOCTOR)
        await doctor.expect(Admitted)
        patient = await second.come(PATIENT)
        assert patient.welcome.place == 1
        await doctor.expect(ParticipantJoined)
        await doctor.send(ParticipantAdmit(ref=1, participant=PATIENT.participant_id))
        await patient.expect(Admitted)
        await doctor.send(ParticipantRemove(ref=2, participant=PATIENT.participant_id))
        assert await patient.closed() == CloseCode.REMOVED
        assert patient.heard[-1] == Refused(code=Code.REMOVED_FROM_ROOM, retry=False)
        await until(lambda: second.hub.passages.count == 0)


async def test_leaving_and_losing_the_line_are_told_apart_across_servers(
    ports: MemoryPorts, redis_server: RedisServer
) -> None:
    async with two_servers(ports, redis_server.url) as (first, second):
        doctor, station = await a_call(first, second)
        station.cut()
        assert (await doctor.expect(ParticipantChanged)).participant.state is Presence.ABSENT
        await doctor.send(ChatSend(ref=1, id=uuid4(), text="Alo"))
        station = await second.come_back(station)
        assert station.welcome.resumed
        assert (await station.expect(ChatPosted)).line.text == "Alo"
        assert (await doctor.expect(ParticipantChanged)).participant.state is Presence.PRESENT
        await station.wire.close(1000)
        assert (await doctor.expect(ParticipantLeft)).reason is LeaveReason.LEFT
        await until(lambda: second.hub.socket_count == 0)


async def test_a_flood_ends_at_the_server_it_comes_to(ports: MemoryPorts, redis_server: RedisServer) -> None:
    async with two_servers(ports, redis_server.url) as (first, second):
        doctor, station = await a_call(first, second)
        await station.flood()
        assert await station.closed() == CloseCode.TRY_LATER
        assert [one.code for one in station.heard if isinstance(one, Error)] == [Code.RATE_EXCEEDED]
        assert (await doctor.expect(ParticipantChanged)).participant.state is Presence.ABSENT


async def test_an_end_decided_at_one_server_reaches_every_other(
    ports: MemoryPorts, redis_server: RedisServer
) -> None:
    async with two_servers(ports, redis_server.url) as (first, second):
        doctor, station = await a_call(first, second)
        now = SystemClock().now()
        ports.record(ROOM_ID, 1, [RoomEnded(Ending(None, EndReason.CANCELLED, now))], now=now)
        second.hub.wake(ROOM_ID)
        for line in (doctor, station):
            assert (await line.expect(CallEnded)).reason is EndReason.CANCELLED
            assert await line.closed() == CloseCode.NORMAL


async def test_who_comes_first_at_both_servers_at_once_holds_the_room(
    ports: MemoryPorts, redis_server: RedisServer
) -> None:
    async with two_servers(ports, redis_server.url) as (first, second):
        doctor = await first.come(DOCTOR)
        await doctor.expect(Admitted)
        # The other looked before the first had opened it.
        with pytest.raises(Exception, match="room-moved"):
            ports.open_room(ROOM_ID, now=SystemClock().now(), by=second.hub.node)
        assert ports.rooms[ROOM_ID].epoch == 1


async def test_a_server_that_stops_lets_its_rooms_go(ports: MemoryPorts, redis_server: RedisServer) -> None:
    other = RedisBackplane(redis_server.url)
    async with serving(ports, backplane=other) as second:
        async with serving(ports, backplane=RedisBackplane(redis_server.url)) as first:
            await until(lambda: other.is_settled and first.hub.is_settled, seconds=SECONDS)
            doctor, station = await a_call(first, second)
        assert await station.closed() == CloseCode.RESTART
        back = await second.come_back(doctor)
        assert (await back.expect(RoomEpoch)).epoch == 2
        assert second.hub.room_count == 1
        station = await second.come_back(station)
        assert [peer.id for peer in (await station.expect(Admitted)).participants] == [DOCTOR.participant_id]


async def test_a_room_nobody_comes_back_to_is_taken_up_and_its_people_leave_it(
    ports: MemoryPorts, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages were closed while the server was down: who is there by the book is not there for ever."""
    monkeypatch.setattr(hubs, "ADOPT_SECONDS", 0.2)
    monkeypatch.setattr(rooms, "PLACE_KEPT", timedelta(seconds=0))
    async with serving(ports, backplane=RedisBackplane(redis_server.url)) as first:
        await until(lambda: first.hub.is_settled, seconds=SECONDS)
        doctor = await first.come(DOCTOR)
        await doctor.expect(Admitted)
    assert DOCTOR.participant_id in ports.rooms[ROOM_ID].members
    async with serving(ports, backplane=RedisBackplane(redis_server.url)):
        await until(lambda: DOCTOR.participant_id not in ports.rooms[ROOM_ID].members, seconds=SECONDS)


async def test_a_server_that_is_gone_without_a_word_is_taken_over_from(
    ports: MemoryPorts, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryPorts, "let_go", lambda *_: None)  # it was killed
    other = RedisBackplane(redis_server.url)
    async with serving(ports, backplane=other) as second:
        async with serving(ports, backplane=RedisBackplane(redis_server.url)) as first:
            await until(lambda: other.is_settled and first.hub.is_settled, seconds=SECONDS)
            doctor, _ = await a_call(first, second)
        back = await second.come_back(doctor)
        assert (await back.expect(RoomEpoch)).epoch == 2
        assert ports.rooms[ROOM_ID].holder == second.hub.node


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.nightly)])
async def test_losing_redis_loses_nothing(
    ports: MemoryPorts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """Nobody is given up however long it takes; who is at the holder goes on; afterwards all is as before."""
    monkeypatch.setattr(rooms, "PLACE_KEPT", timedelta(seconds=0))
    with own_redis(tmp_path) as redis:
        async with two_servers(ports, redis.url) as (first, second):
            doctor, station = await a_call(first, second)
            patient = await first.come(PATIENT)
            await doctor.send(ParticipantAdmit(ref=1, participant=PATIENT.participant_id))
            await patient.expect(Admitted)
            redis.stop()
            assert await station.closed() == CloseCode.RESTART
            while (await doctor.expect(ParticipantChanged)).participant.state is not Presence.ABSENT:
                continue
            refused = await second.come_back(station)
            assert refused.heard == [Refused(code=Code.SIGNALING_UNAVAILABLE, retry=True)]
            await doctor.send(ChatSend(ref=2, id=uuid4(), text="Chờ một lát"))
            assert (await patient.expect(ChatPosted)).line.text == "Chờ một lát"
            for _ in range(seconds):
                for line in (doctor, patient):
                    await line.send(Ping(last_seq=line.last_seq))
                await pass_seconds(1)
            monkeypatch.setattr(rooms, "PLACE_KEPT", timedelta(minutes=2))
            redis.start()
            began = time.monotonic()
            await until(lambda: first.hub.is_settled and second.hub.is_settled, seconds=SECONDS)
            station = await second.come_back(station)
            print(f"back {time.monotonic() - began:.1f} s after Redis, which was away for {seconds} s")
            assert station.welcome.resumed
            assert (await station.expect(ChatPosted)).line.text == "Chờ một lát"
            assert ports.rooms[ROOM_ID].epoch == 1


async def test_without_redis_who_comes_to_the_holder_is_served(ports: MemoryPorts) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    async with (
        serving(ports, backplane=RedisBackplane(nowhere)) as first,
        serving(ports, backplane=RedisBackplane(nowhere)) as second,
    ):
        doctor = await first.come(DOCTOR)
        await doctor.expect(Admitted)
        late = await second.open()
        await late.send(Hello(versions=(1,), ticket=second.ticket(STATION)))
        assert (await late.expect(Refused)).code is Code.SIGNALING_UNAVAILABLE
        station = await first.come(STATION)
        await station.expect(Admitted)
        await doctor.expect(ParticipantJoined)


async def test_without_redis_a_room_whose_holder_is_dead_is_taken_over(
    ports: MemoryPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whoever was only out of reach finds that it was, without any wake-up."""
    monkeypatch.setattr(hubs, "RECHECK_SECONDS", 0.2)
    nowhere = "redis://127.0.0.1:1/0"
    async with (
        serving(ports, backplane=RedisBackplane(nowhere)) as first,
        serving(ports, backplane=RedisBackplane(nowhere)) as second,
    ):
        doctor = await first.come(DOCTOR)
        await doctor.expect(Admitted)
        monkeypatch.setattr(MemoryPorts, "note_alive", lambda *_, **__: None)
        ports.alive.clear()
        station = await second.come(STATION)
        await station.expect(Admitted)
        assert await doctor.closed() == CloseCode.RESTART
        assert [one.code for one in doctor.heard if isinstance(one, Refused)] == [Code.ROOM_MOVED]
