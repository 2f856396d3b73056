"""Why a doctor shows no slot on a day: the search's own steps, one by one, with what each takes away.

Every start of the day falls to the first step that refuses it; what no step refuses is offered. So the
numbers add up, and the answer can never contradict the search (tests/…/test_explain.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import Calendar, ChangeKind, Scope, Terms
from telehealth.scheduling import daybits
from telehealth.scheduling.daybits import Diary, Frame, Question
from telehealth.scheduling.rules import Part


class Why(StrEnum):
    """A reason no slot is offered, in the order in which the search asks."""

    NOT_WORKING = "not_working"
    NO_HOURS = "no_hours"
    HOLIDAY = "holiday"
    FACILITY_SHUT = "facility_shut"
    CLOSED_NATIONALLY = "closed_nationally"
    FACILITY_CLOSED = "facility_closed"
    ON_LEAVE = "on_leave"
    KEPT_FOR_OTHERS = "kept_for_others"
    STATION_CLOSED = "station_closed"
    OTHER_PART = "other_part"
    TOO_SOON = "too_soon"
    BEYOND_HORIZON = "beyond_horizon"
    TAKEN = "taken"
    DAY_FULL = "day_full"
    WEEK_FULL = "week_full"
    STATION_BUSY = "station_busy"
    PATIENT_BUSY = "patient_busy"


class Unfit(StrEnum):
    """Why the search passes a doctor over altogether."""

    NOT_WORKING = "not_working"
    NOT_SUPPORTING = "not_supporting"
    OTHER_SPECIALTY = "other_specialty"
    OTHER_TIER = "other_tier"
    OTHER_LANGUAGE = "other_language"
    NOT_IN_POOL = "not_in_pool"
    NO_HOURS_WRITTEN = "no_hours_written"


_CLOSED = {
    Scope.NATIONAL: Why.CLOSED_NATIONALLY,
    Scope.FACILITY: Why.FACILITY_CLOSED,
    Scope.RESOURCE: Why.ON_LEAVE,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason with the number of starts it takes away, and what its words need."""

    why: Why
    starts: int
    facts: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """One doctor's day: how many starts are free, and what took the others away, in order."""

    on: date
    free: int
    causes: tuple[Cause, ...]

    @property
    def decisive(self) -> Cause | None:
        """What to say first if nothing is free: the last step that still took something within the hours."""
        return self.causes[-1] if self.causes and not self.free else None


@dataclass(frozen=True, slots=True)
class DoctorAnswer:
    """Why one doctor shows no slot."""

    doctor_membership_id: UUID
    unfit: tuple[Unfit, ...]
    days: tuple[DayAnswer, ...]


def explain_days(
    doctor: Diary, station: Diary | None, patient: Diary | None, question: Question
) -> list[DayAnswer]:
    """Explain each day of the question for one doctor."""
    days = (question.to_on - question.from_on).days + 1
    return [
        explain_day(doctor, station, patient, question.from_on + timedelta(days=n), question)
        for n in range(max(days, 0))
    ]


def explain_day(
    doctor: Diary, station: Diary | None, patient: Diary | None, day: date, question: Question
) -> DayAnswer:
    """Explain one day: walk through the steps, each with the starts that are left after it."""
    frame = daybits.frame_of(day, doctor.zone, question.terms)
    left = all_starts(day, doctor.zone, frame, question.terms)
    causes: list[Cause] = []
    for why, kept, facts in _steps(doctor, station, patient, day, frame, question):
        taken = (left & ~kept).bit_count()
        left &= kept
        if taken:
            causes.append(Cause(why, taken, facts))
    return DayAnswer(day, left.bit_count(), tuple(causes))


_Step = tuple[Why, int, dict[str, str | int]]


def _steps(
    doctor: Diary, station: Diary | None, patient: Diary | None, day: date, frame: Frame, question: Question
) -> Iterator[_Step]:
    if not doctor.works_on(day):
        yield Why.NOT_WORKING, 0, {}
        return
    yield from _hours(doctor, day, frame)
    if station is not None:
        *_, (_, station_open) = _changed_starts(station, day, frame)
        yield Why.STATION_CLOSED, station_open, {}
    yield from _terms(doctor, day, frame, question)
    yield Why.TAKEN, daybits.free_bits(doctor, frame), {}
    yield from _limits(doctor, day)
    for other, why in ((station, Why.STATION_BUSY), (patient, Why.PATIENT_BUSY)):
        if other is not None:
            yield why, daybits.free_bits(other, frame) & ~daybits.full_bits(other, day, frame), {}


def _hours(doctor: Diary, day: date, frame: Frame) -> Iterator[_Step]:
    """Ask for each start which layer of the hours closed it, the last where several did."""
    plain = _weekly_starts(doctor, day, frame, {})
    weekly = _weekly_starts(doctor, day, frame, doctor.calendar)
    before = within = _weekly_starts(doctor, day, frame, doctor.calendar, is_house_asked=True)
    closings: list[tuple[Why, int]] = []
    for scope, after in _changed_starts(doctor, day, frame):
        closings.append((_name(doctor, scope, frame), before & ~after))
        before = after
    is_open, closed_by = before, _last(closings)
    ever = is_open
    for _, closed in closed_by:
        ever |= closed
    holiday = doctor.calendar.get(day)
    yield Why.NO_HOURS, plain | weekly | ever, {}
    yield Why.HOLIDAY, weekly | ever, {"name": holiday.name if holiday else ""}
    yield Why.FACILITY_SHUT, within | ever, {}
    for why, closed in closed_by:
        yield why, ~closed | is_open, {}


def _name(doctor: Diary, scope: Scope, frame: Frame) -> Why:
    """Return what to call what a scope closes on a day: hours kept for others only where nothing is shut."""
    kinds = {change.kind for change in doctor.changes if change.scope is scope and frame.bits(change.span)}
    if ChangeKind.SERVICE_ONLY in kinds and ChangeKind.CLOSED not in kinds:
        return Why.KEPT_FOR_OTHERS
    return _CLOSED[scope]


def _last(closings: Sequence[tuple[Why, int]]) -> list[tuple[Why, int]]:
    """Return what each layer closed and no later one closed again."""
    later, found = 0, []
    for why, closed in reversed(closings):
        found.append((why, closed & ~later))
        later |= closed
    return found[::-1]


def _terms(doctor: Diary, day: date, frame: Frame, question: Question) -> Iterator[_Step]:
    terms = question.terms
    yield Why.OTHER_PART, all_starts(day, doctor.zone, frame, terms, question.part), {}
    early, late = daybits.bounds(frame, question)
    yield Why.TOO_SOON, early, {"minutes": terms.notice}
    yield Why.BEYOND_HORIZON, late, {"days": terms.horizon_days}


def _limits(doctor: Diary, day: date) -> Iterator[_Step]:
    limits = doctor.limits
    if limits.is_day_full(day):
        yield Why.DAY_FULL, 0, {"count": limits.on_day(day), "limit": limits.daily or 0}
    if limits.is_week_full(day):
        yield Why.WEEK_FULL, 0, {"count": limits.in_week(day), "limit": limits.weekly or 0}


def all_starts(day: date, zone: ZoneInfo, frame: Frame, terms: Terms, part: Part | None = None) -> int:
    """Return the starts of a day, or of half of it, before anything is asked."""
    return daybits.steps(day, zone, terms.step, terms.offset, part) << frame.before


def _weekly_starts(
    diary: Diary, day: date, frame: Frame, calendar: Calendar, *, is_house_asked: bool = False
) -> int:
    """Return the starts within the weekly hours by a calendar, and if asked within those of the house."""
    bits = daybits.spans_bits(diary.hours, calendar, day, frame) if diary.is_bound else frame.full
    if is_house_asked and diary.opening:
        bits &= daybits.opening_bits(diary, day, frame)
    return daybits.runs(bits, frame.duration)


def _changed_starts(diary: Diary, day: date, frame: Frame) -> Iterator[tuple[Scope, int]]:
    """Yield the starts that are open after the changes of each scope, the strongest last."""
    bits = daybits.hours_bits(diary, day, frame)
    for scope in Scope:
        bits = daybits.changed_bits(bits, diary, scope, frame)
        yield scope, daybits.runs(bits, frame.duration)
