"""The states of a request for a later answer and what may follow what."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class AnswerState(StrEnum):
    """Where a request stands. Asked: the doctor who has it waits for the station."""

    WAITING = "waiting"
    TAKEN = "taken"
    ASKED = "asked"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class AnswerCommand(StrEnum):
    """What can be done with a request once it was sent."""

    TAKE = "take"
    RELEASE = "release"
    ASK = "ask"
    REPLY = "reply"
    ANSWER = "answer"
    WITHDRAW = "withdraw"


_S, _C = AnswerState, AnswerCommand

MACHINE: Final = Machine(
    "answer",
    {
        (_S.WAITING, _C.TAKE): _S.TAKEN,
        (_S.WAITING, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.TAKEN, _C.RELEASE): _S.WAITING,
        (_S.TAKEN, _C.ASK): _S.ASKED,
        (_S.TAKEN, _C.ANSWER): _S.ANSWERED,
        (_S.TAKEN, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.ASKED, _C.RELEASE): _S.WAITING,
        (_S.ASKED, _C.REPLY): _S.TAKEN,
        (_S.ASKED, _C.ANSWER): _S.ANSWERED,
        (_S.ASKED, _C.WITHDRAW): _S.WITHDRAWN,
    },
)

OWNED: Final = frozenset({_S.TAKEN, _S.ASKED})
"""States in which exactly one doctor has it."""

OPEN: Final = frozenset({_S.WAITING, *OWNED})
"""States that still want an answer; a visit has at most one such request."""

TICKING: Final = frozenset({_S.WAITING, _S.TAKEN})
"""States in which the doctors' clocks run: they stand still while the station is asked, whose own runs."""
