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
    Hello,
    MediaAnswer,
    MediaCandidate,
    MediaOffer,
    ParticipantAdmit,
    ParticipantRemove,
    Ping,
    QualityReport,
    TrackSet,
)
from signaling.from_server import (
    Admitted,
    CallEnded,
    ChatPosted,
    Done,
    Error,
    IceRenewed,
    MediaAnswered,
    MediaCandidateFound,
    MediaOffered,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Pong,
    QualityAdvised,
    Refused,
    RoomEpoch,
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
    | TrackSet
    | QualityReport
    | ChatSend
    | CallEnd
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
    | TrackChanged
    | QualityAdvised
    | ChatPosted
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

_client: Final[TypeAdapter[ClientMessage]] = TypeAdapter(ClientMessage)
_server: Final[TypeAdapter[ServerMessage]] = TypeAdapter(ServerMessage)


def parse(frame: str | bytes) -> ClientMessage:
    """Read one frame of a client.

    Raises SignalingError: message-too-large, unknown-message, or bad-message (wrong JSON, fields or UTF-8);
    its fact `ref` is the message's own, where one could still be read.
    """
    size = len(frame) if isinstance(frame, bytes) else len(frame.encode("utf-8", "surrogatepass"))
    if size > MAX_FRAME_BYTES:
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


def _ref_of(frame: str | bytes) -> int | None:
    """The `ref` of a message that is otherwise wrong, so that its sender learns which one it was."""
    try:
        ref = json.loads(frame).get("ref")
    except (ValueError, AttributeError, RecursionError):
        return None
    return ref if type(ref) is int and ref >= 1 else None
