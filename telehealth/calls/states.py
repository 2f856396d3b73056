"""The states of a room."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class RoomState(StrEnum):
    """Where a room stands."""

    OPEN = "open"
    LIVE = "live"
    ENDED = "ended"


class RoomCommand(StrEnum):
    """What can become of a room."""

    START = "start"
    PART = "part"
    END = "end"
    REOPEN = "reopen"


_S, _C = RoomState, RoomCommand

MACHINE: Final = Machine(
    "call",
    {
        (_S.OPEN, _C.START): _S.LIVE,
        (_S.OPEN, _C.END): _S.ENDED,
        # The doctor left before anybody met them.
        (_S.LIVE, _C.PART): _S.OPEN,
        (_S.LIVE, _C.END): _S.ENDED,
        # One that went on by phone, and the line is back; or one that was ended before anybody met.
        (_S.ENDED, _C.REOPEN): _S.OPEN,
    },
)


class RingState(StrEnum):
    """Where a ring stands; one past its time is still `ringing`, and can no longer be answered."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class RingCommand(StrEnum):
    """What can become of a ring."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


_R, _D = RingState, RingCommand

RINGS: Final = Machine(
    "call_ring",
    {
        (_R.RINGING, _D.ACCEPT): _R.ACCEPTED,
        (_R.RINGING, _D.DECLINE): _R.DECLINED,
        (_R.RINGING, _D.WITHDRAW): _R.WITHDRAWN,
        # Sent out of the room: what was accepted opens it no more.
        (_R.ACCEPTED, _D.WITHDRAW): _R.WITHDRAWN,
    },
)
