"""The forms by which an agreed appointment is changed."""

from datetime import datetime, time
from typing import Annotated, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from telehealth.scheduling.rules import AbortReason, OverrideReason
from web.booking.forms import SlotFilter, read_slot
from web.forms import Form, LocalDate


def _is_slot(value: str) -> str:
    if read_slot(value) is None:
        raise PydanticCustomError("enum", "not a slot")
    return value


class ChosenForm(SlotFilter):
    """The slot that was tapped, with the filter it was found by."""

    slot: Annotated[str, AfterValidator(_is_slot)]


class MoveForm(Form):
    """The new time, against the version that was read."""

    words: ClassVar[str] = "move"
    version: int
    slot: Annotated[str, AfterValidator(_is_slot)]


class DoctorForm(Form):
    """Who takes over: a doctor, or whoever the pool chooses."""

    words: ClassVar[str] = "move"
    version: int
    doctor: Annotated[str, Field(pattern=r"^(pool|[0-9a-f-]{36})$")]

    @property
    def named(self) -> UUID | None:
        """The doctor who was chosen; None leaves it to the pool."""
        try:
            return UUID(self.doctor)
        except ValueError:
            return None


class BreakForm(Form):
    """Why a running appointment broke off."""

    words: ClassVar[str] = "move"
    version: int
    cause: AbortReason


class BeyondForm(Form):
    """Any time, any doctor, and why the rules are passed."""

    words: ClassVar[str] = "move"
    day: LocalDate
    clock: Annotated[str, Field(pattern=r"^([01]?\d|2[0-3])[:hg.]?[0-5]\d$")]
    doctor: UUID
    reason: OverrideReason

    @property
    def time_of_day(self) -> time:
        """The time of day that was typed: 07:30, 7:30, 7h30, 0730."""
        digits = "".join(each for each in self.clock if each.isdigit()).rjust(4, "0")
        return time(int(digits[:2]), int(digits[2:]))

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """Return the instant that was typed, by the wall clock of a zone."""
        return datetime.combine(self.day, self.time_of_day, tzinfo=zone)


class OverrideForm(BeyondForm):
    """The same for an agreed appointment, against the version that was read."""

    version: int
