"""Pure rules of hours: wall clocks, weekly hours, dated changes, the terms of a service."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import Span, epoch, instant

GRID_MINUTES: Final = 5

DAY_MINUTES: Final = 1440

NOON: Final = 720

USUAL_HOURS: Final = ((7 * 60 + 30, 11 * 60 + 30), (13 * 60 + 30, 16 * 60 + 30))
"""Monday to Friday, of a station that has set no opening hours."""


class ResourceKind(StrEnum):
    """What can be busy."""

    DOCTOR = "doctor"
    SEAT = "seat"
    PATIENT = "patient"


class Scope(StrEnum):
    """Whom a dated change concerns, from the weakest to the strongest."""

    NATIONAL = "national"
    FACILITY = "facility"
    RESOURCE = "resource"


class ChangeKind(StrEnum):
    """What a dated change does to the hours."""

    CLOSED = "closed"
    EXTRA = "extra"
    SERVICE_ONLY = "service_only"


class DayKind(StrEnum):
    """What the national calendar makes of a day."""

    CLOSED = "closed"
    WORKS_AS = "works_as"


class Reason(StrEnum):
    """Why hours are changed on some days. Codes only: no free text about anybody."""

    LEAVE = "leave"
    TRAINING = "training"
    MEETING = "meeting"
    DUTY = "duty"
    EQUIPMENT = "equipment"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day on which weekly hours are not those of its weekday: another's, or on a holiday nobody's."""

    weekday: int | None
    name: str


Calendar = Mapping[date, CalendarDay]

NO_CALENDAR: Final[Calendar] = {}


def weekday_on(day: date, calendar: Calendar) -> int | None:
    """Return the weekday whose hours hold on a day; None on a holiday."""
    special = calendar.get(day)
    return day.weekday() if special is None else special.weekday


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a service type, in minutes and days."""

    duration: int
    before: int = 0
    after: int = 0
    step: int = 10
    offset: int = 0
    notice: int = 0
    horizon_days: int = 31

    def ends_at(self, starts_at: datetime) -> datetime:
        """Return when an appointment that starts then ends."""
        return starts_at + timedelta(minutes=self.duration)

    def claimed(self, starts_at: datetime) -> Span:
        """Return what is claimed of each resource: the appointment with its buffers."""
        span = Span.between(starts_at, self.ends_at(starts_at))
        return span.widened(timedelta(minutes=self.before), timedelta(minutes=self.after))


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Hours of one weekday by the wall clock; beyond 1440 minutes they run into the next day."""

    weekday: int
    start_minute: int
    end_minute: int
    zone: ZoneInfo
    valid_from: date
    valid_to: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Tell whether the rule holds on a day, whatever weekday that is."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def on(self, day: date, calendar: Calendar = NO_CALENDAR) -> Span | None:
        """Return the hours that begin on a day, or None. Those begun on the eve of a holiday run out."""
        if weekday_on(day, calendar) != self.weekday or not self.is_in_force(day):
            return None
        start = first_second(day, self.start_minute, self.zone)
        end = first_second(day, self.end_minute, self.zone)
        return Span(start, end) if end > start else None


@dataclass(frozen=True, slots=True)
class DatedChange:
    """A closure, extra hours, or hours kept for one service, `is_ours` if that is the one asked about.

    At equal scope a closure and hours kept for others beat extra hours.
    """

    scope: Scope
    kind: ChangeKind
    span: Span
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How many appointments a resource takes, by its local day and ISO week, and has on its days."""

    daily: int | None = None
    weekly: int | None = None
    counts: Mapping[date, int] = field(default_factory=dict)

    def on_day(self, day: date) -> int:
        """Return how many it has on a day."""
        return self.counts.get(day, 0)

    def in_week(self, day: date) -> int:
        """Return how many it has in the ISO week of a day."""
        monday = day - timedelta(days=day.weekday())
        return sum(self.counts.get(monday + timedelta(days=n), 0) for n in range(7))

    def is_day_full(self, day: date) -> bool:
        """Tell whether the day's maximum is reached."""
        return self.daily is not None and self.on_day(day) >= self.daily

    def is_week_full(self, day: date) -> bool:
        """Tell whether the maximum of the day's week is reached."""
        return self.weekly is not None and self.in_week(day) >= self.weekly


NO_LIMITS: Final = Limits()


@lru_cache(maxsize=65_536)
def wall_second(day: date, minute: int, zone: ZoneInfo) -> int | None:
    """Return the epoch second at which the wall clock shows the minute of the day.

    The first of the two when clocks go back; None when they go forward over it.
    """
    day, minute = day + timedelta(days=minute // DAY_MINUTES), minute % DAY_MINUTES
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    at = wall.astimezone(UTC)
    shown = at.astimezone(zone)
    return epoch(at) if shown.replace(tzinfo=None) == wall.replace(tzinfo=None) else None


def first_second(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the first epoch second at which the wall clock shows the minute or has passed over it."""
    while (second := wall_second(day, minute, zone)) is None:
        minute += GRID_MINUTES
    return second


def local_day(zone: ZoneInfo, day: date) -> Span:
    """Return a local day, midnight to midnight, as the zone's clocks make it (23 to 25 hours)."""
    return Span(first_second(day, 0, zone), first_second(day, DAY_MINUTES, zone))


def check_hours(weekday: int, start_minute: int, end_minute: int) -> None:
    """Raise `bad-hours` unless these can be the hours of a weekly rule."""
    on_grid = start_minute % GRID_MINUTES == 0 and end_minute % GRID_MINUTES == 0
    in_order = 0 <= start_minute < DAY_MINUTES and start_minute < end_minute <= 2 * DAY_MINUTES
    if not (0 <= weekday <= 6 and on_grid and in_order):
        raise InvalidError("bad-hours")


def on_grid(starts_at: datetime, ends_at: datetime, kind: ChangeKind) -> tuple[datetime, datetime]:
    """Round a dated change to the grid: what takes hours away never shorter, extra hours never longer.

    Raises `bad-hours` where nothing is left.
    """
    grid = GRID_MINUTES * 60
    start, end = epoch(starts_at), epoch(ends_at)
    if kind is not ChangeKind.EXTRA:
        start, end = start - start % grid, end + -end % grid
    else:
        start, end = start + -start % grid, end - end % grid
    if end <= start:
        raise InvalidError("bad-hours")
    return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)


SEATS_AT_MOST: Final = 50
"""So many appointments a station can have at once, as the database has it."""

TERM_LIMITS: Final = {
    "duration_minutes": (GRID_MINUTES, 240),
    "buffer_before_minutes": (0, 60),
    "buffer_after_minutes": (0, 60),
    "step_minutes": (GRID_MINUTES, 240),
    "min_notice_minutes": (0, 7 * DAY_MINUTES),
    "horizon_days": (1, 62),
    "hold_seconds": (60, 1800),
    "respond_minutes": (5, 7 * DAY_MINUTES),
    "reschedule_max": (0, 20),
    "late_minutes": (0, 7 * DAY_MINUTES),
}
"""The least and the most of each: what lies outside is a slip of whoever types."""

_TERMS_ON_GRID: Final = ("duration_minutes", "buffer_before_minutes", "buffer_after_minutes", "step_minutes")
"""These are whole steps of the grid that slots lie on."""

LEAD_MINUTES: Final = (15, 7 * DAY_MINUTES)
"""How long before its time a reminder may go, at the least and at the most."""

REMINDERS: Final = 4
"""How many reminders one appointment may have."""


def refusals_of_terms(wanted: Mapping[str, object]) -> Iterator[InvalidError]:
    """Tell each number by which no service can be booked; a refusal names the field and its limits."""
    for name, (low, high) in TERM_LIMITS.items():
        value = wanted.get(name)
        if not isinstance(value, int):
            continue
        if not low <= value <= high:
            yield InvalidError("terms-out-of-range", field=name, low=str(low), high=str(high))
        elif name in _TERMS_ON_GRID and value % GRID_MINUTES:
            yield InvalidError("terms-off-grid", field=name, grid=str(GRID_MINUTES))


def check_reminders(minutes: Sequence[int]) -> list[int]:
    """Return the leads of a service's own reminders, the longest first, each once.

    Raises `reminders-out-of-range`, `reminders-too-many`.
    """
    leads = sorted(set(minutes), reverse=True)
    if any(not LEAD_MINUTES[0] <= each <= LEAD_MINUTES[1] for each in leads):
        raise InvalidError("reminders-out-of-range", field="leads")
    if len(leads) > REMINDERS:
        raise InvalidError("reminders-too-many", field="leads", count=REMINDERS)
    return leads


def leads_of(own: Sequence[int] | None, default: Sequence[int]) -> list[int]:
    """Return the leads that hold for a service type, the longest first."""
    return sorted(set(default if own is None else own), reverse=True)


OPENS_WITHIN: Final = 32
"""Days within which a station's next opening is found: no holiday closes one longer."""


@dataclass(frozen=True, slots=True)
class Station:
    """When a station works: hours that begin on a day, and closures."""

    hours_on: Callable[[date], Sequence[Span]]
    closed: tuple[Span, ...]
    zone: ZoneInfo

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody is there."""
        second = int(at.timestamp())
        day = at.astimezone(self.zone).date()
        spans = [*self.hours_on(day - timedelta(days=1)), *self.hours_on(day)]
        is_within = any(span.start <= second < span.end for span in spans)
        return is_within and not any(span.start <= second < span.end for span in self.closed)

    def next_open(self, at: datetime) -> datetime:
        """Return the first instant from then on at which somebody is there; a day later where
        there is none within OPENS_WITHIN.
        """
        if self.is_open(at):
            return at
        day = at.astimezone(self.zone).date()
        days = [day + timedelta(days=ahead) for ahead in range(OPENS_WITHIN)]
        edges = {span.start for each in days for span in self.hours_on(each)}
        edges |= {span.end for span in self.closed}
        for edge in sorted(edges):
            found = instant(edge)
            if found > at and self.is_open(found):
                return found
        return at + timedelta(days=1)


def usual_hours(day: date, zone: ZoneInfo, weekday: int | None) -> tuple[Span, ...]:
    """Return the hours of a station that has set none; none on holidays and at weekends."""
    if weekday is None or weekday > 4:
        return ()
    return tuple(
        Span.between(instant_at(day, start, zone), instant_at(day, end, zone)) for start, end in USUAL_HOURS
    )


def instant_at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the instant of a minute of a local day."""
    return datetime.combine(day, time(minute // 60, minute % 60), zone)
