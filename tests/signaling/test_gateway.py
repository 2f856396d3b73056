"""Real sockets on a real server: what a browser, a broken client and an attacker are answered."""

import logging
from uuid import UUID

import pytest
from websockets.exceptions import InvalidStatus

from signaling import hub as hub_module
from signaling.errors import Code
from signaling.from_client import CallEnd, ChatSend, Hello, MediaAnswer, MediaOffer, ParticipantAdmit, Ping
from signaling.from_server import (
    Admitted,
    CallEnded,
    ChatPosted,
    Error,
    MediaOffered,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Pong,
    Refused,
)
from signaling.parts import MAX_FRAME_BYTES, CloseCode, LeaveReason, Presence, Role
from tests.signaling.line import serving, until
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import DOCTOR, PATIENT, STATION, admission

pytestmark = pytest.mark.anyio

COLLEAGUES = [admission(name, Role.DOCTOR) for name in ("surgeon", "internist")]


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> object:
    """Whatever is sent, the log shows no fault of ours."""
    yield
    faults = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert not faults, [one.getMessage() for one in faults]


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://khambenh.example.vn"])
async def test_a_page_of_another_origin_gets_no_socket(ports: MemoryPorts, origin: str | None) -> None:
    async with serving(ports) as served:
        with pytest.raises(InvalidStatus) as refusal:
            await served.open(origin=origin)
        assert refusal.value.response.status_code == 403


async def test_nothing_is_compressed(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        line = await served.open()
        assert line.wire.response is not None
        assert "Sec-WebSocket-Extensions" not in line.wire.response.headers


async def test_who_says_nothing_is_shown_out(ports: MemoryPorts) -> None:
    async with serving(ports, hello_seconds=0.2) as served:
        line = await served.open()
        assert await line.closed() == CloseCode.REFUSED
        assert line.heard == [Refused(code=Code.HELLO_EXPECTED, retry=False)]


async def test_who_says_nonsense_instead_of_hello_is_shown_out(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        line = await served.open()
        for frame in ("", "{", '{"type": "ping"}', '{"type": "x"}', "[]"):
            await line.send(frame)
        assert await line.closed() == CloseCode.REFUSED
        codes = [one.code for one in line.heard if isinstance(one, Error | Refused)]
        assert codes == [
            Code.BAD_MESSAGE,
            Code.BAD_MESSAGE,
            Code.HELLO_EXPECTED,
            Code.UNKNOWN_MESSAGE,
            Code.BAD_MESSAGE,
            Code.HELLO_EXPECTED,
        ]


async def test_a_valid_hello_may_follow_a_bad_frame(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        line = await served.open()
        await line.send("nonsense")
        await line.send(Hello(versions=(9, 1), ticket=served.ticket(DOCTOR)))
        await line.expect(Admitted)


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        (Hello(versions=(2, 3), ticket="t" * 20), Code.VERSION_REFUSED),
        (Hello(versions=(1,), ticket="t" * 20), Code.TICKET_REFUSED),
        (Hello(versions=(1,), resume="t" * 20), Code.RESUME_REFUSED),
        (Hello(versions=(1,)), Code.BAD_MESSAGE),
        (Hello(versions=(1,), ticket="t" * 20, resume="t" * 20), Code.BAD_MESSAGE),
    ],
)
async def test_a_hello_that_is_refused(ports: MemoryPorts, hello: Hello, code: Code) -> None:
    async with serving(ports) as served:
        line = await served.open()
        await line.send(hello)
        assert await line.closed() == CloseCode.REFUSED
        assert line.heard == [Refused(code=code, retry=False)]


async def test_a_ticket_opens_the_door_once(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        ticket = served.ticket(DOCTOR)
        first, second = await served.open(), await served.open()
        await first.send(Hello(versions=(1,), ticket=ticket))
        await first.expect(Admitted)
        await second.send(Hello(versions=(1,), ticket=ticket))
        assert (await second.expect(Refused)).code is Code.TICKET_REFUSED


async def test_from_the_waiting_room_into_the_call(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor = await served.come(DOCTOR)
        await doctor.expect(Admitted)
        patient = await served.come(PATIENT)
        assert patient.welcome.place == 1
        knock = await doctor.expect(ParticipantJoined)
        assert knock.participant.state is Presence.WAITING
        await doctor.send(ParticipantAdmit(ref=1, participant=PATIENT.participant_id))
        admitted = await patient.expect(Admitted)
        assert admitted.participants[0].offers
        await patient.send(MediaOffer(to=DOCTOR.participant_id, connection="k1", sdp="v=0"))
        offer = await doctor.expect(MediaOffered)
        assert (offer.from_, offer.sdp) == (PATIENT.participant_id, "v=0")


async def test_the_end_closes_every_socket(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, patient = await served.come(DOCTOR), await served.come(PATIENT)
        await doctor.expect(ParticipantJoined)
        await doctor.send(CallEnd(ref=1))
        assert await doctor.closed() == CloseCode.NORMAL
        assert await patient.closed() == CloseCode.NORMAL
        assert isinstance(patient.heard[-1], CallEnded)
        await until(lambda: served.hub.socket_count == 0)


async def test_closing_with_1000_is_leaving(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, station = await served.come(DOCTOR), await served.come(STATION)
        await doctor.expect(ParticipantJoined)
        await station.wire.close(1000)
        assert (await doctor.expect(ParticipantLeft)).reason is LeaveReason.LEFT


@pytest.mark.parametrize("frame", ["{", '{"type":"ping","ref":7,"x":1}', '{"type":"secret.read","ref":7}'])
async def test_a_bad_frame_in_the_call_is_answered_and_forgotten(ports: MemoryPorts, frame: str) -> None:
    async with serving(ports) as served:
        doctor, station = await served.come(DOCTOR), await served.come(STATION)
        await doctor.expect(ParticipantJoined)
        await station.expect(Admitted)
        await station.send(frame)
        error = await station.expect(Error)
        assert error.code in {Code.BAD_MESSAGE, Code.UNKNOWN_MESSAGE}
        assert error.reply_to == (7 if "ref" in frame else None)
        await station.send(Ping(ref=8))
        assert (await station.expect(Pong)).reply_to == 8
        assert not [one for one in doctor.heard if isinstance(one, Error)]


async def test_binary_that_is_no_utf8_is_a_bad_message(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor = await served.come(DOCTOR)
        await doctor.expect(Admitted)
        await doctor.wire.send(b"\xff\xfe\x00")
        assert (await doctor.expect(Error)).code is Code.BAD_MESSAGE


async def test_text_that_is_no_utf8_closes_the_socket_quietly(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, station = await served.come(DOCTOR), await served.come(STATION)
        await doctor.expect(ParticipantJoined)
        await station.wire.send(b'{"type":"ping\xff"}', text=True)
        assert await station.closed() == CloseCode.BAD_TEXT
        changed = await doctor.expect(ParticipantChanged)
        assert changed.participant.state is Presence.ABSENT


async def test_a_frame_past_the_bound_closes_the_socket(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor = await served.come(DOCTOR)
        await doctor.expect(Admitted)
        await doctor.send("x" * (MAX_FRAME_BYTES + 1))
        assert await doctor.closed() == CloseCode.TOO_LARGE


async def test_a_cut_line_resumes_and_hears_what_it_missed(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, station = await served.come(DOCTOR), await served.come(STATION)
        await doctor.expect(ParticipantJoined)
        await station.expect(Admitted)
        station.cut()
        absent = await doctor.expect(ParticipantChanged)
        assert absent.participant.state is Presence.ABSENT
        lines = [ChatSend(ref=n, id=UUID(int=n), text=f"{n}") for n in range(1, 6)]
        for line in lines:
            await doctor.send(line)
        station = await served.come_back(station)
        assert station.welcome.resumed
        heard = [(await station.expect(ChatPosted)).line.text for _ in lines]
        assert heard == ["1", "2", "3", "4", "5"]
        present = await doctor.expect(ParticipantChanged)
        assert present.participant.state is Presence.PRESENT


async def test_the_flooder_is_dropped_and_nobody_else(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, station = await served.come(DOCTOR), await served.come(STATION)
        await doctor.expect(ParticipantJoined)
        await station.flood()
        assert await station.closed() == CloseCode.TRY_LATER
        flood = [one for one in station.heard if isinstance(one, Error)]
        assert [one.code for one in flood] == [Code.RATE_EXCEEDED]
        assert (await doctor.expect(ParticipantChanged)).participant.state is Presence.ABSENT
        await doctor.send(Ping(ref=1))
        await doctor.expect(Pong)
        back = await served.come_back(station)
        assert back.welcome.place == 0


async def test_who_reads_nothing_is_dropped_and_holds_nobody_up(ports: MemoryPorts) -> None:
    big = MediaAnswer(to=DOCTOR.participant_id, connection="k1", sdp="x" * 24_000)
    async with serving(ports) as served:
        talkers = [await served.come(one) for one in (STATION, *COLLEAGUES)]
        await served.come(DOCTOR, reads=False)
        for talker in talkers:
            while (await talker.expect(ParticipantJoined)).participant.id != DOCTOR.participant_id:
                continue
            for _ in range(9):  # as much as a burst allows
                await talker.send(big)
        await until(lambda: served.hub.socket_count == 3)
        for talker in talkers:
            await talker.send(Ping(ref=1))
            while (await talker.expect(Pong)).reply_to != 1:
                continue
            (absent,) = [one.participant for one in talker.heard if isinstance(one, ParticipantChanged)]
            assert (absent.id, absent.state) == (DOCTOR.participant_id, Presence.ABSENT)


async def test_a_silent_line_is_closed_and_its_place_kept(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, station = await served.come(DOCTOR), await served.come(STATION)
        await doctor.expect(ParticipantJoined)
        assert (await doctor.expect(Pong)).heartbeat_seconds == 3
        code = await station.closed()
        assert code == CloseCode.SILENT
        assert await doctor.closed() == CloseCode.SILENT
        assert len(ports.rooms[DOCTOR.room_id].members) == 2


async def test_a_withdrawn_right_closes_the_socket_within_seconds(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        patient = await served.come(PATIENT)
        ports.withdraw(PATIENT.participant_id)
        assert await patient.closed() == CloseCode.REMOVED
        again = await served.come_back(patient)
        assert again.heard == [Refused(code=Code.RESUME_REFUSED, retry=False)]


async def test_a_full_server_says_try_later(ports: MemoryPorts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MAX_SOCKETS", 1)
    async with serving(ports) as served:
        await served.come(DOCTOR)
        late = await served.open()
        assert await late.closed() == CloseCode.TRY_LATER
