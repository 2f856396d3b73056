"""The state machines of a prescription and of its national code."""

from enum import StrEnum

from telehealth.kit.states import Machine


class PrescriptionState(StrEnum):
    """Where a prescription stands. What was signed is never changed, only replaced."""

    DRAFT = "draft"
    ACTIVE = "active"
    VOIDED = "voided"
    DROPPED = "dropped"


class PrescriptionCommand(StrEnum):
    """What can be done with a prescription as a whole."""

    ISSUE = "issue"
    VOID = "void"
    DROP = "drop"


MACHINE = Machine(
    "prescription",
    {
        (PrescriptionState.DRAFT, PrescriptionCommand.ISSUE): PrescriptionState.ACTIVE,
        (PrescriptionState.DRAFT, PrescriptionCommand.DROP): PrescriptionState.DROPPED,
        (PrescriptionState.ACTIVE, PrescriptionCommand.VOID): PrescriptionState.VOIDED,
    },
)


class CodeState(StrEnum):
    """Where the asking for a national code stands."""

    WAITING = "waiting"
    GIVEN = "given"
    REFUSED = "refused"
    NOT_NEEDED = "not_needed"


class CodeCommand(StrEnum):
    """What happens to the asking."""

    GIVE = "give"
    REFUSE = "refuse"
    CANCEL = "cancel"


CODE_MACHINE = Machine(
    "prescription-code",
    {
        (CodeState.WAITING, CodeCommand.GIVE): CodeState.GIVEN,
        (CodeState.WAITING, CodeCommand.REFUSE): CodeState.REFUSED,
        (CodeState.WAITING, CodeCommand.CANCEL): CodeState.NOT_NEEDED,
        # The national system gave one all the same: it holds there until somebody cancels it.
        (CodeState.NOT_NEEDED, CodeCommand.GIVE): CodeState.GIVEN,
    },
)
