"""What is typed to change hours: a week by weekday, or some days off or more."""

import re
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from telehealth.availability.rules import GRID_MINUTES, SEATS_AT_MOST, ChangeKind, Reason
from telehealth.availability.service import AddException, NewWeek, SetSeats, SetTerms, Target
from web.forms import Form, LocalDate, Tick

DAY_END = 1440
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SPAN = re.compile(r"(\d{1,2})[:hg](\d{2})?-(\d{1,2})[:hg](\d{2})?")
_CLOCK = re.compile(r"(\d{1,2})[:hg](\d{2})?")


def read_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Read "07:30-11:30, 13:30-16:30" as minutes after midnight; an end not after its start is the next day.

    Raises ValueError for what is no such thing.
    """
    found = []
    for part in re.split(r"[,;]", re.sub(r"\s", "", text).replace("–", "-").lower()):
        if not part:
            continue
        hit = _SPAN.fullmatch(part)
        if hit is None:
            raise ValueError(part)
        start, end = _minute(hit[1], hit[2]), _minute(hit[3], hit[4])
        found.append((start, end if end > start else end + DAY_END))
    ordered = sorted(found)
    if any(one[1] > other[0] for one, other in pairwise(ordered)):
        raise ValueError(text)
    return tuple(ordered)


def _minute(hour: str, minute: str | None) -> int:
    value = int(hour) * 60 + int(minute or 0)
    if value > DAY_END or int(minute or 0) > 59 or value % GRID_MINUTES:
        raise ValueError(hour)
    return value


def span_text(start: int, end: int) -> str:
    """Return hours as they are typed and printed; the midnight that ends their day is 24:00."""
    last = end if end == DAY_END else end % DAY_END
    return f"{start // 60:02}:{start % 60:02}–{last // 60:02}:{last % 60:02}"


def _is_spans(value: str) -> str:
    try:
        read_spans(value)
    except ValueError:
        raise PydanticCustomError("pattern", "no hours") from None
    return value


def _clock(value: object) -> object:
    hit = _CLOCK.fullmatch(value.replace(" ", "").lower()) if isinstance(value, str) else None
    if hit is None or int(hit[1]) > 23 or int(hit[2] or 0) > 59:
        raise PydanticCustomError("pattern", "no time")
    return time(int(hit[1]), int(hit[2] or 0))


NATIONAL_REASONS: Final = (Reason.MEETING, Reason.EQUIPMENT, Reason.OTHER)
"""Why the whole country closes or opens for a time."""

Spans = Annotated[str, Field(max_length=100), AfterValidator(_is_spans)]
Maximum = Annotated[int, Field(ge=1, le=1000)]
Clock = Annotated[time, BeforeValidator(_clock)]


class WeekForm(Form):
    """The hours of each weekday from a day on, of all services or one.

    `sure` once the effects were shown, `edit` to go back from them to what was typed.
    """

    words: ClassVar[str] = "week"
    service: UUID | None = None
    valid_from: LocalDate
    mon: Spans = ""
    tue: Spans = ""
    wed: Spans = ""
    thu: Spans = ""
    fri: Spans = ""
    sat: Spans = ""
    sun: Spans = ""
    version: int
    sure: Tick = False
    edit: Tick = False

    def change(self, target: Target) -> NewWeek:
        """Return the change that is asked for."""
        days = tuple(read_spans(getattr(self, name)) for name in DAYS)
        return NewWeek(
            target=target,
            valid_from=self.valid_from,
            days=days,
            version=self.version,
            service_type_id=self.service,
        )


class ExceptionForm(Form):
    """Days or hours off, more hours, or hours for one service: whole days unless times are given."""

    words: ClassVar[str] = "hours_exception"
    kind: ChangeKind
    service: UUID | None = None
    first_on: LocalDate
    first_time: Clock | None = None
    last_on: LocalDate | None = None
    last_time: Clock | None = None
    reason: Reason = Reason.LEAVE
    sure: Tick = False
    edit: Tick = False

    @property
    def slip(self) -> tuple[str, str] | None:
        """Return the field that is wrong with its words: days that run backwards, or the service.

        None is named, or one that the change has no use for.
        """
        if self.last_on is not None and self.last_on < self.first_on:
            return "last_on", "before-first"
        if (self.kind is ChangeKind.SERVICE_ONLY) != (self.service is not None):
            return "service", "unneeded" if self.service else "missing"
        return None

    def change(self, target: Target, zone: ZoneInfo) -> AddException:
        """Return the change that is asked for; without an end, the first day alone."""
        last_on = self.last_on or self.first_on
        ends = _at(last_on, self.last_time, zone) if self.last_time else _at(_next(last_on), None, zone)
        return AddException(
            target=target,
            kind=self.kind,
            starts_at=_at(self.first_on, self.first_time, zone),
            ends_at=ends,
            reason=self.reason,
            service_type_id=self.service,
        )


class NationalExceptionForm(ExceptionForm):
    """The same for the whole country, which is neither on leave nor in training."""

    reason: Literal[Reason.MEETING, Reason.EQUIPMENT, Reason.OTHER] = Reason.OTHER


class TermsForm(Form):
    """How many appointments a doctor takes, and whether the duty runs over holidays."""

    words: ClassVar[str] = "terms"
    daily_max: Maximum | None = None
    weekly_max: Maximum | None = None
    works_holidays: Tick = False
    version: int
    sure: Tick = False
    edit: Tick = False

    def change(self, target: Target) -> SetTerms:
        """Return the change that is asked for."""
        return SetTerms(
            target=target,
            daily_max=self.daily_max,
            weekly_max=self.weekly_max,
            works_holidays=self.works_holidays,
            version=self.version,
        )


class SeatsForm(Form):
    """How many appointments a station can have at once."""

    words: ClassVar[str] = "seats"
    seats: Annotated[int, Field(ge=1, le=SEATS_AT_MOST)]
    version: int
    sure: Tick = False
    edit: Tick = False

    def change(self, target: Target) -> SetSeats:
        """Return the change that is asked for."""
        return SetSeats(target=target, seats=self.seats, version=self.version)


class WithdrawForm(Form):
    """Taking days off back, against the version that was read."""

    version: int
    sure: Tick = False


def _at(day: date, clock: time | None, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock or time(), tzinfo=zone)


def _next(day: date) -> date:
    return day + timedelta(days=1)
