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
    END = "end"


_S, _C = RoomState, RoomCommand

MACHINE: Final = Machine(
    "call",
    {
        (_S.OPEN, _C.START): _S.LIVE,
        (_S.OPEN, _C.END): _S.ENDED,
        (_S.LIVE, _C.END): _S.ENDED,
    },
)
