"""What staff send about tasks."""

from typing import ClassVar, Literal

from telehealth.followup.rules import Named
from web.forms import ClockTime, Form, LocalDate


class OutcomeForm(Form):
    """What came of a task, and the list it was noted on."""

    outcome: Named
    version: int
    back: Literal["tasks", "checks"] = "tasks"


class MovePlanForm(Form):
    """Another day and time for the next visit."""

    words: ClassVar[str] = "move_plan"
    due_on: LocalDate
    from_time: ClockTime
    until_time: ClockTime
    version: int
