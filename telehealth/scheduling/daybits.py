"""One day of a diary in bits of five minutes: what is open, what is free, where a maximum is reached.

The arithmetic of the slot search (`slots.py`) and of its explanation (`explain.py`), written once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import (
    DAY_MINUTES,
    GRID_MINUTES,
    NO_LIMITS,
    NOON,
    Calendar,
    ChangeKind,
    DatedChange,
    Limits,
    Scope,
    Terms,
    WeeklyHours,
    local_day,
    wall_second,
    weekday_on,
)
from telehealth.kit.spans import Span, epoch
from telehealth.scheduling.rules import Busy, Part

GRID: Final = GRID_MINUTES * 60
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """All that decides when one resource is free.

    `is_bound` false means it keeps no hours of its own (a patient, a seat nobody wrote hours for).
    `opening` are the hours of its facility; on days on which none is in force they bound nothing.
    `calendar` is empty for duty that runs over holidays. Nothing begins before `works_from` or from
    `works_to` on: the days of a doctor's membership.
    """

    owner_id: UUID
    zone: ZoneInfo
    lanes: int = 1
    is_bound: bool = True
    hours: tuple[WeeklyHours, ...] = ()
    opening: tuple[WeeklyHours, ...] = ()
    calendar: Calendar = field(default_factory=dict)
    changes: tuple[DatedChange, ...] = ()
    busy: Mapping[int, Sequence[Busy]] = field(default_factory=dict)
    limits: Limits = NO_LIMITS
    works_from: date = date.min
    works_to: date | None = None

    def works_on(self, day: date) -> bool:
        """Tell whether anything may begin on a day at all."""
        return self.works_from <= day and (self.works_to is None or day < self.works_to)

    def busy_in(self, window: Span) -> Iterator[Busy]:
        """List the claims that may touch a window; some twice."""
        for bucket in range(window.start // _DAY, window.end // _DAY + 1):
            yield from self.busy.get(bucket, ())


def by_day(busy: Iterable[Busy]) -> dict[int, list[Busy]]:
    """Sort claims into the UTC days they touch."""
    buckets: dict[int, list[Busy]] = {}
    for each in busy:
        for bucket in range(each.span.start // _DAY, (each.span.end - 1) // _DAY + 1):
            buckets.setdefault(bucket, []).append(each)
    return buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the diaries: the terms, the instant of asking, whole local days."""

    terms: Terms
    now: datetime
    from_on: date
    to_on: date
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A day in bits: where bit 0 lies, how many there are, and the service in bits."""

    base: int
    size: int
    duration: int
    before: int
    total: int

    @property
    def window(self) -> Span:
        """The span all bits cover."""
        return Span(self.base, self.base + self.size * GRID)

    @property
    def full(self) -> int:
        """Every bit."""
        return (1 << self.size) - 1

    def bits(self, span: Span) -> int:
        """Return every bit the span touches."""
        low = max(0, (span.start - self.base) // GRID)
        high = min(self.size, -(-(span.end - self.base) // GRID))
        return (1 << high) - (1 << low) if high > low else 0


def frame_of(day: date, zone: ZoneInfo, terms: Terms) -> Frame:
    """Return the frame of a local day for a service: its buffers and its length reach beyond midnight."""
    midnight = local_day(zone, day)
    before, duration, after = (
        minutes // GRID_MINUTES for minutes in (terms.before, terms.duration, terms.after)
    )
    size = before + (midnight.end - midnight.start) // GRID + duration + after
    return Frame(midnight.start - before * GRID, size, duration, before, before + duration + after)


def bounds(frame: Frame, question: Question) -> tuple[int, int]:
    """Return the starts after the notice, and those before the horizon."""
    terms, now = question.terms, epoch(question.now)
    first = max(0, -(-(now + terms.notice * 60 - frame.base) // GRID))
    last = (now + terms.horizon_days * _DAY - frame.base) // GRID
    return frame.full >> first << first, (1 << (last + 1)) - 1 if last >= 0 else 0


@lru_cache(maxsize=4096)
def steps(day: date, zone: ZoneInfo, step: int, offset: int, part: Part | None) -> int:
    """Return the wall-clock starts of a day as bits from midnight; each wall time at most once."""
    midnight = local_day(zone, day).start
    low, high = (NOON if part is Part.AFTERNOON else 0), (NOON if part is Part.MORNING else DAY_MINUTES)
    mask = 0
    for minute in range(offset % step, DAY_MINUTES, step):
        second = wall_second(day, minute, zone)
        if second is not None and low <= minute < high:
            mask |= 1 << (second - midnight) // GRID
    return mask


def open_bits(diary: Diary, day: date, frame: Frame) -> int:
    """Return the open bits: the hours, then each scope's changes over them, the strongest last."""
    bits = hours_bits(diary, day, frame)
    for scope in Scope:
        bits = changed_bits(bits, diary, scope, frame)
    return bits


def hours_bits(diary: Diary, day: date, frame: Frame) -> int:
    """Return the weekly hours as the calendar has them, within those of the facility."""
    bits = spans_bits(diary.hours, diary.calendar, day, frame) if diary.is_bound else frame.full
    return bits & opening_bits(diary, day, frame) if diary.opening and bits else bits


def opening_bits(diary: Diary, day: date, frame: Frame) -> int:
    """Return when the facility is open: always, on days on which no opening hours are in force."""
    bits = spans_bits(diary.opening, diary.calendar, day, frame)
    for each in _around(day):
        if not any(hours.is_in_force(each) for hours in diary.opening):
            bits |= frame.bits(local_day(diary.zone, each))
    return bits


def spans_bits(rules: Iterable[WeeklyHours], calendar: Calendar, day: date, frame: Frame) -> int:
    """Return the bits within weekly hours that begin on the day or beside it, as the calendar has it."""
    bits = 0
    for each in _around(day):
        weekday = weekday_on(each, calendar)
        for hours in rules:
            span = hours.on(each, calendar) if hours.weekday == weekday else None
            if span is not None:
                bits |= frame.bits(span)
    return bits


def _around(day: date) -> tuple[date, date, date]:
    return day - timedelta(days=1), day, day + timedelta(days=1)


def changed_bits(bits: int, diary: Diary, scope: Scope, frame: Frame) -> int:
    """Return the bits after the changes of one scope: extra hours, less what is closed or kept for others."""
    closed = ours = others = 0
    for change in diary.changes:
        if change.scope is not scope:
            continue
        touched = frame.bits(change.span)
        if change.kind is ChangeKind.EXTRA:
            bits |= touched
        elif change.kind is ChangeKind.CLOSED:
            closed |= touched
        elif change.is_ours:
            ours |= touched
        else:
            others |= touched
    return bits & ~(closed | (others & ~ours))


def full_bits(diary: Diary, day: date, frame: Frame) -> int:
    """Return the starts on the diary's own days on which it takes no more appointments."""
    bits = 0
    if diary.limits.daily is not None or diary.limits.weekly is not None:
        for each in _around(day):
            if diary.limits.is_day_full(each) or diary.limits.is_week_full(each):
                bits |= frame.bits(local_day(diary.zone, each))
    return bits


def free_bits(diary: Diary, frame: Frame) -> int:
    """Return the starts at which one lane is free for the whole claim, buffers included."""
    lanes = [0] * diary.lanes
    for each in diary.busy_in(frame.window):
        if each.lane < diary.lanes:
            lanes[each.lane] |= frame.bits(each.span)
    starts = 0
    for busy in lanes:
        starts |= runs(frame.full & ~busy, frame.total)
    return starts << frame.before


def runs(bits: int, length: int) -> int:
    """Return the first bits of all runs of at least `length` ones."""
    have = 1
    while have < length:
        shift = min(have, length - have)
        bits &= bits >> shift
        have += shift
    return bits
