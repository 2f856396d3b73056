"""The slow way to find slots, by looking at every five minutes and asking plain questions.

Written apart from `telehealth.scheduling.slots`, sharing none of its arithmetic, to be compared with it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from telehealth.availability.rules import Calendar, ChangeKind, Scope, WeeklyHours
from telehealth.kit.spans import Span, epoch
from telehealth.scheduling.daybits import Diary, Question
from telehealth.scheduling.rules import Part, Slot

TICK = timedelta(minutes=5)


def slots(doctors: Sequence[Diary], beside: Sequence[Diary], question: Question) -> list[Slot]:
    """Return every free slot in order."""
    found = [
        Slot(start, doctor.owner_id, start + timedelta(minutes=question.terms.duration))
        for doctor in doctors
        for start in _candidates(doctor.zone, question)
        if all(_works(each, start) and _accepts(each, start, question) for each in (doctor, *beside))
    ]
    return sorted(found, key=lambda slot: (slot.starts_at, slot.doctor_membership_id))


def _candidates(zone: ZoneInfo, question: Question) -> Iterator[datetime]:
    terms = question.terms
    seen: set[datetime] = set()
    for instant in _ticks(question.from_on, question.to_on):
        wall = instant.astimezone(zone).replace(tzinfo=None)
        if not question.from_on <= wall.date() <= question.to_on or wall in seen:
            continue
        seen.add(wall)
        minute = wall.hour * 60 + wall.minute
        if minute % terms.step != terms.offset % terms.step:
            continue
        half = Part.MORNING if wall.hour < 12 else Part.AFTERNOON
        if question.part not in (None, half):
            continue
        notice, horizon = timedelta(minutes=terms.notice), timedelta(days=terms.horizon_days)
        if question.now + notice <= instant <= question.now + horizon:
            yield instant


def _works(diary: Diary, start: datetime) -> bool:
    day = start.astimezone(diary.zone).date()
    return diary.works_from <= day and (diary.works_to is None or day < diary.works_to)


def _accepts(diary: Diary, start: datetime, question: Question) -> bool:
    terms = question.terms
    end = start + timedelta(minutes=terms.duration)
    tick = start
    while tick < end:
        if not _is_open(diary, tick):
            return False
        tick += TICK
    if _takes_no_more(diary, start):
        return False
    claim = Span(epoch(start) - terms.before * 60, epoch(end) + terms.after * 60)
    busy = [each for bucket in diary.busy.values() for each in bucket]
    return any(
        all(
            each.lane != lane or each.span.end <= claim.start or each.span.start >= claim.end for each in busy
        )
        for lane in range(diary.lanes)
    )


def _takes_no_more(diary: Diary, start: datetime) -> bool:
    day, limits = start.astimezone(diary.zone).date(), diary.limits
    week = [n for each, n in limits.counts.items() if each.isocalendar()[:2] == day.isocalendar()[:2]]
    has_full_day = limits.daily is not None and limits.counts.get(day, 0) >= limits.daily
    return has_full_day or (limits.weekly is not None and sum(week) >= limits.weekly)


def _is_open(diary: Diary, tick: datetime) -> bool:
    is_open = not diary.is_bound or any(_within(hours, tick, diary.calendar) for hours in diary.hours)
    here = tick.astimezone(diary.zone).date()
    if any(hours.valid_from <= here and here < (hours.valid_to or date.max) for hours in diary.opening):
        is_open = is_open and any(_within(hours, tick, diary.calendar) for hours in diary.opening)
    for scope in (Scope.NATIONAL, Scope.FACILITY, Scope.RESOURCE):
        here_now = [
            change
            for change in diary.changes
            if change.scope is scope and change.span.start <= epoch(tick) < change.span.end
        ]
        kept = [change.is_ours for change in here_now if change.kind is ChangeKind.SERVICE_ONLY]
        if any(change.kind is ChangeKind.EXTRA for change in here_now):
            is_open = True
        if any(change.kind is ChangeKind.CLOSED for change in here_now) or (kept and not any(kept)):
            is_open = False
    return is_open


def _within(hours: WeeklyHours, tick: datetime, calendar: Calendar) -> bool:
    """Tell whether hours that began on this day or one of the two before are still running."""
    here = tick.astimezone(hours.zone).date()
    for back in range(3):
        day = here - timedelta(days=back)
        ends = hours.valid_to is not None and day >= hours.valid_to
        weekday = calendar[day].weekday if day in calendar else day.weekday()
        if weekday != hours.weekday or day < hours.valid_from or ends:
            continue
        midnight = datetime.combine(day, time())
        first = _first_showing(midnight + timedelta(minutes=hours.start_minute), hours.zone)
        last = _first_showing(midnight + timedelta(minutes=hours.end_minute), hours.zone)
        if first <= tick < last:
            return True
    return False


@lru_cache(maxsize=100_000)
def _first_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant at which the clock on the wall shows this time or a later one."""
    instant = (wall - timedelta(hours=15)).replace(tzinfo=UTC)
    while instant.astimezone(zone).replace(tzinfo=None) < wall:
        instant += TICK
    return instant


def _ticks(first: date, last: date) -> Iterator[datetime]:
    instant = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=16)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(hours=40)
    while instant < end:
        yield instant
        instant += TICK
