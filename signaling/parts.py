"""What the messages of the catalogue are made of: enumerations, bounds, and the parts they share."""

from enum import IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

VERSION: Final = 1
MAX_FRAME_BYTES: Final = 65_536
MAX_SDP_CHARS: Final = 24_000
MAX_CANDIDATE_CHARS: Final = 1_000
MAX_CHAT_CHARS: Final = 1_000
MAX_ADMITTED: Final = 4  # a mesh on a rural link carries no more
MAX_SEQUENCE: Final = 2**53 - 1  # what a browser's number holds exactly


class Role(StrEnum):
    """What a participant is in the room."""

    STATION = "station"
    DOCTOR = "doctor"
    PATIENT = "patient"
    GUEST = "guest"


class Presence(StrEnum):
    """Where a participant stands: knocking or in the call, each with the line up or down."""

    WAITING = "waiting"
    AWAY = "away"
    PRESENT = "present"
    ABSENT = "absent"


class LeaveReason(StrEnum):
    """Why a participant is no longer in the room."""

    LEFT = "left"
    LOST = "lost"
    REPLACED = "replaced"
    DECLINED = "declined"
    REMOVED = "removed"
    REVOKED = "revoked"
    MOVED = "moved"


class EndReason(StrEnum):
    """Why a call ended."""

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    BY_PHONE = "by_phone"


class DoctorState(StrEnum):
    """Where the one who is waited for stands, as those who wait are told."""

    AWAY = "away"
    BUSY = "busy"
    HERE = "here"


class Level(StrEnum):
    """What one participant sends another, best first: pictures that move, pictures that stand, sound alone.

    `phone`: hardly even sound gets through, and ringing up is better.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    STILLS = "stills"
    AUDIO = "audio"
    PHONE = "phone"


class Why(StrEnum):
    """What decided a level; `shared`: several are in the call, and not every pair can have all."""

    BANDWIDTH = "bandwidth"
    DELAY = "delay"
    LOSS = "loss"
    RECOVERED = "recovered"
    SHARED = "shared"


class CloseCode(IntEnum):
    """The WebSocket close codes this server uses."""

    NORMAL = 1000
    BAD_TEXT = 1007
    TOO_LARGE = 1009
    SERVER_ERROR = 1011
    RESTART = 1012
    TRY_LATER = 1013
    REFUSED = 4000
    TAKEN_OVER = 4001
    REMOVED = 4003
    SILENT = 4008


Sequence = Annotated[int, Field(ge=0, le=MAX_SEQUENCE)]
Ref = Annotated[int, Field(ge=1, le=MAX_SEQUENCE)]
Secret = Annotated[str, Field(min_length=16, max_length=128, pattern=r"^[A-Za-z0-9_.~-]+$")]
Sdp = Annotated[str, Field(min_length=1, max_length=MAX_SDP_CHARS)]
Connection = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
OfferNumber = Annotated[int, Field(ge=1, le=2**31)]
TrackKind = Literal["audio", "video"]


def _wire_name(name: str) -> str:
    """`from_` and `self_` are `from` and `self` on the wire."""
    return name.rstrip("_")


class Part(BaseModel):
    """What every model of the catalogue shares: strict, frozen, nothing unknown."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=_wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class IceCandidate(Part):
    """A candidate as RTCIceCandidate.toJSON() prints it."""

    model_config = ConfigDict(alias_generator=to_camel)

    candidate: str = Field(max_length=MAX_CANDIDATE_CHARS)
    sdp_mid: str | None = Field(default=None, max_length=64)
    sdp_m_line_index: int | None = Field(default=None, ge=0, le=64, alias="sdpMLineIndex")
    username_fragment: str | None = Field(default=None, max_length=256)


class IceServer(Part):
    """One entry of RTCConfiguration.iceServers; STUN has no username."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class Peer(Part):
    """Another participant as the receiver of the message stands to it.

    Of each pair admitted exactly one `offers`: it makes the first offer, every ICE restart and every new
    connection, and is impolite (`polite` is false). It offers only while the other is present. `confirmed`: a
    patient whom somebody has recognised. `closed`: away or absent, as the page was closed or is loaded anew.
    """

    id: UUID
    name: str
    role: Role
    state: Presence
    co_located: bool
    confirmed: bool
    audio: bool
    video: bool
    detail: bool
    offers: bool
    polite: bool
    closed: bool = False


class ChatLine(Part):
    """A line of chat as everybody sees it."""

    id: UUID
    from_: UUID
    name: str
    text: str
    at: AwareDatetime


class WaitNotice(Part):
    """What the doctor had those who wait told: about so many minutes, counted from `at`."""

    minutes: int
    at: AwareDatetime


class Message(Part):
    """A message of either direction; `example` is one on the wire."""

    example: ClassVar[dict[str, Any]]


class FromClient(Message):
    """A message to the server; with `ref` it is answered by `done` or `error`, and handled once."""

    ref: Ref | None = None


class FromServer(Message):
    """A message from the server; those with `seq` are counted and replayed after a dropped socket."""

    seq: Sequence | None = None


P1: Final = "0190c1a2-0000-7000-8000-000000000001"
P2: Final = "0190c1a2-0000-7000-8000-000000000002"
C1: Final = "0190c1a2-0000-7000-8000-0000000000c1"
PEER_EXAMPLE: Final[dict[str, Any]] = {
    "id": P2,
    "name": "BS Lê Minh",
    "role": "doctor",
    "state": "present",
    "co_located": False,
    "confirmed": False,
    "audio": True,
    "video": True,
    "detail": False,
    "offers": True,
    "polite": False,
}
CANDIDATE_EXAMPLE: Final[dict[str, Any]] = {
    "candidate": "candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
    "usernameFragment": "xK1f",
}
ICE_EXAMPLE: Final[dict[str, Any]] = {
    "urls": ["turn:turn.example.vn:3478?transport=udp"],
    "username": f"1790000000:{P1}",
    "credential": "bWFj",
}
LINE_EXAMPLE: Final[dict[str, Any]] = {
    "id": C1,
    "from": P1,
    "name": "Trạm Vi Hương",
    "text": "Đã nghe rõ ạ",
    "at": "2026-11-23T02:00:00Z",
}
