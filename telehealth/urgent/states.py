"""The states of an urgent request and what may follow what."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class UrgentState(StrEnum):
    """Where an urgent request stands. Expired: nobody answered; it is kept until somebody closes it."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    IN_CALL = "in_call"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class UrgentCommand(StrEnum):
    """What can be done with an urgent request once it rings."""

    ESCALATE = "escalate"
    CLAIM = "claim"
    LOSE = "lose"
    RELEASE = "release"
    START = "start"
    FINISH = "finish"
    CANCEL = "cancel"
    GIVE_UP = "give_up"
    RING_AGAIN = "ring_again"
    CLOSE = "close"


_S, _C = UrgentState, UrgentCommand

MACHINE: Final = Machine(
    "urgent",
    {
        (_S.WAITING, _C.ESCALATE): _S.WAITING,
        (_S.WAITING, _C.CLAIM): _S.CLAIMED,
        (_S.WAITING, _C.GIVE_UP): _S.EXPIRED,
        (_S.WAITING, _C.CANCEL): _S.CANCELLED,
        (_S.CLAIMED, _C.LOSE): _S.WAITING,
        (_S.CLAIMED, _C.RELEASE): _S.WAITING,
        (_S.CLAIMED, _C.START): _S.IN_CALL,
        (_S.CLAIMED, _C.FINISH): _S.DONE,
        (_S.CLAIMED, _C.CANCEL): _S.CANCELLED,
        (_S.IN_CALL, _C.FINISH): _S.DONE,
        (_S.IN_CALL, _C.RELEASE): _S.WAITING,
        (_S.EXPIRED, _C.CLAIM): _S.CLAIMED,
        (_S.EXPIRED, _C.RING_AGAIN): _S.WAITING,
        (_S.EXPIRED, _C.CLOSE): _S.DONE,
    },
)

OWNED: Final = frozenset({_S.CLAIMED, _S.IN_CALL})
"""States in which exactly one doctor has it."""

LIVE: Final = frozenset({_S.WAITING, *OWNED})
"""States of which a patient has at most one request."""

OPEN: Final = frozenset({*LIVE, _S.EXPIRED})
"""States that still want somebody."""

RINGING: Final = frozenset({_S.WAITING, _S.EXPIRED})
"""States in which a doctor can accept: one that nobody answered is still open to whoever comes late."""
