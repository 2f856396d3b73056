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
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import (
    GRID_MINUTES,
    NO_LIMITS,
    Calendar,
    ChangeKind,
    DatedChange,
    Limits,
    Scope,
    Terms,
    WeeklyHours,
    local_day,
    weekday_on,
)
from telehealth.kit.spans import Span, epoch, instant
from telehealth.scheduling.frames import Frame as Frame
from telehealth.scheduling.frames import frame_of as frame_of
from telehealth.scheduling.frames import runs, step_starts
from telehealth.scheduling.rules import Busy, Part, Slot

_GRID: Final = GRID_MINUTES * 60
_DAY: Final = 86_400


class Standing(StrEnum):
    """How a start within the hours stands."""

    FREE = "free"
    TAKEN = "taken"
    FULL = "full"
    HERE_BUSY = "here_busy"


@dataclass(frozen=True, slots=True)
class Start:
    """A start within the hours of a doctor, free or not."""

    slot: Slot
    standing: Standing


@dataclass(frozen=True, slots=True)
class DayBits:
    """A day in bits: the starts on the step within the hours; of them the taken, and those past a maximum."""

    within: int
    taken: int = 0
    full: int = 0

    @property
    def free(self) -> int:
        """The starts that could be had."""
        return self.within & ~(self.taken | self.full)


NOTHING: Final = DayBits(0)
OPEN: Final = DayBits(-1)


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


def holds(diary: Diary, starts_at: datetime, ends_at: datetime) -> bool:
    """Tell whether the whole of [starts_at, ends_at) lies within the hours, whoever is busy then."""
    day = starts_at.astimezone(diary.zone).date()
    base, span = local_day(diary.zone, day).start, Span.between(starts_at, ends_at)
    frame = Frame(base, -(-(span.end - base) // _GRID), 0, 0, 0)
    return diary.works_on(day) and not frame.bits(span) & ~_open(diary, day, frame)


def day_bits(diary: Diary, day: date, zone: ZoneInfo, terms: Terms) -> DayBits:
    """Return how a local day of a diary stands for a service, whoever asks and whenever: what can be kept.

    The zone is the doctor's, whose wall clock the starts follow.
    """
    if not diary.works_on(day):
        return NOTHING
    frame = frame_of(day, zone, terms)
    steps = step_starts(day, zone, terms.step, terms.offset, None) << frame.before
    within = runs(_open(diary, day, frame), frame.duration) & steps
    if not within:
        return NOTHING
    return DayBits(within, within & ~_free(diary, frame), within & _full(diary, day, frame))


@dataclass(frozen=True, slots=True)
class Asked:
    """What one question makes of a day: the starts it may be answered with, those at which we are busy."""

    frame: Frame
    wanted: int
    here_busy: int

    def starts(self, doctor_id: UUID, bits: DayBits, length: timedelta) -> Iterator[Start]:
        """Yield a doctor's starts, free or not."""
        left = bits.within & self.wanted
        while left:
            bit = left & -left
            left ^= bit
            yield Start(self.slot(doctor_id, bit, length), self._standing(bit, bits))

    def _standing(self, bit: int, bits: DayBits) -> Standing:
        if bit & bits.taken:
            return Standing.TAKEN
        if bit & bits.full:
            return Standing.FULL
        return Standing.HERE_BUSY if bit & self.here_busy else Standing.FREE

    def slot(self, doctor_id: UUID, bit: int, length: timedelta) -> Slot:
        """Return the slot that starts at a bit."""
        starts_at = instant(self.frame.base + (bit.bit_length() - 1) * _GRID)
        return Slot(starts_at, doctor_id, starts_at + length)


def asked(zone: ZoneInfo, day: date, beside: Iterable[DayBits], question: Question) -> Asked:
    """Return what a question makes of a local day, with what must be free beside the doctor."""
    frame = frame_of(day, zone, question.terms)
    wanted, here_busy = _wanted(day, zone, frame, question), 0
    for bits in beside:
        wanted &= bits.within
        here_busy |= bits.taken | bits.full
    return Asked(frame, wanted, here_busy)


def _starts(doctor: Diary, beside: Sequence[Diary], day: date, question: Question) -> Iterator[Start]:
    bits = day_bits(doctor, day, doctor.zone, question.terms)
    if bits.within:
        length = timedelta(minutes=question.terms.duration)
        near = [day_bits(other, day, doctor.zone, question.terms) for other in beside]
        yield from asked(doctor.zone, day, near, question).starts(doctor.owner_id, bits, length)


def _wanted(day: date, zone: ZoneInfo, frame: Frame, question: Question) -> int:
    """Return the starts the terms allow: on the step, after the notice, before the horizon."""
    terms = question.terms
    mask = step_starts(day, zone, terms.step, terms.offset, question.part) << frame.before
    not_too_soon, not_too_late = bounds(frame, question)
    return mask & not_too_soon & not_too_late


def bounds(frame: Frame, question: Question) -> tuple[int, int]:
    """Return the starts after the notice, and those before the horizon."""
    terms, now = question.terms, epoch(question.now)
    first = max(0, -(-(now + terms.notice * 60 - frame.base) // _GRID))
    last = (now + terms.horizon_days * _DAY - frame.base) // _GRID
    return frame.full >> first << first, (1 << (last + 1)) - 1 if last >= 0 else 0


def _open(diary: Diary, day: date, frame: Frame) -> int:
    """Return the open bits: the hours, then each scope's changes over them, the strongest last."""
    bits = _hours(diary, day, frame)
    for scope in Scope:
        bits = _changed(bits, diary, scope, frame)
    return bits


def _hours(diary: Diary, day: date, frame: Frame) -> int:
    """Return the weekly hours as the calendar has them, within those of the facility."""
    bits = _spans(diary.hours, diary.calendar, day, frame) if diary.is_bound else frame.full
    return bits & _opening(diary, day, frame) if diary.opening and bits else bits


def _opening(diary: Diary, day: date, frame: Frame) -> int:
    """Return when the facility is open: always, on days on which no opening hours are in force."""
    bits = _spans(diary.opening, diary.calendar, day, frame)
    for each in _around(day):
        if not any(hours.is_in_force(each) for hours in diary.opening):
            bits |= frame.bits(local_day(diary.zone, each))
    return bits


def _spans(rules: Iterable[WeeklyHours], calendar: Calendar, day: date, frame: Frame) -> int:
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


def _changed(bits: int, diary: Diary, scope: Scope, frame: Frame) -> int:
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


def _full(diary: Diary, day: date, frame: Frame) -> int:
    """Return the starts on the diary's own days on which it takes no more appointments."""
    bits = 0
    if diary.limits.daily is not None or diary.limits.weekly is not None:
        for each in _around(day):
            if diary.limits.is_day_full(each) or diary.limits.is_week_full(each):
                bits |= frame.bits(local_day(diary.zone, each))
    return bits


def _free(diary: Diary, frame: Frame) -> int:
    """Return the starts at which one lane is free for the whole claim, buffers included."""
    lanes = [0] * diary.lanes
    for each in diary.busy_in(frame.window):
        if each.lane < diary.lanes:
            lanes[each.lane] |= frame.bits(each.span)
    starts = 0
    for busy in lanes:
        starts |= runs(frame.full & ~busy, frame.total)
    return starts << frame.before


def all_starts(day: date, zone: ZoneInfo, frame: Frame, terms: Terms, part: Part | None = None) -> int:
    """Return the starts of a day, or of half of it, before anything is asked."""
    return step_starts(day, zone, terms.step, terms.offset, part) << frame.before


def weekly_starts(
    diary: Diary, day: date, frame: Frame, calendar: Calendar, *, is_house_asked: bool = False
) -> int:
    """Return the starts within the weekly hours by a calendar, and if asked within those of the house."""
    bits = _spans(diary.hours, calendar, day, frame) if diary.is_bound else frame.full
    if is_house_asked and diary.opening:
        bits &= _opening(diary, day, frame)
    return runs(bits, frame.duration)


def changed_starts(diary: Diary, day: date, frame: Frame) -> Iterator[tuple[Scope, int]]:
    """Yield the starts that are open after the changes of each scope, the strongest last."""
    bits = _hours(diary, day, frame)
    for scope in Scope:
        bits = _changed(bits, diary, scope, frame)
        yield scope, runs(bits, frame.duration)


def free_starts(diary: Diary, frame: Frame) -> int:
    """Return the starts at which one lane is free."""
    return _free(diary, frame)


def full_starts(diary: Diary, day: date, frame: Frame) -> int:
    """Return the starts on days or in weeks whose maximum is reached."""
    return _full(diary, day, frame)
