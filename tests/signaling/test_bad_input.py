"""Whatever one participant sends: an answer of the catalogue, other rooms as they were, memory bounded."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from signaling.errors import Code
from signaling.from_client import ChatSend, Ping
from signaling.from_server import Admitted, ChatPosted, Done, Error, ParticipantJoined, Pong
from signaling.participants import MAX_KEPT_BYTES, MAX_KEPT_MESSAGES, MAX_OUTCOMES
from signaling.parts import MAX_FRAME_BYTES, CloseCode
from signaling.ports import Admission
from signaling.roster import MAX_CHAT_LINES
from tests.signaling.line import Line, Served, serving
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.onlookers import talking
from tests.signaling.stage import DOCTOR, STATION, Stage, three_in_a_call

pytestmark = pytest.mark.anyio

TO = str(DOCTOR.participant_id)
FROM_SERVER = json.dumps({"type": "participant.left", "participant": TO, "reason": "left"})
HELLO = json.dumps({"type": "hello", "versions": [1], "ticket": "t" * 20})
OFFER = {"type": "media.offer", "to": TO, "connection": "k1", "sdp": "v=0"}


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> object:
    """Whatever is sent, the log shows no fault of ours."""
    yield
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


def elsewhere(who: Admission) -> Admission:
    """The same, in another room."""
    return replace(who, room_id=UUID(int=8), participant_id=UUID(int=who.participant_id.int + 1))


async def a_call(served: Served) -> tuple[Line, Line]:
    doctor, station = await served.come(DOCTOR), await served.come(STATION)
    await doctor.expect(ParticipantJoined)
    await station.expect(Admitted)
    return doctor, station


async def is_heard(line: Line) -> None:
    """All that was sent before this has arrived."""
    await line.send(Ping(ref=77))
    while (await line.expect(Pong)).reply_to != 77:
        continue


BAD = {
    "malformed": ("{", Code.BAD_MESSAGE),
    "nested": ("[" * 60_000, Code.BAD_MESSAGE),
    "oversized field": (json.dumps({**OFFER, "sdp": "x" * 24_001}), Code.BAD_MESSAGE),
    "what a database cannot keep": (
        json.dumps({"type": "chat.send", "id": TO, "text": "đau\x00đầu"}),
        Code.BAD_MESSAGE,
    ),
    "spoofed sender": (json.dumps({**OFFER, "from": TO}), Code.BAD_MESSAGE),
    "spoofed number": (json.dumps({**OFFER, "seq": 1}), Code.BAD_MESSAGE),
    "a server's message": (FROM_SERVER, Code.UNKNOWN_MESSAGE),
    "unknown": ('{"type":"patient.read"}', Code.UNKNOWN_MESSAGE),
    "out of order: hello again": (HELLO, Code.BAD_MESSAGE),
    "to nobody": (json.dumps({**OFFER, "to": str(UUID(int=3))}), Code.PARTICIPANT_UNKNOWN),
    "into another room": (
        json.dumps({**OFFER, "to": str(elsewhere(DOCTOR).participant_id)}),
        Code.PARTICIPANT_UNKNOWN,
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_words_are_answered_and_reach_nobody(ports: MemoryPorts, name: str) -> None:
    frame, code = BAD[name]
    async with serving(ports) as served:
        doctor, station = await a_call(served)
        heard = len(doctor.heard)
        await station.send(frame)
        assert (await station.expect(Error)).code is code
        await is_heard(doctor)
        assert not [one for one in doctor.heard[heard:] if not isinstance(one, Pong)]


FATAL: dict[str, tuple[Callable[[int], str | bytes], CloseCode]] = {
    "oversized frame": (lambda _: "x" * (MAX_FRAME_BYTES + 1), CloseCode.TOO_LARGE),
    "flood": (lambda _: '{"type":"ping"}', CloseCode.TRY_LATER),
    "flood of nonsense": (lambda number: "{" * (number + 1), CloseCode.TRY_LATER),
    "flood of bytes": (lambda _: b"\xff\xfe", CloseCode.TRY_LATER),
}


@pytest.mark.parametrize("name", FATAL)
async def test_who_goes_too_far_is_dropped_and_other_rooms_hear_each_other(
    ports: MemoryPorts, name: str
) -> None:
    say, code = FATAL[name]
    async with serving(ports) as served:
        _, station = await a_call(served)
        speaker, listener = await served.come(elsewhere(DOCTOR)), await served.come(elsewhere(STATION))
        async with talking(speaker, listener) as onlookers:
            await station.flood(say)
            assert await station.closed() == code
        assert onlookers.sent > 0
        assert onlookers.lost == 0


async def test_what_is_replayed_is_answered_again_and_done_once(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, station = await a_call(served)
        line = ChatSend(ref=5, id=uuid4(), text="Một lần")
        for message in (line, line, ChatSend(ref=6, id=line.id, text="Lần hai")):
            await station.send(message)
        answered = []
        while len(answered) < 3:
            answered.append((await station.expect(Done)).reply_to)
        assert answered == [5, 5, 6]
        await is_heard(doctor)
        assert [one.line.text for one in doctor.heard if isinstance(one, ChatPosted)] == ["Một lần"]


async def test_numbers_out_of_order_are_each_carried_out_once(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, station = await a_call(served)
        for ref in (9, 2, 9, 2, 2**53 - 1):
            await station.send(ChatSend(ref=ref, id=UUID(int=ref), text=str(ref)))
        heard = [(await doctor.expect(ChatPosted)).line.text for _ in range(3)]
        assert heard == ["9", "2", str(2**53 - 1)]


def test_what_a_room_remembers_is_bounded() -> None:
    stage: Stage = three_in_a_call()
    stage.drop(DOCTOR)  # who hears nothing acknowledges nothing
    for number in range(1, 3 * MAX_CHAT_LINES):
        stage.say(STATION, ChatSend(ref=number, id=UUID(int=number), text="x" * 1_000))
        stage.say(STATION, Ping(last_seq=2**53 - 1))
    doctor, station = (stage.room.people[who.participant_id] for who in (DOCTOR, STATION))
    assert len(doctor.log.kept) <= MAX_KEPT_MESSAGES
    assert doctor.log.kept_bytes <= MAX_KEPT_BYTES
    assert len(station.outcomes) <= MAX_OUTCOMES
    assert len(stage.room.chat) <= MAX_CHAT_LINES
