"""What staff send about tasks."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from telehealth.followup.rules import Named
from web.forms import Form, LocalDate

ClockTime = Annotated[str, Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")]


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


def minute_of(clock: str) -> int:
    """Return the minute of the day of a time like 07:30."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def clock_of(minute: int) -> str:
    """Return a minute of the day like 07:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
