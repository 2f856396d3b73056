"""Every refusal the signalling can utter, with its kind and whether trying again can help."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from telehealth.kit.errors import DomainError, Kind


class Code(StrEnum):
    """The stable code of a refusal, as `refused` and `error` carry it."""

    BAD_MESSAGE = "bad-message"
    UNKNOWN_MESSAGE = "unknown-message"
    MESSAGE_TOO_LARGE = "message-too-large"
    HELLO_EXPECTED = "hello-expected"
    VERSION_REFUSED = "version-refused"
    TICKET_REFUSED = "ticket-refused"
    RESUME_REFUSED = "resume-refused"
    ROOM_FULL = "room-full"
    CALL_OVER = "call-over"
    REMOVED_FROM_ROOM = "removed-from-room"
    SEAT_TAKEN_OVER = "seat-taken-over"
    CONNECTION_STALE = "connection-stale"
    CALL_MOVED = "call-moved"
    NOT_ADMITTED = "not-admitted"
    ACT_NOT_ALLOWED = "act-not-allowed"
    PARTICIPANT_UNKNOWN = "participant-unknown"
    PEER_ABSENT = "peer-absent"
    SOUND_STAYS_OFF = "sound-stays-off"
    RATE_EXCEEDED = "rate-exceeded"
    ROOM_MOVED = "room-moved"
    SIGNALING_UNAVAILABLE = "signaling-unavailable"


KINDS: Final = MappingProxyType(
    {
        Code.BAD_MESSAGE: Kind.INVALID,
        Code.UNKNOWN_MESSAGE: Kind.INVALID,
        Code.MESSAGE_TOO_LARGE: Kind.INVALID,
        Code.HELLO_EXPECTED: Kind.NOT_SIGNED_IN,
        Code.VERSION_REFUSED: Kind.INVALID,
        Code.TICKET_REFUSED: Kind.NOT_SIGNED_IN,
        Code.RESUME_REFUSED: Kind.NOT_SIGNED_IN,
        Code.ROOM_FULL: Kind.TOO_MANY,
        Code.CALL_OVER: Kind.GONE,
        Code.REMOVED_FROM_ROOM: Kind.FORBIDDEN,
        Code.SEAT_TAKEN_OVER: Kind.CONFLICT,
        Code.CONNECTION_STALE: Kind.CONFLICT,
        Code.CALL_MOVED: Kind.GONE,
        Code.NOT_ADMITTED: Kind.FORBIDDEN,
        Code.ACT_NOT_ALLOWED: Kind.FORBIDDEN,
        Code.PARTICIPANT_UNKNOWN: Kind.NOT_FOUND,
        Code.PEER_ABSENT: Kind.CONFLICT,
        Code.SOUND_STAYS_OFF: Kind.FORBIDDEN,
        Code.RATE_EXCEEDED: Kind.TOO_MANY,
        Code.ROOM_MOVED: Kind.UNAVAILABLE,
        Code.SIGNALING_UNAVAILABLE: Kind.UNAVAILABLE,
    }
)

RETRY: Final = frozenset(
    {Code.ROOM_FULL, Code.PEER_ABSENT, Code.RATE_EXCEEDED, Code.ROOM_MOVED, Code.SIGNALING_UNAVAILABLE}
)

MEANING: Final = MappingProxyType(
    {
        Code.BAD_MESSAGE: "Not a JSON object of the catalogue: wrong fields, sizes, types or encoding.",
        Code.UNKNOWN_MESSAGE: "The `type` is not in the catalogue.",
        Code.MESSAGE_TOO_LARGE: "Longer than a message may be.",
        Code.HELLO_EXPECTED: "No valid `hello` came first and in time.",
        Code.VERSION_REFUSED: "None of the offered protocol versions is spoken here: load the page again.",
        Code.TICKET_REFUSED: "The ticket is unknown, used or expired: get a new one over HTTPS.",
        Code.RESUME_REFUSED: "The place is no longer kept: come in with a new ticket.",
        Code.ROOM_FULL: "As many are in the room as it holds.",
        Code.CALL_OVER: "The call has ended.",
        Code.REMOVED_FROM_ROOM: "Removed by doctor or station, or the right to be here was withdrawn.",
        Code.SEAT_TAKEN_OVER: "The same participant came in from another page; this one must not reconnect.",
        Code.CONNECTION_STALE: "A later connection of the same page is here: this one came too late.",
        Code.CALL_MOVED: "The call was put to another time or another doctor: load the page again.",
        Code.NOT_ADMITTED: "Only those admitted may do this.",
        Code.ACT_NOT_ALLOWED: "This participant may not do this.",
        Code.PARTICIPANT_UNKNOWN: "Nobody of that id is in the room.",
        Code.PEER_ABSENT: "The peer has no connection now: offer once it is shown as present.",
        Code.SOUND_STAYS_OFF: "A phone beside the station's computer stays silent, or both would howl.",
        Code.RATE_EXCEEDED: "Too many messages; the socket is closed, the place kept.",
        Code.ROOM_MOVED: "The room is now served elsewhere: connect again.",
        Code.SIGNALING_UNAVAILABLE: "The server cannot serve the room now: connect again.",
    }
)


class SignalingError(DomainError):
    """A refusal of the signalling; `retry` says whether trying again later can help."""

    def __init__(self, code: Code, /, **facts: object) -> None:
        super().__init__(code.value, KINDS[code], **facts)
        self.signal_code = code
        self.retry = code in RETRY


class HeldElsewhereError(Exception):
    """The room is held by another server, which hears us: the socket is forwarded there."""

    def __init__(self, node: UUID) -> None:
        super().__init__(node)
        self.node = node
