"""Pure rules of hours: wall clocks, weekly hours, dated changes, the terms of a service."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import Span, epoch

GRID_MINUTES: Final = 5

DAY_MINUTES: Final = 1440

NOON: Final = 720


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

    def on(self, day: date) -> Span | None:
        """Return the hours that begin on a day, or None."""
        if day.weekday() != self.weekday or day < self.valid_from:
            return None
        if self.valid_to is not None and day >= self.valid_to:
            return None
        start = first_second(day, self.start_minute, self.zone)
        end = first_second(day, self.end_minute, self.zone)
        return Span(start, end) if end > start else None


@dataclass(frozen=True, slots=True)
class DatedChange:
    """A closure or extra hours; at equal scope `closed` beats `extra`."""

    scope: Scope
    kind: ChangeKind
    span: Span


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
    """Round a dated change to the grid: a closure never shorter, extra hours never longer."""
    grid = GRID_MINUTES * 60
    start, end = epoch(starts_at), epoch(ends_at)
    if kind is ChangeKind.CLOSED:
        start, end = start - start % grid, end + -end % grid
    else:
        start, end = start + -start % grid, end - end % grid
    if end <= start:
        raise InvalidError("bad-hours")
    return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
