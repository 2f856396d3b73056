"""What becomes of a message, and of each attempt to send it."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class MessageState(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class MessageCommand(StrEnum):
    """What can happen to a message."""

    LEASE = "lease"
    RETRY = "retry"
    SEND = "send"
    LOSE = "lose"
    REFUSE = "refuse"
    SKIP = "skip"
    DELIVER = "deliver"
    BOUNCE = "bounce"


class DeliveryState(StrEnum):
    """Where one attempt stands; `sending` is written before the gateway is called."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


class DeliveryCommand(StrEnum):
    """What can happen to an attempt."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    LOSE = "lose"
    DELIVER = "deliver"
    BOUNCE = "bounce"


_M, _C = MessageState, MessageCommand
MESSAGE: Final = Machine(
    "message",
    {
        (_M.QUEUED, _C.LEASE): _M.LEASED,
        (_M.QUEUED, _C.SKIP): _M.SKIPPED,
        (_M.LEASED, _C.RETRY): _M.QUEUED,
        (_M.LEASED, _C.SKIP): _M.SKIPPED,
        (_M.LEASED, _C.SEND): _M.SENT,
        (_M.LEASED, _C.REFUSE): _M.FAILED,
        (_M.LEASED, _C.LOSE): _M.UNKNOWN,
        (_M.UNKNOWN, _C.SEND): _M.SENT,
        (_M.UNKNOWN, _C.RETRY): _M.QUEUED,
        (_M.UNKNOWN, _C.REFUSE): _M.FAILED,
        (_M.UNKNOWN, _C.DELIVER): _M.DELIVERED,
        (_M.UNKNOWN, _C.BOUNCE): _M.FAILED,
        # An answer or a report that was thought lost comes while the text is about to be repeated.
        (_M.QUEUED, _C.SEND): _M.SENT,
        (_M.QUEUED, _C.DELIVER): _M.DELIVERED,
        (_M.LEASED, _C.DELIVER): _M.DELIVERED,
        (_M.SENT, _C.DELIVER): _M.DELIVERED,
        (_M.SENT, _C.BOUNCE): _M.FAILED,
        # Receipts come in any order: the handset may be switched on after the network gave up.
        (_M.FAILED, _C.DELIVER): _M.DELIVERED,
    },
)

_D, _E = DeliveryState, DeliveryCommand
DELIVERY: Final = Machine(
    "delivery",
    {
        (_D.SENDING, _E.ACCEPT): _D.ACCEPTED,
        (_D.SENDING, _E.REFUSE): _D.REFUSED,
        (_D.SENDING, _E.LOSE): _D.UNKNOWN,
        (_D.UNKNOWN, _E.ACCEPT): _D.ACCEPTED,
        (_D.UNKNOWN, _E.REFUSE): _D.REFUSED,
        (_D.UNKNOWN, _E.DELIVER): _D.DELIVERED,
        (_D.UNKNOWN, _E.BOUNCE): _D.UNDELIVERED,
        (_D.ACCEPTED, _E.DELIVER): _D.DELIVERED,
        (_D.ACCEPTED, _E.BOUNCE): _D.UNDELIVERED,
        (_D.UNDELIVERED, _E.DELIVER): _D.DELIVERED,
    },
)
