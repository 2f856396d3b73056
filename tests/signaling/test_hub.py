"""The hub over facts that outlive it: restarts, faults of the storage, changes made elsewhere."""

import logging
from uuid import uuid4

import pytest

from signaling.backplane import RedisBackplane
from signaling.errors import Code
from signaling.from_client import ChatSend, ParticipantAdmit
from signaling.from_server import (
    Admitted,
    CallEnded,
    ChatPosted,
    ParticipantJoined,
    Refused,
    RoomEpoch,
)
from signaling.parts import CloseCode, EndReason, LeaveReason
from signaling.ports import (
    ChatKept,
    Ending,
    MemberAdmitted,
    MemberJoined,
    MemberLeft,
    RoomEnded,
)
from telehealth.kit.clock import SystemClock
from tests.signaling.line import Line, Served, serving, until
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import DOCTOR, PATIENT, ROOM_ID
from tests.support.redis import RedisServer

pytestmark = pytest.mark.anyio


async def a_call(served: Served) -> tuple[Line, Line]:
    doctor = await served.come(DOCTOR)
    await doctor.expect(Admitted)
    patient = await served.come(PATIENT)
    await doctor.expect(ParticipantJoined)
    await doctor.send(ParticipantAdmit(ref=1, participant=PATIENT.participant_id))
    await patient.expect(Admitted)
    return doctor, patient


async def test_the_journal_tells_the_story(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, patient = await a_call(served)
        await patient.send(ChatSend(ref=1, id=uuid4(), text="Chào bác sĩ"))
        await doctor.expect(ChatPosted)
        await patient.wire.close(1000)
        await until(lambda: len(ports.rooms[ROOM_ID].journal) == 5)
        await doctor.send('{"type": "call.end", "ref": 2}')
        await doctor.closed()
    journal = ports.rooms[ROOM_ID].journal
    kinds = [type(one) for one in journal]
    assert kinds == [MemberJoined, MemberJoined, MemberAdmitted, ChatKept, MemberLeft, RoomEnded]
    assert journal[4].reason is LeaveReason.LEFT  # type: ignore[union-attr]


async def test_a_restart_loses_nothing(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, patient = await a_call(served)
        await patient.send(ChatSend(ref=1, id=uuid4(), text="Chào bác sĩ"))
        await doctor.expect(ChatPosted)
        await patient.expect(ChatPosted)
    assert await doctor.closed() == CloseCode.RESTART
    async with serving(ports) as served:
        assert served.hub.room_count == 1
        doctor, patient = await served.come_back(doctor), await served.come_back(patient)
        for line in (doctor, patient):
            assert (line.welcome.resumed, line.welcome.epoch, line.welcome.place) == (False, 2, 0)
            assert (await line.expect(RoomEpoch)).epoch == 2
            admitted = await line.expect(Admitted)
            assert [one.text for one in admitted.chat] == ["Chào bác sĩ"]


async def test_what_cannot_be_kept_is_told_to_nobody(
    ports: MemoryPorts, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(ports) as served:
        doctor, patient = await a_call(served)
        ports.is_broken = True
        with caplog.at_level(logging.CRITICAL):
            await patient.send(ChatSend(ref=1, id=uuid4(), text="Chào bác sĩ"))
            for line in (doctor, patient):
                assert await line.closed() == CloseCode.SERVER_ERROR
                assert not [one for one in line.heard if isinstance(one, ChatPosted)]
                refused = [one for one in line.heard if isinstance(one, Refused)]
                assert refused == [Refused(code=Code.SIGNALING_UNAVAILABLE, retry=True)]
        ports.is_broken = False
        back = await served.come_back(patient)
        assert (await back.expect(Admitted)).chat == ()


async def test_a_domain_that_cannot_answer_asks_to_try_again(
    ports: MemoryPorts, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(ports) as served:
        ports.is_broken = True
        with caplog.at_level(logging.CRITICAL):
            doctor = await served.come(DOCTOR)
        assert doctor.heard == [Refused(code=Code.SIGNALING_UNAVAILABLE, retry=True)]
        assert await doctor.closed() == CloseCode.REFUSED


async def test_an_end_decided_elsewhere_reaches_the_call(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, _ = await a_call(served)
        now = SystemClock().now()
        epoch = ports.rooms[ROOM_ID].epoch
        ports.record(ROOM_ID, epoch, [RoomEnded(Ending(None, EndReason.CANCELLED, now))], now=now)
        served.hub.wake(ROOM_ID)
        assert (await doctor.expect(CallEnded)).reason is EndReason.CANCELLED
        await until(lambda: served.hub.room_count == 0)


async def test_an_empty_room_is_forgotten(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor = await served.come(DOCTOR)
        await doctor.expect(Admitted)
        await doctor.wire.close(1000)
        await until(lambda: served.hub.room_count == 0)
        await (await served.come(DOCTOR)).expect(Admitted)
        assert ports.rooms[ROOM_ID].epoch == 2


async def test_of_two_servers_the_later_owns_the_room(ports: MemoryPorts, redis_server: RedisServer) -> None:
    one, other = RedisBackplane(redis_server.url), RedisBackplane(redis_server.url)
    async with serving(ports, backplane=one) as first, serving(ports, backplane=other) as second:
        doctor = await first.come(DOCTOR)
        await doctor.expect(Admitted)
        await second.come(PATIENT)
        assert await doctor.closed() == CloseCode.RESTART
        refused = [message for message in doctor.heard if isinstance(message, Refused)]
        assert refused == [Refused(code=Code.ROOM_MOVED, retry=True)]
        back = await second.come_back(doctor)
        assert {peer.name for peer in (await back.expect(Admitted)).participants} == {"patient"}
        await until(lambda: first.hub.room_count == 0)


async def test_losing_every_wake_up_loses_nothing(ports: MemoryPorts) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    async with (
        serving(ports, backplane=RedisBackplane(nowhere)) as first,
        serving(ports, backplane=RedisBackplane(nowhere)) as second,
    ):
        doctor = await first.come(DOCTOR)
        await doctor.expect(Admitted)
        await second.come(PATIENT)
        await doctor.send(ChatSend(ref=1, id=uuid4(), text="Còn ai không"))
        assert await doctor.closed() == CloseCode.RESTART
        assert not ports.rooms[ROOM_ID].chat
