"""What is typed about rosters."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from web.forms import ClockTime, EndTime, Form, LocalDate, minute_of


class WeekQuery(Form):
    """Which week is looked at."""

    words: ClassVar[str] = "roster"
    week: LocalDate | None = None


class WeekForm(Form):
    """Which week is meant, as it was seen."""

    words: ClassVar[str] = "roster"
    week: LocalDate
    version: int = 0


class ShiftForm(Form):
    """Shifts of one doctor on some days."""

    words: ClassVar[str] = "roster"
    pool: UUID
    doctor: UUID
    days: list[LocalDate] = Field(min_length=1, max_length=7)
    from_time: ClockTime
    until_time: EndTime

    @property
    def minutes(self) -> tuple[int, int]:
        """First and last minute; an end that is not after the start is on the next day."""
        start, end = minute_of(self.from_time), minute_of(self.until_time)
        return start, end if end > start else end + 1440


class AssignForm(Form):
    """Who takes a shift."""

    words: ClassVar[str] = "roster"
    doctor: UUID
    reason: Annotated[str, Field(max_length=200)] = ""
    version: int


class WithdrawForm(Form):
    """Why a shift is off."""

    words: ClassVar[str] = "roster"
    reason: Annotated[str, Field(max_length=200)] = ""
    version: int


class SwapForm(Form):
    """Whom a doctor asks, and for which shift of theirs."""

    words: ClassVar[str] = "roster"
    colleague: UUID
    return_shift: UUID | None = None
    version: int


class AnswerForm(Form):
    """An answer to a swap, as it was seen."""

    words: ClassVar[str] = "roster"
    version: int
