"""The hub over facts that outlive it: restarts, faults of the storage, changes made elsewhere."""

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from uuid import uuid4

import pytest

from signaling import outlets
from signaling.errors import Code
from signaling.from_client import ChatSend, ParticipantAdmit, QualityReport
from signaling.from_server import (
    Admitted,
    CallEnded,
    ChatPosted,
    ParticipantChanged,
    ParticipantJoined,
    QualityAdvised,
    Refused,
    RoomEpoch,
)
from signaling.hub import TICK_SHARES
from signaling.parts import CloseCode, EndReason, LeaveReason, Level, Presence, Why
from signaling.ports import (
    Admission,
    ChatKept,
    Ending,
    JotKind,
    MemberAdmitted,
    MemberJoined,
    MemberLeft,
    Presented,
    RoomEnded,
)
from telehealth.kit.clock import SystemClock
from tests.signaling.line import Line, Served, serving, until
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import DOCTOR, PATIENT, ROOM_ID

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


async def test_whom_the_server_makes_wait_is_not_called_silent(
    ports: MemoryPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody pings before being answered, and a busy machine answers later than a line may be silent."""
    is_asked, may_answer = threading.Event(), threading.Event()
    redeem = ports.redeem_tickets

    def slowly(presented: Sequence[Presented]) -> Mapping[Presented, Admission | Code]:
        is_asked.set()
        may_answer.wait(60)
        return redeem(presented)

    monkeypatch.setattr(ports, "redeem_tickets", slowly)
    async with serving(ports) as served:
        coming = asyncio.create_task(served.come(DOCTOR))
        try:
            await until(is_asked.is_set)
            monkeypatch.setattr(outlets.Outlet, "is_silent", lambda self, now: now > self._heard_at)
            for _ in range(2 * TICK_SHARES):
                await served.hub._tick()
            monkeypatch.undo()
        finally:
            may_answer.set()
        doctor = await coming
        await doctor.expect(Admitted)


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


async def test_how_lines_fared_reaches_the_journal_soon(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        _, patient = await a_call(served)
        await patient.wire.close(1012)
        await until(lambda: bool(ports.rooms[ROOM_ID].jotted))
    jotting = ports.rooms[ROOM_ID].jotted[0]
    assert (jotting.participant_id, jotting.kind) == (PATIENT.participant_id, JotKind.LOST)


async def test_a_page_that_is_closed_is_no_line_lost(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, patient = await a_call(served)
        await patient.wire.close(1001)
        while (await doctor.expect(ParticipantChanged)).participant.state is not Presence.ABSENT:
            continue
        doctor.cut()
        await until(lambda: len(ports.rooms[ROOM_ID].jotted) > 1)
    told = [(one.participant_id, one.kind) for one in ports.rooms[ROOM_ID].jotted]
    assert told == [(PATIENT.participant_id, JotKind.AWAY), (DOCTOR.participant_id, JotKind.LOST)]


async def test_a_journal_that_cannot_be_written_costs_no_call(
    ports: MemoryPorts, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(ports) as served:
        doctor, patient = await a_call(served)
        ports.is_jotting_broken = True
        with caplog.at_level(logging.ERROR):
            await patient.wire.close(1012)
            await until(lambda: "lines of journals are lost" in caplog.text)
        patient = await served.come_back(patient)
        assert patient.welcome.resumed
        await doctor.send(ChatSend(ref=9, id=uuid4(), text="Còn nghe"))
        await doctor.expect(ChatPosted)


async def test_what_is_noted_before_a_stop_is_written(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, _ = await a_call(served)
        what = QualityReport(to=PATIENT.participant_id, level=Level.AUDIO, reason=Why.BANDWIDTH)
        await doctor.send(what)
        await doctor.expect(QualityAdvised)
    assert ports.rooms[ROOM_ID].jotted[0].detail == "audio:bandwidth:patient"


async def test_a_room_that_ended_is_opened_anew_where_the_domain_says_so(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, _ = await a_call(served)
        await doctor.send('{"type": "call.end", "ref": 2, "reason": "by_phone"}')
        await doctor.closed()
        ports.rooms[ROOM_ID].ending = None
        ports.rooms[ROOM_ID].members.clear()
        again = await served.come(DOCTOR)
        await again.expect(Admitted)
