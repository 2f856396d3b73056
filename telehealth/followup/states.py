"""The states of a plan and of a task."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine
from telehealth.scheduling.states import AppointmentState


class PlanState(StrEnum):
    """What is known of a planned next visit."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    CHANGE_ASKED = "change_asked"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    BOOKED = "booked"
    DONE = "done"
    LAPSED = "lapsed"


class PlanCommand(StrEnum):
    """What can be done with a plan."""

    CONFIRM = "confirm"
    ASK_CHANGE = "ask_change"
    DECLINE = "decline"
    MOVE = "move"
    WITHDRAW = "withdraw"
    BOOK = "book"
    UNBOOK = "unbook"
    COMPLETE = "complete"
    LAPSE = "lapse"
    RESTORE = "restore"


class TaskState(StrEnum):
    """Whether somebody has seen to it. Visiting: phoned in vain, somebody goes there."""

    OPEN = "open"
    VISITING = "visiting"
    DONE = "done"


class TaskCommand(StrEnum):
    """What can be done with a task."""

    COMPLETE = "complete"
    MISS = "miss"
    SEND_HOME = "send_home"


TELLABLE: Final = frozenset(
    {AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.IN_PROGRESS}
)
"""Appointments whose time a patient may be told."""

_P, _C = PlanState, PlanCommand
_ANSWERS = {
    _C.CONFIRM: _P.CONFIRMED,
    _C.ASK_CHANGE: _P.CHANGE_ASKED,
    _C.DECLINE: _P.DECLINED,
    _C.MOVE: _P.PLANNED,
    _C.WITHDRAW: _P.WITHDRAWN,
    _C.BOOK: _P.BOOKED,
    _C.LAPSE: _P.LAPSED,
}
LIVE_PLANS: Final = frozenset({_P.PLANNED, _P.CONFIRMED, _P.CHANGE_ASKED, _P.DECLINED})
"""Plans that still hold; a patient may answer again, the last answer counts.

Once an appointment is booked for a plan, the appointment's own link and texts tell of it.
"""

EXPECTED_PLANS: Final = frozenset({_P.PLANNED, _P.CONFIRMED})
"""Plans a patient is reminded of: who asked for another day, or said no, is phoned."""

PLAN: Final = Machine(
    "plan",
    {
        **{(state, command): after for state in sorted(LIVE_PLANS) for command, after in _ANSWERS.items()},
        (_P.BOOKED, _C.UNBOOK): _P.PLANNED,
        (_P.BOOKED, _C.COMPLETE): _P.DONE,
        (_P.LAPSED, _C.BOOK): _P.BOOKED,
        (_P.LAPSED, _C.MOVE): _P.PLANNED,
        (_P.WITHDRAWN, _C.RESTORE): _P.PLANNED,
    },
)
_T, _D = TaskState, TaskCommand

TASK: Final = Machine(
    "task",
    {
        (_T.OPEN, _D.COMPLETE): _T.DONE,
        (_T.OPEN, _D.MISS): _T.OPEN,
        (_T.OPEN, _D.SEND_HOME): _T.VISITING,
        (_T.VISITING, _D.MISS): _T.VISITING,
        (_T.VISITING, _D.COMPLETE): _T.DONE,
    },
)

LIVE_TASKS: Final = frozenset({_T.OPEN, _T.VISITING})
"""Tasks that nobody has seen to yet."""
