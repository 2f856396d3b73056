"""The visit's state machine."""

from enum import StrEnum

from telehealth.kit.states import Machine


class VisitState(StrEnum):
    """Where a visit stands. What is signed is never changed, only amended."""

    OPEN = "open"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class VisitCommand(StrEnum):
    """What can be done with a visit as a whole."""

    SIGN = "sign"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    CONVERT = "convert"


MACHINE = Machine(
    "visit",
    {
        (VisitState.OPEN, VisitCommand.SIGN): VisitState.SIGNED,
        (VisitState.OPEN, VisitCommand.WITHDRAW): VisitState.WITHDRAWN,
        (VisitState.OPEN, VisitCommand.CONVERT): VisitState.OPEN,
        (VisitState.SIGNED, VisitCommand.AMEND): VisitState.SIGNED,
    },
)
