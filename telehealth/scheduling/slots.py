"""Slots, computed from hours, dated changes and claims; never stored.

A doctor's day is an int of five-minute bits: what is open, less what is busy, shifted together until
only the starts of long enough runs are left. Searching and booking ask the same function, so that
every slot offered can be held. tests/telehealth/scheduling/oracle.py says the same slowly, by
intervals, and is compared with this.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import (
    Terms,
    local_day,
)
from telehealth.kit.spans import Span, epoch, instant
from telehealth.scheduling.daybits import (
    GRID,
    Diary,
    Frame,
    Question,
    bounds,
    frame_of,
    free_bits,
    full_bits,
    open_bits,
    runs,
    steps,
)
from telehealth.scheduling.rules import Slot


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


def free_slots(
    days: Iterable[list[Start]],
    *,
    limit: int,
    after: Slot | None = None,
    keeps: Callable[[Slot], bool] | None = None,
) -> list[Slot]:
    """Return the earliest free slots that are kept, at most `limit`, reading no more days than it must."""
    found: list[Slot] = []
    for starts in days:
        found += [
            start.slot
            for start in starts
            if start.standing is Standing.FREE
            and (after is None or start.slot > after)
            and (keeps is None or keeps(start.slot))
        ]
        if len(found) >= limit:
            break
    return found[:limit]


def offering(starts: Iterable[Start]) -> list[Start]:
    """Return the starts of a day without those of doctors who have none free: a full day helps nobody."""
    found = list(starts)
    free = {start.slot.doctor_membership_id for start in found if start.standing is Standing.FREE}
    return [start for start in found if start.slot.doctor_membership_id in free]


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
    frame = Frame(base, -(-(span.end - base) // GRID), 0, 0, 0)
    return diary.works_on(day) and not frame.bits(span) & ~open_bits(diary, day, frame)


def day_bits(diary: Diary, day: date, zone: ZoneInfo, terms: Terms) -> DayBits:
    """Return how a local day of a diary stands for a service, whoever asks and whenever: what can be kept.

    The zone is the doctor's, whose wall clock the starts follow.
    """
    if not diary.works_on(day):
        return NOTHING
    frame = frame_of(day, zone, terms)
    on_step = steps(day, zone, terms.step, terms.offset, None) << frame.before
    within = runs(open_bits(diary, day, frame), frame.duration) & on_step
    if not within:
        return NOTHING
    return DayBits(within, within & ~free_bits(diary, frame), within & full_bits(diary, day, frame))


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

    def standing(self, bits: DayBits, starts_at: datetime) -> Standing | None:
        """Tell how one start of a doctor stands; None if it is none that may be asked for."""
        at = (epoch(starts_at) - self.frame.base) // GRID
        is_start = at >= 0 and instant(self.frame.base + at * GRID) == starts_at
        bit = 1 << at if is_start else 0
        return self._standing(bit, bits) if bit & bits.within & self.wanted else None

    def _standing(self, bit: int, bits: DayBits) -> Standing:
        if bit & bits.taken:
            return Standing.TAKEN
        if bit & bits.full:
            return Standing.FULL
        return Standing.HERE_BUSY if bit & self.here_busy else Standing.FREE

    def slot(self, doctor_id: UUID, bit: int, length: timedelta) -> Slot:
        """Return the slot that starts at a bit."""
        starts_at = instant(self.frame.base + (bit.bit_length() - 1) * GRID)
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
    mask = steps(day, zone, terms.step, terms.offset, question.part) << frame.before
    not_too_soon, not_too_late = bounds(frame, question)
    return mask & not_too_soon & not_too_late
