"""Pure rules of duty: how a pool chooses, who is on duty now, what a roster may and should look like."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import DAY_MINUTES, GRID_MINUTES, first_second
from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import Span, union

WEEK_DAYS: Final = 7


PLANNED_AHEAD: Final = timedelta(days=366)


class PoolPolicy(StrEnum):
    """How a pool chooses among its doctors who are free."""

    LEAST_LOADED = "least_loaded"
    PRIORITY = "priority"
    CONTINUITY_FIRST = "continuity_first"


@dataclass(frozen=True, slots=True, order=True)
class OnDuty:
    """A doctor who is on duty in a pool now, and until when."""

    pool_id: UUID
    membership_id: UUID
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Switched:
    """What the switch of a doctor says, not run out yet."""

    is_on: bool
    until_at: datetime


def on_duty(
    members: Iterable[tuple[UUID, UUID]],
    shifts: Mapping[tuple[UUID, UUID], datetime],
    switches: Mapping[UUID, Switched],
) -> list[OnDuty]:
    """Return who of the (pool, membership) pairs is on duty: by the switch, else by the roster.

    `shifts` gives the end of the published shift that runs now, by the same pairs.
    """
    found = []
    for pool_id, membership_id in members:
        switch = switches.get(membership_id)
        if switch is not None:
            until_at = switch.until_at if switch.is_on else None
        else:
            until_at = shifts.get((pool_id, membership_id))
        if until_at is not None:
            found.append(OnDuty(pool_id, membership_id, until_at))
    return sorted(found)


class Trouble(StrEnum):
    """What is wrong with a shift. Some refuse it, the others only warn."""

    NOT_IN_POOL = "not-in-pool"
    NOT_WORKING = "not-working"
    SHIFT_OVERLAPS = "shift-overlaps"
    DOUBLE_DUTY = "double-duty"
    ON_LEAVE = "on-leave"
    TWO_POOLS = "two-pools"


REFUSED: Final = frozenset(
    {Trouble.NOT_IN_POOL, Trouble.NOT_WORKING, Trouble.SHIFT_OVERLAPS, Trouble.DOUBLE_DUTY}
)
"""Troubles no roster may have; on leave or on duty for two pools of one house is for people to judge."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift as the checks see it: whose, for which pool of which facility, when."""

    shift_id: UUID
    pool_id: UUID
    facility_id: UUID
    staff_id: UUID
    membership_id: UUID
    span: Span


FOR_EVER: Final = 2**62
"""Where a span ends that nothing ends."""

ALWAYS: Final = Span(-FOR_EVER, FOR_EVER)


@dataclass(frozen=True, slots=True)
class Term:
    """The days somebody is in a pool; `until_on` is the first day no longer.

    `working` is when they work in that role at all, which their house may have ended: None for never.
    """

    from_on: date
    until_on: date | None = None
    working: Span | None = ALWAYS

    def holds(self, on: date) -> bool:
        """Tell whether a day is one of them."""
        return self.from_on <= on and (self.until_on is None or on < self.until_on)

    def works_through(self, span: Span) -> bool:
        """Tell whether they work for the whole of a span."""
        return self.working is not None and self.working.start <= span.start and span.end <= self.working.end


@dataclass(frozen=True, slots=True)
class Leave:
    """When a doctor said to be off, and the code of why."""

    membership_id: UUID
    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a shift is checked against: terms by (pool, membership), all duties, leaves by membership."""

    zone: ZoneInfo
    terms: Mapping[tuple[UUID, UUID], Term]
    duties: tuple[Duty, ...]
    leaves: Mapping[UUID, tuple[Span, ...]]


def troubles(duty: Duty, around: Around) -> list[Trouble]:
    """Return what is wrong with a shift, the worst first."""
    found = set()
    term = around.terms.get((duty.pool_id, duty.membership_id))
    if term is None or not term.holds(day_of(duty.span, around.zone)):
        found.add(Trouble.NOT_IN_POOL)
    elif not term.works_through(duty.span):
        found.add(Trouble.NOT_WORKING)
    for other in around.duties:
        is_same_person = other.shift_id != duty.shift_id and other.staff_id == duty.staff_id
        if is_same_person and other.span.overlaps(duty.span):
            found.add(_beside(duty, other))
    if any(leave.overlaps(duty.span) for leave in around.leaves.get(duty.membership_id, ())):
        found.add(Trouble.ON_LEAVE)
    return [trouble for trouble in Trouble if trouble in found]


def _beside(duty: Duty, other: Duty) -> Trouble:
    if duty.pool_id == other.pool_id:
        return Trouble.SHIFT_OVERLAPS
    return Trouble.TWO_POOLS if duty.facility_id == other.facility_id else Trouble.DOUBLE_DUTY


def day_of(span: Span, zone: ZoneInfo) -> date:
    """Return the local day a span begins on."""
    return datetime.fromtimestamp(span.start, zone).date()


def shift_span(on: date, start_minute: int, end_minute: int, zone: ZoneInfo) -> Span:
    """Return a shift by the wall clock; beyond 1440 minutes it ends on the next day.

    Raises `bad-shift` off the five-minute grid, out of order or longer than a day.
    """
    grid = start_minute % GRID_MINUTES == 0 and end_minute % GRID_MINUTES == 0
    if not (grid and 0 <= start_minute < DAY_MINUTES and start_minute < end_minute):
        raise InvalidError("bad-shift", field="until_time")
    if end_minute - start_minute > DAY_MINUTES:
        raise InvalidError("bad-shift", field="until_time")
    start, end = first_second(on, start_minute, zone), first_second(on, end_minute, zone)
    if end <= start:
        raise InvalidError("bad-shift", field="until_time")
    return Span(start, end)


def monday_of(on: date) -> date:
    """Return the Monday of a day's week."""
    return on - timedelta(days=on.weekday())


def week_span(monday: date, zone: ZoneInfo) -> Span:
    """Return a week, midnight to midnight by the wall clock."""
    return Span(first_second(monday, 0, zone), first_second(monday, WEEK_DAYS * DAY_MINUTES, zone))


def cover_on(on: date, covered_from: int, covered_until: int, zone: ZoneInfo) -> Span:
    """Return when, on a day, a pool is to have somebody on duty."""
    return Span(first_second(on, covered_from, zone), first_second(on, covered_until, zone))


def gaps(cover: Span, duties: Iterable[Span]) -> list[Span]:
    """Return the parts of a span in which nobody is on duty."""
    found, start = [], cover.start
    for duty in union(duties):
        if duty.end <= start or duty.start >= cover.end:
            continue
        if duty.start > start:
            found.append(Span(start, duty.start))
        start = max(start, duty.end)
    return [*found, Span(start, cover.end)] if start < cover.end else found


def leads_back(escalates: Mapping[UUID, UUID | None], pool_id: UUID, target: UUID | None) -> bool:
    """Tell whether asking `target` after `pool_id` would sooner or later ask `pool_id` again."""
    seen: set[UUID] = set()
    while target is not None and target not in seen:
        if target == pool_id:
            return True
        seen.add(target)
        target = escalates.get(target)
    return False
