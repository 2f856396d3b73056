"""The states of an order and what may follow what."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class OrderState(StrEnum):
    """Where an order stands. Draft: written, and nobody's task before the record is signed."""

    DRAFT = "draft"
    OPEN = "open"
    SEEN = "seen"
    DONE = "done"
    DECLINED = "declined"
    REVOKED = "revoked"


class OrderCommand(StrEnum):
    """What can be done with an order."""

    RELEASE = "release"
    ACKNOWLEDGE = "acknowledge"
    FINISH = "finish"
    DECLINE = "decline"
    REVOKE = "revoke"


_S, _C = OrderState, OrderCommand

MACHINE: Final = Machine(
    "order",
    {
        (_S.DRAFT, _C.RELEASE): _S.OPEN,
        (_S.DRAFT, _C.REVOKE): _S.REVOKED,
        (_S.OPEN, _C.ACKNOWLEDGE): _S.SEEN,
        (_S.OPEN, _C.FINISH): _S.DONE,
        (_S.OPEN, _C.DECLINE): _S.DECLINED,
        (_S.OPEN, _C.REVOKE): _S.REVOKED,
        (_S.SEEN, _C.FINISH): _S.DONE,
        (_S.SEEN, _C.DECLINE): _S.DECLINED,
        (_S.SEEN, _C.REVOKE): _S.REVOKED,
    },
)

PENDING: Final = frozenset({_S.OPEN, _S.SEEN})
"""States in which the station has something to do."""
