"""What a room wants done. The room decides; the hub carries out, in this order."""

from dataclasses import dataclass
from uuid import UUID

from signaling.parts import CloseCode, FromServer
from signaling.ports import Record


@dataclass(frozen=True, slots=True)
class Keep:
    """Have this fact kept before anything that follows is seen by anybody."""

    record: Record


@dataclass(frozen=True, slots=True)
class Send:
    """Send to the socket of that number; `text` is the message as encoded, or as first sent when replayed."""

    socket: int
    to: UUID
    message: FromServer
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket of that number after what was sent to it before."""

    socket: int
    to: UUID
    code: CloseCode


Effect = Keep | Send | Close
