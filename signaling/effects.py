"""What a room wants done. The room decides; the hub carries out, in this order."""

from dataclasses import dataclass
from uuid import UUID

from signaling.parts import CloseCode
from signaling.ports import Jotting, Record


@dataclass(frozen=True, slots=True)
class Keep:
    """Have this fact kept before anything that follows is seen by anybody."""

    record: Record


@dataclass(frozen=True, slots=True)
class Jot:
    """Have this told in the call's journal, some time soon; nothing waits for it."""

    jotting: Jotting


@dataclass(frozen=True, slots=True)
class Send:
    """Send to the socket of that number; `text` is the message as it goes over the wire."""

    socket: int
    to: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket of that number after what was sent to it before."""

    socket: int
    to: UUID
    code: CloseCode


Effect = Keep | Jot | Send | Close
