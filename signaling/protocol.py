"""The one catalogue of messages between browser and server: two closed unions, read and written here.

Frozen models discriminated by `type`, extras forbidden, sizes bounded. Every model has a docstring and an
`example`; `signaling.publish` writes PROTOCOL.md and the browser's constants from them.
"""

import json
from typing import Annotated, Final, get_args

from pydantic import Field, TypeAdapter, ValidationError

from signaling.errors import Code, SignalingError
from signaling.from_client import (
    CallEnd,
    ChatSend,
    DetailSet,
    Hello,
    HoldSet,
    IceAsk,
    MediaAnswer,
    MediaCandidate,
    MediaOffer,
    MediaRestart,
    ParticipantAdmit,
    ParticipantRemove,
    Ping,
    QualityReport,
    ShareSet,
    StillAsk,
    StillShow,
    TrackSet,
)
from signaling.from_server import (
    Admitted,
    CallEnded,
    ChatPosted,
    DetailChanged,
    Done,
    Error,
    HoldChanged,
    IceRenewed,
    MediaAnswered,
    MediaCandidateFound,
    MediaOffered,
    MediaRestartAsked,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Pong,
    QualityAdvised,
    Refused,
    RoomEpoch,
    ShareChanged,
    StillAsked,
    StillShown,
    TrackChanged,
    WaitChanged,
    Waiting,
)
from signaling.parts import MAX_FRAME_BYTES, FromClient, FromServer

ClientMessage = Annotated[
    Hello
    | ParticipantAdmit
    | ParticipantRemove
    | MediaOffer
    | MediaAnswer
    | MediaCandidate
    | MediaRestart
    | TrackSet
    | HoldSet
    | ShareSet
    | DetailSet
    | QualityReport
    | ChatSend
    | StillShow
    | StillAsk
    | CallEnd
    | IceAsk
    | Ping,
    Field(discriminator="type"),
]
ServerMessage = Annotated[
    Waiting
    | WaitChanged
    | Admitted
    | Refused
    | ParticipantJoined
    | ParticipantChanged
    | ParticipantLeft
    | MediaOffered
    | MediaAnswered
    | MediaCandidateFound
    | MediaRestartAsked
    | TrackChanged
    | HoldChanged
    | ShareChanged
    | DetailChanged
    | QualityAdvised
    | ChatPosted
    | StillShown
    | StillAsked
    | IceRenewed
    | RoomEpoch
    | CallEnded
    | Pong
    | Done
    | Error,
    Field(discriminator="type"),
]

CLIENT_MESSAGES: Final[tuple[type[FromClient], ...]] = get_args(get_args(ClientMessage)[0])
SERVER_MESSAGES: Final[tuple[type[FromServer], ...]] = get_args(get_args(ServerMessage)[0])
BEFORE_ADMISSION: Final[frozenset[type[FromServer]]] = frozenset(
    {Waiting, WaitChanged, Refused, CallEnded, Pong, Error}
)

UNNUMBERED: Final = '{"seq":null'
"""How every message of the server begins before it has its number."""

_client: Final[TypeAdapter[ClientMessage]] = TypeAdapter(ClientMessage)
_server: Final[TypeAdapter[ServerMessage]] = TypeAdapter(ServerMessage)


def parse(frame: str | bytes) -> ClientMessage:
    """Read one frame of a client.

    Raises SignalingError: message-too-large, unknown-message, or bad-message (wrong JSON, fields or UTF-8);
    its fact `ref` is the message's own, where one could still be read.
    """
    if _is_too_large(frame):
        raise SignalingError(Code.MESSAGE_TOO_LARGE)
    try:
        return _client.validate_json(frame, by_alias=True, by_name=False)
    except ValidationError as error:
        unknown = any(fault["type"] == "union_tag_invalid" for fault in error.errors(include_url=False))
        raise SignalingError(
            Code.UNKNOWN_MESSAGE if unknown else Code.BAD_MESSAGE, ref=_ref_of(frame)
        ) from None


def parse_server(frame: str | bytes) -> ServerMessage:
    """Read one frame of a server (test peers, bots); raises ValidationError."""
    return _server.validate_json(frame)


def encode(message: FromServer | FromClient) -> str:
    """Write a message as it goes over the wire."""
    return message.model_dump_json()


def number(encoded: str, seq: int) -> str:
    """Put its number into a server's message that was encoded without one: it is written once for many."""
    return f'{{"seq":{seq}{encoded[len(UNNUMBERED) :]}'


def _is_too_large(frame: str | bytes) -> bool:
    if isinstance(frame, bytes):
        return len(frame) > MAX_FRAME_BYTES
    # Nearly every message is too short for that whatever letters it is of: four bytes each at most.
    return len(frame) * 4 > MAX_FRAME_BYTES and len(frame.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES


def _ref_of(frame: str | bytes) -> int | None:
    """The `ref` of a message that is otherwise wrong, so that its sender learns which one it was."""
    try:
        ref = json.loads(frame).get("ref")
    except (ValueError, AttributeError, RecursionError):
        return None
    return ref if type(ref) is int and ref >= 1 else None
