"""The states of a patient link. That it has run out is told by its end, not by a state."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class LinkState(StrEnum):
    """Where a link stands."""

    OPEN = "open"
    LOCKED = "locked"
    REVOKED = "revoked"


class LinkCommand(StrEnum):
    """What can be done with a link."""

    LOCK = "lock"
    UNLOCK = "unlock"
    REVOKE = "revoke"


_S, _C = LinkState, LinkCommand
MACHINE: Final = Machine(
    "link",
    {
        (_S.OPEN, _C.LOCK): _S.LOCKED,
        (_S.LOCKED, _C.UNLOCK): _S.OPEN,
        (_S.OPEN, _C.REVOKE): _S.REVOKED,
        (_S.LOCKED, _C.REVOKE): _S.REVOKED,
    },
)
