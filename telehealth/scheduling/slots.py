"""Slots, computed from hours, dated changes and claims; never stored.

A doctor's day is an int of five-minute bits: what is open, less what is busy, shifted together until
only the starts of long enough runs are left. Searching and booking ask the same function, so that
every slot offered can be held. tests/telehealth/scheduling/oracle.py says the same slowly, by
intervals, and is compared with this.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import (
    DAY_MINUTES,
    GRID_MINUTES,
    NOON,
    ChangeKind,
    DatedChange,
    Scope,
    Terms,
    WeeklyHours,
    local_day,
    wall_second,
)
from telehealth.kit.spans import Span, epoch, instant
from telehealth.scheduling.rules import Busy, Part, Slot

_GRID: Final = GRID_MINUTES * 60
_DAY: Final = 86_400


class Standing(StrEnum):
    """How a start within the hours stands."""

    FREE = "free"
    TAKEN = "taken"
    HERE_BUSY = "here_busy"


@dataclass(frozen=True, slots=True)
class Start:
    """A start within the hours of a doctor, free or not."""

    slot: Slot
    standing: Standing


@dataclass(frozen=True, slots=True)
class DayBits:
    """A doctor's day in bits: the starts on the step within the hours, and those of them that are taken."""

    within: int
    taken: int

    @property
    def free(self) -> int:
        """The starts that could be had."""
        return self.within & ~self.taken


NOTHING: Final = DayBits(0, 0)
OPEN: Final = DayBits(-1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """All that decides when one resource is free.

    `is_bound` false means it keeps no hours of its own (a patient, a seat nobody wrote hours for).
    """

    owner_id: UUID
    zone: ZoneInfo
    lanes: int = 1
    is_bound: bool = True
    hours: tuple[WeeklyHours, ...] = ()
    changes: tuple[DatedChange, ...] = ()
    busy: Mapping[int, Sequence[Busy]] = field(default_factory=dict)

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


def walk(doctors: Sequence[Diary], beside: Sequence[Diary], question: Question) -> Iterator[list[Start]]:
    """Yield the starts of each local day in order, those of one instant by the doctor's id.

    `beside` are the station's seats and the patient, who must be free too.
    """
    day = question.from_on
    while day <= question.to_on:
        found: list[Start] = []
        for doctor in doctors:
            found += _starts(doctor, beside, day, question)
        yield sorted(found, key=lambda start: start.slot)
        day += timedelta(days=1)


def free_slots(days: Iterable[list[Start]], *, limit: int, after: Slot | None = None) -> list[Slot]:
    """Return the earliest free slots, at most `limit`, reading no more days than it must."""
    found: list[Slot] = []
    for starts in days:
        for start in starts:
            if start.standing is Standing.FREE and (after is None or start.slot > after):
                found.append(start.slot)
        if len(found) >= limit:
            break
    return found[:limit]


def standing_of(
    doctor: Diary, beside: Sequence[Diary], starts_at: datetime, question: Question
) -> Standing | None:
    """Tell how one start stands; None if it is no start within the hours at all."""
    day = starts_at.astimezone(doctor.zone).date()
    for start in _starts(doctor, beside, day, question):
        if start.slot.starts_at == starts_at:
            return start.standing
    return None


@dataclass(frozen=True, slots=True)
class _Frame:
    """A day in bits: where bit 0 lies, how many there are, and the service in bits."""

    base: int
    size: int
    duration: int
    before: int
    total: int

    @property
    def window(self) -> Span:
        return Span(self.base, self.base + self.size * _GRID)

    @property
    def full(self) -> int:
        return (1 << self.size) - 1

    def bits(self, span: Span) -> int:
        """Return every bit the span touches."""
        low = max(0, (span.start - self.base) // _GRID)
        high = min(self.size, -(-(span.end - self.base) // _GRID))
        return (1 << high) - (1 << low) if high > low else 0


def _frame(day: date, zone: ZoneInfo, terms: Terms) -> _Frame:
    midnight = local_day(zone, day)
    before, duration, after = (
        minutes // GRID_MINUTES for minutes in (terms.before, terms.duration, terms.after)
    )
    size = before + (midnight.end - midnight.start) // _GRID + duration + after
    return _Frame(midnight.start - before * _GRID, size, duration, before, before + duration + after)


def day_bits(diary: Diary, day: date, zone: ZoneInfo, terms: Terms) -> DayBits:
    """Return how a local day of a diary stands for a service, whoever asks and whenever: what can be kept.

    The zone is the doctor's, whose wall clock the starts follow.
    """
    frame = _frame(day, zone, terms)
    steps = _steps(day, zone, terms.step, terms.offset, None) << frame.before
    within = _runs(_open(diary, day, frame), frame.duration) & steps
    return DayBits(within, within & ~_free(diary, frame)) if within else NOTHING


@dataclass(frozen=True, slots=True)
class Asked:
    """What one question makes of a day: the starts it may be answered with, those at which we are busy."""

    frame: _Frame
    wanted: int
    here_busy: int

    def starts(self, doctor_id: UUID, bits: DayBits, length: timedelta) -> Iterator[Start]:
        """Yield a doctor's starts, free or not."""
        left = bits.within & self.wanted
        while left:
            bit = left & -left
            left ^= bit
            standing = Standing.TAKEN if bit & bits.taken else Standing.FREE
            if standing is Standing.FREE and bit & self.here_busy:
                standing = Standing.HERE_BUSY
            yield Start(self.slot(doctor_id, bit, length), standing)

    def slot(self, doctor_id: UUID, bit: int, length: timedelta) -> Slot:
        """Return the slot that starts at a bit."""
        starts_at = instant(self.frame.base + (bit.bit_length() - 1) * _GRID)
        return Slot(starts_at, doctor_id, starts_at + length)


def asked(zone: ZoneInfo, day: date, beside: Iterable[DayBits], question: Question) -> Asked:
    """Return what a question makes of a local day, with what must be free beside the doctor."""
    frame = _frame(day, zone, question.terms)
    wanted, here_busy = _wanted(day, zone, frame, question), 0
    for bits in beside:
        wanted &= bits.within
        here_busy |= bits.taken
    return Asked(frame, wanted, here_busy)


def _starts(doctor: Diary, beside: Sequence[Diary], day: date, question: Question) -> Iterator[Start]:
    bits = day_bits(doctor, day, doctor.zone, question.terms)
    if bits.within:
        length = timedelta(minutes=question.terms.duration)
        near = [day_bits(other, day, doctor.zone, question.terms) for other in beside]
        yield from asked(doctor.zone, day, near, question).starts(doctor.owner_id, bits, length)


def _wanted(day: date, zone: ZoneInfo, frame: _Frame, question: Question) -> int:
    """Return the starts the terms allow: on the step, after the notice, before the horizon."""
    terms = question.terms
    mask = _steps(day, zone, terms.step, terms.offset, question.part) << frame.before
    now = epoch(question.now)
    first = max(0, -(-(now + terms.notice * 60 - frame.base) // _GRID))
    last = (now + terms.horizon_days * _DAY - frame.base) // _GRID
    if last < 0:
        return 0
    return (mask >> first << first) & ((1 << (last + 1)) - 1)


@lru_cache(maxsize=4096)
def _steps(day: date, zone: ZoneInfo, step: int, offset: int, part: Part | None) -> int:
    """Return the wall-clock starts of a day as bits from midnight; each wall time at most once."""
    midnight = local_day(zone, day).start
    low, high = (NOON if part is Part.AFTERNOON else 0), (NOON if part is Part.MORNING else DAY_MINUTES)
    mask = 0
    for minute in range(offset % step, DAY_MINUTES, step):
        second = wall_second(day, minute, zone)
        if second is not None and low <= minute < high:
            mask |= 1 << (second - midnight) // _GRID
    return mask


def _open(diary: Diary, day: date, frame: _Frame) -> int:
    """Return the open bits: weekly hours, then each scope's changes over them, the strongest last."""
    bits = 0 if diary.is_bound else frame.full
    if diary.is_bound:
        for hours in diary.hours:
            for shift in (-1, 0, 1):
                span = hours.on(day + timedelta(days=shift))
                if span is not None:
                    bits |= frame.bits(span)
    for scope in Scope:
        closed = 0
        for change in diary.changes:
            if change.scope is not scope:
                continue
            if change.kind is ChangeKind.EXTRA:
                bits |= frame.bits(change.span)
            else:
                closed |= frame.bits(change.span)
        bits &= ~closed
    return bits


def _free(diary: Diary, frame: _Frame) -> int:
    """Return the starts at which one lane is free for the whole claim, buffers included."""
    lanes = [0] * diary.lanes
    for each in diary.busy_in(frame.window):
        if each.lane < diary.lanes:
            lanes[each.lane] |= frame.bits(each.span)
    starts = 0
    for busy in lanes:
        starts |= _runs(frame.full & ~busy, frame.total)
    return starts << frame.before


def _runs(bits: int, length: int) -> int:
    """Return the first bits of all runs of at least `length` ones."""
    have = 1
    while have < length:
        shift = min(have, length - have)
        bits &= bits >> shift
        have += shift
    return bits
