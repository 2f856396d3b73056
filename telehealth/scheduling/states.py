"""The states of an appointment and what may follow what."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class AppointmentState(StrEnum):
    """Where an appointment stands."""

    HELD = "held"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"
    ABORTED = "aborted"


class AppointmentCommand(StrEnum):
    """What can be done with an appointment once it is held."""

    MOVE = "move"
    CONFIRM = "confirm"
    RELEASE = "release"
    EXPIRE = "expire"
    CHECK_IN = "check_in"
    START = "start"
    COMPLETE = "complete"
    ABORT = "abort"
    CANCEL = "cancel"
    NO_SHOW = "no_show"


_S, _C = AppointmentState, AppointmentCommand

MACHINE: Final = Machine(
    "appointment",
    {
        (_S.HELD, _C.MOVE): _S.HELD,
        (_S.HELD, _C.CONFIRM): _S.BOOKED,
        (_S.HELD, _C.RELEASE): _S.CANCELLED,
        (_S.HELD, _C.EXPIRE): _S.EXPIRED,
        (_S.HELD, _C.CANCEL): _S.CANCELLED,
        (_S.BOOKED, _C.CHECK_IN): _S.CHECKED_IN,
        (_S.BOOKED, _C.START): _S.IN_PROGRESS,
        (_S.BOOKED, _C.CANCEL): _S.CANCELLED,
        (_S.BOOKED, _C.NO_SHOW): _S.NO_SHOW,
        (_S.CHECKED_IN, _C.START): _S.IN_PROGRESS,
        (_S.CHECKED_IN, _C.CANCEL): _S.CANCELLED,
        (_S.CHECKED_IN, _C.NO_SHOW): _S.NO_SHOW,
        (_S.IN_PROGRESS, _C.COMPLETE): _S.FULFILLED,
        (_S.IN_PROGRESS, _C.ABORT): _S.ABORTED,
    },
)

LIVE: Final = frozenset({_S.HELD, _S.BOOKED, _S.CHECKED_IN, _S.IN_PROGRESS})
"""States in which the appointment claims its doctor, its seat and its patient."""

AGREED: Final = frozenset({_S.BOOKED, _S.CHECKED_IN, _S.IN_PROGRESS, _S.FULFILLED, _S.NO_SHOW, _S.ABORTED})
"""States a day's list shows beside what was cancelled: the time was agreed."""
