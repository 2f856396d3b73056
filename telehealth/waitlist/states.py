"""The states of who waits."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class EntryState(StrEnum):
    """Where an entry stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class EntryCommand(StrEnum):
    """What can be done with an entry; PASS refuses one time and goes on waiting, DECLINE ends it.

    TAKE_BACK is the coordinator's: the time is wanted elsewhere, and the entry goes on waiting.
    """

    OFFER = "offer"
    ACCEPT = "accept"
    PASS = "pass"  # noqa: S105  (no secret: to pass on an offer)
    DECLINE = "decline"
    TAKE_BACK = "take_back"
    LAPSE = "lapse"
    EXPIRE = "expire"
    CANCEL = "cancel"


_S, _C = EntryState, EntryCommand

MACHINE: Final = Machine(
    "waitlist_entry",
    {
        (_S.WAITING, _C.OFFER): _S.OFFERED,
        (_S.WAITING, _C.EXPIRE): _S.EXPIRED,
        (_S.WAITING, _C.CANCEL): _S.CANCELLED,
        (_S.OFFERED, _C.ACCEPT): _S.ACCEPTED,
        (_S.OFFERED, _C.PASS): _S.WAITING,
        (_S.OFFERED, _C.DECLINE): _S.DECLINED,
        (_S.OFFERED, _C.TAKE_BACK): _S.WAITING,
        (_S.OFFERED, _C.LAPSE): _S.WAITING,
        (_S.OFFERED, _C.CANCEL): _S.CANCELLED,
    },
)

LIVE: Final = frozenset({_S.WAITING, _S.OFFERED})
"""States in which somebody still waits."""
