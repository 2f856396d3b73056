"""The states of shifts and of swaps, and what may follow what."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class ShiftState(StrEnum):
    """Whether a planned duty binds."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ShiftCommand(StrEnum):
    """What can be done with a shift once it is planned."""

    PUBLISH = "publish"
    ASSIGN = "assign"
    WITHDRAW = "withdraw"


class SwapState(StrEnum):
    """Where the wish to swap stands."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"


class SwapCommand(StrEnum):
    """What becomes of a wish: the colleague answers, the doctor thinks again, the shift goes elsewhere."""

    ACCEPT = "accept"
    DECLINE = "decline"
    TAKE_BACK = "take_back"
    LAPSE = "lapse"


_S, _C = ShiftState, ShiftCommand

SHIFT: Final = Machine(
    "shift",
    {
        (_S.DRAFT, _C.PUBLISH): _S.PUBLISHED,
        (_S.DRAFT, _C.ASSIGN): _S.DRAFT,
        (_S.DRAFT, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.PUBLISHED, _C.ASSIGN): _S.PUBLISHED,
        (_S.PUBLISHED, _C.WITHDRAW): _S.WITHDRAWN,
    },
)

SWAP: Final = Machine(
    "swap",
    {
        (SwapState.ASKED, SwapCommand.ACCEPT): SwapState.ACCEPTED,
        (SwapState.ASKED, SwapCommand.DECLINE): SwapState.DECLINED,
        (SwapState.ASKED, SwapCommand.TAKE_BACK): SwapState.TAKEN_BACK,
        (SwapState.ASKED, SwapCommand.LAPSE): SwapState.LAPSED,
    },
)
