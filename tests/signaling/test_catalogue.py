"""What is published is what the catalogue says, and nothing in it lacks words, an example or a test."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from signaling.errors import KINDS, MEANING, Code, SignalingError
from signaling.from_client import ChatSend, MediaCandidate, MediaOffer, Ping
from signaling.parts import MAX_CHAT_CHARS, MAX_FRAME_BYTES, MAX_SDP_CHARS, CloseCode, Message
from signaling.protocol import CLIENT_MESSAGES, SERVER_MESSAGES, encode, number, parse, parse_server
from signaling.publish import (
    BROWSER_MODULE,
    CLOSE_MEANING,
    PROTOCOL_PAGE,
    render_module,
    render_page,
    type_of,
)

ALL = (*CLIENT_MESSAGES, *SERVER_MESSAGES)
HERE = Path(__file__).parent


def test_protocol_page_is_fresh() -> None:
    page = PROTOCOL_PAGE.read_text(encoding="utf-8")
    assert render_page(page) == page, "run: python -m signaling.publish"


def test_browser_module_is_fresh() -> None:
    assert BROWSER_MODULE.read_text(encoding="utf-8") == render_module(), "run: python -m signaling.publish"


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers of client"):
        render_page("# Nothing generated here")


@pytest.mark.parametrize("message", ALL, ids=lambda one: one.__name__)
def test_every_message_has_a_docstring(message: type[Message]) -> None:
    assert len((message.__doc__ or "").split()) >= 4


@pytest.mark.parametrize("message", CLIENT_MESSAGES, ids=lambda one: one.__name__)
def test_example_of_a_client_message_is_read(message: type[Message]) -> None:
    frame = json.dumps(message.example)
    read = parse(frame)
    assert type(read) is message
    assert parse(encode(read)) == read


@pytest.mark.parametrize("message", SERVER_MESSAGES, ids=lambda one: one.__name__)
def test_example_of_a_server_message_is_read(message: type[Message]) -> None:
    read = parse_server(json.dumps(message.example))
    assert type(read) is message
    assert set(message.example) <= set(json.loads(encode(read)))


@pytest.mark.parametrize("message", ALL, ids=lambda one: one.__name__)
def test_every_message_has_a_test_of_the_room(message: type[Message]) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_room_*.py"))
    body = re.sub(r"(?ms)^from .*?(?:\)|$)", "", tests)
    assert re.search(rf"\b{message.__name__}\b", body), f"{message.__name__} is in no test of the room"


def test_types_are_unique_in_each_direction() -> None:
    for messages in (CLIENT_MESSAGES, SERVER_MESSAGES):
        types = [type_of(message) for message in messages]
        assert len(types) == len(set(types))


def test_every_code_and_close_has_its_meaning() -> None:
    assert set(KINDS) == set(MEANING) == set(Code)
    assert set(CLOSE_MEANING) == set(CloseCode)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", Code.BAD_MESSAGE),
        ("{", Code.BAD_MESSAGE),
        ("[]", Code.BAD_MESSAGE),
        ("null", Code.BAD_MESSAGE),
        ("{}", Code.BAD_MESSAGE),
        ("[" * 60_000, Code.BAD_MESSAGE),
        (b"\xff\xfe\xfd", Code.BAD_MESSAGE),
        ('"\ud800"', Code.BAD_MESSAGE),
        ('{"type": "patient.read"}', Code.UNKNOWN_MESSAGE),
        ('{"type": "ping", "from": "x"}', Code.BAD_MESSAGE),
        ('{"type": "ping", "last_seq": "4"}', Code.BAD_MESSAGE),
        ('{"type": "ping", "last_seq": -1}', Code.BAD_MESSAGE),
        ('{"type": "ping", "last_seq": 1e400}', Code.BAD_MESSAGE),
        ('{"type": "quality.report", "rtt_ms": NaN}', Code.BAD_MESSAGE),
        ('{"type": "track.set", "kind": "screen", "enabled": true}', Code.BAD_MESSAGE),
        ('{"type": "hello", "versions": []}', Code.BAD_MESSAGE),
        ('{"type": "chat.send", "id": "1", "text": "x"}', Code.BAD_MESSAGE),
        (" " * (MAX_FRAME_BYTES + 1), Code.MESSAGE_TOO_LARGE),
    ],
)
def test_a_frame_that_cannot_be_read_has_a_code(frame: str | bytes, code: Code) -> None:
    with pytest.raises(SignalingError) as refusal:
        parse(frame)
    assert refusal.value.signal_code is code


def test_a_wrong_message_still_tells_its_ref() -> None:
    with pytest.raises(SignalingError) as refusal:
        parse('{"type": "chat.send", "ref": 12, "text": 4}')
    assert refusal.value.facts["ref"] == 12


@pytest.mark.parametrize("kind", SERVER_MESSAGES)
def test_a_message_encoded_once_takes_any_number(kind: type[Message]) -> None:
    message = parse_server(json.dumps({**kind.example, "seq": None}))
    for seq in (1, 2**53 - 1):
        numbered = number(encode(message), seq)
        assert parse_server(numbered) == message.model_copy(update={"seq": seq})


@pytest.mark.parametrize(
    ("letter", "most"), [("x", MAX_FRAME_BYTES), ("ạ", MAX_FRAME_BYTES // 3), ("😀", MAX_FRAME_BYTES // 4)]
)
def test_a_frame_is_measured_in_bytes(letter: str, most: int) -> None:
    for size, code in ((most, Code.BAD_MESSAGE), (most + 1, Code.MESSAGE_TOO_LARGE)):
        with pytest.raises(SignalingError) as refusal:
            parse(letter * size)
        assert refusal.value.signal_code is code


def test_sizes_are_bounded() -> None:
    to = "0190c1a2-0000-7000-8000-000000000002"
    for kind, too_long in (
        (MediaOffer, {"to": to, "connection": "c", "sdp": "x" * (MAX_SDP_CHARS + 1)}),
        (ChatSend, {"id": to, "text": "x" * (MAX_CHAT_CHARS + 1)}),
        (MediaCandidate, {"to": to, "connection": "c" * 41, "candidate": None}),
    ):
        with pytest.raises(ValidationError):
            kind.model_validate_json(json.dumps(too_long))


def test_messages_are_frozen() -> None:
    ping = Ping(last_seq=3)
    with pytest.raises(ValidationError):
        ping.last_seq = 4  # type: ignore[misc]
