"""The states of a referral and what may follow what."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class ReferralState(StrEnum):
    """Where a referral stands. Draft: written with the record, sent by its signature."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class ReferralCommand(StrEnum):
    """What can be done with a referral. Return: the patient is sent back with what was found."""

    SEND = "send"
    ACCEPT = "accept"
    DECLINE = "decline"
    REDIRECT = "redirect"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    WITHDRAW = "withdraw"


_S, _C = ReferralState, ReferralCommand

MACHINE: Final = Machine(
    "referral",
    {
        (_S.DRAFT, _C.SEND): _S.SENT,
        (_S.DRAFT, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.SENT, _C.ACCEPT): _S.ACCEPTED,
        (_S.SENT, _C.DECLINE): _S.DECLINED,
        (_S.SENT, _C.REDIRECT): _S.SENT,
        (_S.SENT, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.DECLINED, _C.REDIRECT): _S.SENT,
        (_S.DECLINED, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.ACCEPTED, _C.REDIRECT): _S.SENT,
        (_S.ACCEPTED, _C.RETURN): _S.RETURNED,
        (_S.ACCEPTED, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.RETURNED, _C.ACKNOWLEDGE): _S.CLOSED,
    },
)

OPEN: Final = frozenset({_S.SENT, _S.ACCEPTED, _S.DECLINED, _S.RETURNED})
"""States in which one side owes the other something."""

RECEIVED: Final = frozenset({_S.SENT, _S.ACCEPTED})
"""States in which the receiving side may see the patient's data."""
