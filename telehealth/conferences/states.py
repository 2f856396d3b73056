"""The minutes' state machine."""

from enum import StrEnum

from telehealth.kit.states import Machine


class MinutesState(StrEnum):
    """Where minutes stand: being written, signed by some, signed by chair and secretary."""

    DRAFT = "draft"
    SIGNING = "signing"
    COMPLETE = "complete"


class MinutesCommand(StrEnum):
    """What can be done with minutes as a whole."""

    WRITE = "write"
    SIGN = "sign"
    COMPLETE = "complete"
    REOPEN = "reopen"


MACHINE = Machine(
    "minutes",
    {
        (MinutesState.DRAFT, MinutesCommand.WRITE): MinutesState.DRAFT,
        (MinutesState.DRAFT, MinutesCommand.SIGN): MinutesState.SIGNING,
        (MinutesState.SIGNING, MinutesCommand.SIGN): MinutesState.SIGNING,
        (MinutesState.SIGNING, MinutesCommand.COMPLETE): MinutesState.COMPLETE,
        (MinutesState.COMPLETE, MinutesCommand.SIGN): MinutesState.COMPLETE,
        (MinutesState.SIGNING, MinutesCommand.REOPEN): MinutesState.DRAFT,
        (MinutesState.COMPLETE, MinutesCommand.REOPEN): MinutesState.DRAFT,
    },
)
"""Members may sign after chair and secretary have; a first signature closes the text for all."""
