"""The fast search says what the slow oracle says; wall clocks are kept where clocks change."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.availability.rules import (
    NO_LIMITS,
    CalendarDay,
    ChangeKind,
    DatedChange,
    Limits,
    Scope,
    Terms,
    WeeklyHours,
)
from telehealth.kit.spans import Span, epoch
from telehealth.scheduling.daybits import Diary, Question, by_day
from telehealth.scheduling.rules import Busy, Part, Slot
from telehealth.scheduling.slots import Standing, free_slots, offering, standing_of, walk
from tests.telehealth.scheduling import oracle

HANOI, BERLIN, NEW_YORK = (
    ZoneInfo("Asia/Ho_Chi_Minh"),
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
)
CHANGES_OF_CLOCKS = (
    date(2026, 3, 7),
    date(2026, 3, 28),
    date(2026, 10, 24),
    date(2026, 10, 31),
    date(2026, 11, 23),
)
SINCE = date(2026, 1, 1)

fives = st.integers(0, 287).map(lambda n: n * 5)


@st.composite
def hours(draw: st.DrawFn, zone: ZoneInfo, first: date) -> WeeklyHours:
    start = draw(fives)
    end = draw(st.integers(start // 5 + 1, 576)) * 5
    valid_from = draw(st.sampled_from([SINCE, first, first + timedelta(days=1)]))
    valid_to = draw(st.sampled_from([None, None, first + timedelta(days=1), first + timedelta(days=2)]))
    return WeeklyHours(draw(st.integers(0, 6)), start, min(end, start + 900), zone, valid_from, valid_to)


@st.composite
def spans(draw: st.DrawFn, first: date, *, grid: int, longest: int) -> Span:
    base = epoch(datetime(first.year, first.month, first.day, tzinfo=UTC))
    start = base + draw(st.integers(-12 * 3600 // grid, 3 * 86_400 // grid)) * grid
    return Span(start, start + draw(st.integers(1, longest // grid)) * grid)


@st.composite
def diaries(draw: st.DrawFn, number: int, first: date, zones: st.SearchStrategy[ZoneInfo]) -> Diary:
    zone = draw(zones)
    lanes = draw(st.integers(1, 2))
    change = st.builds(
        DatedChange,
        st.sampled_from(Scope),
        st.sampled_from(ChangeKind),
        spans(first, grid=300, longest=8 * 3600),
        st.booleans(),
    )
    near = st.integers(-2, 3).map(lambda n: first + timedelta(days=n))
    special = st.builds(CalendarDay, st.one_of(st.none(), st.integers(0, 6)), st.just("Tết"))
    limits = st.builds(
        Limits,
        st.one_of(st.none(), st.integers(1, 3)),
        st.one_of(st.none(), st.integers(1, 5)),
        st.dictionaries(st.integers(-7, 8).map(lambda n: first + timedelta(days=n)), st.integers(1, 3)),
    )
    # Claims of other services need not lie on the grid.
    busy = st.builds(Busy, st.integers(0, lanes - 1), spans(first, grid=60, longest=4 * 3600))
    return Diary(
        owner_id=UUID(int=number),
        zone=zone,
        lanes=lanes,
        is_bound=draw(st.booleans()),
        hours=tuple(draw(st.lists(hours(zone, first), min_size=1, max_size=5))),
        opening=tuple(draw(st.lists(hours(zone, first), max_size=3))),
        calendar=draw(st.dictionaries(near, special, max_size=2)),
        changes=tuple(draw(st.lists(change, max_size=3))),
        busy=by_day(draw(st.lists(busy, max_size=5))),
        limits=draw(st.one_of(st.just(NO_LIMITS), limits)),
        works_from=draw(st.sampled_from([date.min, date.min, first, first + timedelta(days=1)])),
        works_to=draw(st.sampled_from([None, None, first + timedelta(days=1)])),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Diary], list[Diary], Question]:
    first = draw(st.sampled_from(CHANGES_OF_CLOCKS))
    zone = draw(st.sampled_from([HANOI, BERLIN, NEW_YORK]))
    some_zone = st.just(zone)
    doctors = [draw(diaries(number, first, some_zone)) for number in range(draw(st.integers(1, 3)))]
    beside = [draw(diaries(100 + number, first, some_zone)) for number in range(draw(st.integers(0, 2)))]
    five = st.integers(0, 4).map(lambda n: n * 5)
    terms = Terms(
        duration=draw(st.integers(1, 12)) * 5,
        before=draw(five),
        after=draw(five),
        step=draw(st.sampled_from([5, 10, 15, 20, 30, 60])),
        offset=draw(five),
        notice=draw(st.integers(0, 240)),
        horizon_days=draw(st.integers(1, 4)),
    )
    minutes = draw(st.integers(-600, 1440))
    question = Question(
        terms=terms,
        now=datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(minutes=minutes),
        from_on=first,
        to_on=first + timedelta(days=draw(st.integers(0, 1))),
        part=draw(st.sampled_from([None, *Part])),
    )
    return doctors, beside, question


@given(cases())
def test_the_fast_search_finds_what_the_slow_one_finds_in_the_same_order(
    case: tuple[list[Diary], list[Diary], Question],
) -> None:
    doctors, beside, question = case
    expected = oracle.slots(doctors, beside, question)
    assert free_slots(walk(doctors, beside, question), limit=10_000) == expected
    assert free_slots(walk(doctors[::-1], beside[::-1], question), limit=10_000) == expected


@given(cases(), st.integers(1, 5))
def test_pages_of_slots_put_together_are_all_slots(
    case: tuple[list[Diary], list[Diary], Question], size: int
) -> None:
    doctors, beside, question = case
    everything = free_slots(walk(doctors, beside, question), limit=10_000)
    pages: list[Slot] = []
    while page := free_slots(walk(doctors, beside, question), limit=size, after=pages[-1] if pages else None):
        pages += page
        if len(pages) > 30:
            break
    assert pages == everything[: len(pages)]
    assert len(pages) > 30 or len(pages) == len(everything)


@given(cases())
def test_every_offered_start_stands_free_when_asked_for_alone(
    case: tuple[list[Diary], list[Diary], Question],
) -> None:
    doctors, beside, question = case
    by_id = {doctor.owner_id: doctor for doctor in doctors}
    whole_day = Question(
        terms=question.terms, now=question.now, from_on=question.from_on, to_on=question.to_on
    )
    for slot in free_slots(walk(doctors, beside, question), limit=20):
        doctor = by_id[slot.doctor_membership_id]
        assert standing_of(doctor, beside, slot.starts_at, whole_day) is Standing.FREE


def walls(zone: ZoneInfo, day: date, start: int, end: int, *, step: int = 30) -> list[str]:
    doctor = Diary(
        owner_id=UUID(int=1), zone=zone, hours=(WeeklyHours(day.weekday(), start, end, zone, SINCE),)
    )
    question = Question(
        terms=Terms(duration=step, step=step),
        now=datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1),
        from_on=day,
        to_on=day,
    )
    found = free_slots(walk([doctor], [], question), limit=100)
    return [f"{slot.starts_at.astimezone(zone):%H:%M}" for slot in found]


@pytest.mark.parametrize("zone", [HANOI, BERLIN, NEW_YORK], ids=str)
def test_hours_follow_the_wall_clock(zone: ZoneInfo) -> None:
    assert walls(zone, date(2026, 7, 1), 450, 540) == ["07:30", "08:00", "08:30"]
    assert walls(zone, date(2026, 12, 1), 450, 540) == ["07:30", "08:00", "08:30"]


def test_a_time_that_does_not_exist_is_not_offered() -> None:
    assert walls(BERLIN, date(2026, 3, 29), 90, 240) == ["01:30", "03:00", "03:30"]
    assert walls(NEW_YORK, date(2026, 3, 8), 90, 240) == ["01:30", "03:00", "03:30"]


def test_a_time_that_comes_twice_is_offered_once() -> None:
    assert walls(BERLIN, date(2026, 10, 25), 90, 240) == ["01:30", "02:00", "02:30", "03:00", "03:30"]
    assert walls(NEW_YORK, date(2026, 11, 1), 30, 150) == ["00:30", "01:00", "01:30", "02:00"]


def test_duty_over_midnight_is_offered_on_both_days() -> None:
    monday = date(2026, 11, 23)
    night = Diary(owner_id=UUID(int=1), zone=HANOI, hours=(WeeklyHours(0, 23 * 60, 25 * 60, HANOI, SINCE),))
    question = Question(
        terms=Terms(duration=30, step=30),
        now=datetime(2026, 11, 23, tzinfo=UTC),
        from_on=monday,
        to_on=monday + timedelta(days=1),
    )
    found = free_slots(walk([night], [], question), limit=100)
    assert [f"{slot.starts_at.astimezone(HANOI):%d %H:%M}" for slot in found] == [
        "23 23:00",
        "23 23:30",
        "24 00:00",
        "24 00:30",
    ]


def test_a_stronger_scope_overrules_a_weaker_one_and_closed_beats_extra() -> None:
    day = date(2026, 11, 23)
    at = {hour: epoch(datetime(2026, 11, 23, hour, tzinfo=HANOI)) for hour in range(24)}
    changes = (
        DatedChange(Scope.NATIONAL, ChangeKind.CLOSED, Span(at[7], at[12])),
        DatedChange(Scope.FACILITY, ChangeKind.EXTRA, Span(at[8], at[11])),
        DatedChange(Scope.RESOURCE, ChangeKind.CLOSED, Span(at[9], at[10])),
        DatedChange(Scope.RESOURCE, ChangeKind.EXTRA, Span(at[9], at[10])),
    )
    doctor = Diary(
        owner_id=UUID(int=1),
        zone=HANOI,
        hours=(WeeklyHours(0, 420, 720, HANOI, SINCE),),
        changes=changes,
    )
    question = Question(
        terms=Terms(duration=60, step=60),
        now=datetime(2026, 11, 22, tzinfo=UTC),
        from_on=day,
        to_on=day,
    )
    found = free_slots(walk([doctor], [], question), limit=100)
    assert [f"{slot.starts_at.astimezone(HANOI):%H:%M}" for slot in found] == ["08:00", "10:00"]


def test_a_day_lists_what_is_taken_only_of_doctors_who_have_a_time_free() -> None:
    day = date(2026, 11, 23)
    hours = (WeeklyHours(0, 480, 540, HANOI, SINCE),)
    eight = epoch(datetime(2026, 11, 23, 8, tzinfo=HANOI))
    half, whole = (by_day([Busy(0, Span(eight, eight + minutes * 60))]) for minutes in (30, 60))
    doctors = [
        Diary(owner_id=UUID(int=n), zone=HANOI, hours=hours, busy=busy)
        for n, busy in enumerate((half, whole))
    ]
    asked = Question(
        terms=Terms(duration=30, step=30),
        now=datetime(2026, 11, 22, tzinfo=UTC),
        from_on=day,
        to_on=day,
    )

    (starts,) = walk(doctors, [], asked)

    listed = [(start.slot.doctor_membership_id.int, start.standing) for start in offering(starts)]
    assert listed == [(0, Standing.TAKEN), (0, Standing.FREE)]
    assert len(starts) == 4
