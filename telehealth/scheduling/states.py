"""The states of an appointment and what may follow what."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class AppointmentState(StrEnum):
    """Where an appointment stands."""

    HELD = "held"
    REQUESTED = "requested"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NO_SHOW = "no_show"
    ABORTED = "aborted"


class AppointmentCommand(StrEnum):
    """What can be done with an appointment once it is held."""

    MOVE = "move"
    CONFIRM = "confirm"
    REQUEST = "request"
    ACCEPT = "accept"
    REJECT = "reject"
    PASS_ON = "pass_on"  # noqa: S105  (no password)
    ESCALATE = "escalate"
    RESCHEDULE = "reschedule"
    REASSIGN = "reassign"
    OVERRIDE = "override"
    RELEASE = "release"
    EXPIRE = "expire"
    CHECK_IN = "check_in"
    START = "start"
    STEP_BACK = "step_back"
    COMPLETE = "complete"
    ABORT = "abort"
    CANCEL = "cancel"
    NO_SHOW = "no_show"
    UNDO = "undo"
    HAND_OVER = "hand_over"


_S, _C = AppointmentState, AppointmentCommand

MACHINE: Final = Machine(
    "appointment",
    {
        (_S.HELD, _C.MOVE): _S.HELD,
        (_S.HELD, _C.CONFIRM): _S.BOOKED,
        (_S.HELD, _C.REQUEST): _S.REQUESTED,
        (_S.HELD, _C.RELEASE): _S.CANCELLED,
        (_S.HELD, _C.EXPIRE): _S.EXPIRED,
        (_S.HELD, _C.CANCEL): _S.CANCELLED,
        (_S.REQUESTED, _C.ACCEPT): _S.BOOKED,
        (_S.REQUESTED, _C.REJECT): _S.REJECTED,
        (_S.REQUESTED, _C.PASS_ON): _S.REQUESTED,
        (_S.REQUESTED, _C.ESCALATE): _S.REQUESTED,
        (_S.REQUESTED, _C.EXPIRE): _S.EXPIRED,
        (_S.REQUESTED, _C.RESCHEDULE): _S.REQUESTED,
        (_S.REQUESTED, _C.CANCEL): _S.CANCELLED,
        (_S.BOOKED, _C.RESCHEDULE): _S.BOOKED,
        (_S.BOOKED, _C.REASSIGN): _S.BOOKED,
        (_S.BOOKED, _C.OVERRIDE): _S.BOOKED,
        (_S.BOOKED, _C.CHECK_IN): _S.CHECKED_IN,
        (_S.BOOKED, _C.START): _S.IN_PROGRESS,
        (_S.BOOKED, _C.CANCEL): _S.CANCELLED,
        (_S.BOOKED, _C.NO_SHOW): _S.NO_SHOW,
        (_S.CHECKED_IN, _C.START): _S.IN_PROGRESS,
        (_S.CHECKED_IN, _C.CANCEL): _S.CANCELLED,
        (_S.CHECKED_IN, _C.NO_SHOW): _S.NO_SHOW,
        # The doctor left before anybody met them: nothing took place, and nobody was absent yet.
        (_S.IN_PROGRESS, _C.STEP_BACK): _S.BOOKED,
        (_S.IN_PROGRESS, _C.COMPLETE): _S.FULFILLED,
        (_S.IN_PROGRESS, _C.ABORT): _S.ABORTED,
        (_S.IN_PROGRESS, _C.HAND_OVER): _S.IN_PROGRESS,
        (_S.NO_SHOW, _C.UNDO): _S.CHECKED_IN,
    },
)

LIVE: Final = frozenset({_S.HELD, _S.REQUESTED, _S.BOOKED, _S.CHECKED_IN, _S.IN_PROGRESS})
"""States in which the appointment claims its doctor, its seat and its patient."""

AGREED: Final = frozenset({_S.BOOKED, _S.CHECKED_IN, _S.IN_PROGRESS, _S.FULFILLED, _S.NO_SHOW, _S.ABORTED})
"""States a day's list shows beside what was cancelled: the time was agreed."""

LISTED: Final = AGREED | {_S.REQUESTED}
"""States a station's list shows: what it waits for to be accepted too."""
