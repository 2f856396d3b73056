"""The explanation of why no slot is shown never contradicts the search."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given

from telehealth.availability.rules import (
    CalendarDay,
    ChangeKind,
    DatedChange,
    Limits,
    Scope,
    Terms,
    WeeklyHours,
)
from telehealth.kit.spans import Span, epoch
from telehealth.scheduling.daybits import Diary, Question, by_day, frame_of
from telehealth.scheduling.explain import Why, all_starts, explain_day, explain_days
from telehealth.scheduling.rules import Busy, Part
from telehealth.scheduling.slots import free_slots, walk
from tests.telehealth.scheduling.test_slots import SINCE, cases

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = date(2026, 11, 23)
OFFICE = (WeeklyHours(0, 480, 600, HANOI, SINCE),)


def at(hour: int, minute: int = 0, *, day: date = MONDAY) -> int:
    return epoch(datetime(day.year, day.month, day.day, hour, minute, tzinfo=HANOI))


def question(**values: object) -> Question:
    terms = Terms(duration=20, step=20, notice=30, horizon_days=5)
    evening = datetime(2026, 11, 22, 20, tzinfo=UTC)
    return Question(**{"terms": terms, "now": evening, "from_on": MONDAY, "to_on": MONDAY, **values})


def doctor(**values: object) -> Diary:
    return Diary(**{"owner_id": UUID(int=1), "zone": HANOI, "hours": OFFICE, **values})


def causes(
    diary: Diary, station: Diary | None = None, patient: Diary | None = None, **asked: object
) -> dict[Why, int]:
    """Return why each start of the day is not offered, but for those outside the hours."""
    answer = explain_day(diary, station, patient, MONDAY, question(**asked))
    return {cause.why: cause.starts for cause in answer.causes if cause.why is not Why.NO_HOURS}


def closed(scope: Scope, first: int, last: int, kind: ChangeKind = ChangeKind.CLOSED) -> DatedChange:
    return DatedChange(scope, kind, Span(at(first), at(last)))


@given(cases())
def test_what_is_left_is_what_the_search_offers_and_the_numbers_add_up(
    case: tuple[list[Diary], list[Diary], Question],
) -> None:
    doctors, beside, asked = case
    station, patient = [*beside, None, None][:2]
    if patient is not None:  # a patient keeps no hours
        patient = replace(patient, is_bound=False, opening=(), changes=())
    beside = [each for each in (station, patient) if each is not None]
    for each in doctors:
        offered = free_slots(walk([each], beside, asked), limit=10_000)
        days = explain_days(each, station, patient, asked)
        assert sum(day.free for day in days) == len(offered)
        for day in days:
            frame = frame_of(day.on, each.zone, asked.terms)
            everything = all_starts(day.on, each.zone, frame, asked.terms).bit_count()
            assert day.free + sum(cause.starts for cause in day.causes) == everything
            assert (day.decisive is None) == (day.free > 0 or not everything)


def test_each_reason_is_told_from_the_others() -> None:
    six = 6
    assert causes(doctor()) == {}
    assert causes(doctor(calendar={MONDAY: CalendarDay(None, "Tết")})) == {Why.HOLIDAY: six}
    house = (WeeklyHours(0, 540, 600, HANOI, SINCE),)
    assert causes(doctor(opening=house)) == {Why.FACILITY_SHUT: 3}
    assert causes(doctor(changes=(closed(Scope.NATIONAL, 0, 24 - 1),))) == {Why.CLOSED_NATIONALLY: six}
    assert causes(doctor(changes=(closed(Scope.FACILITY, 8, 9),))) == {Why.FACILITY_CLOSED: 3}
    assert causes(doctor(changes=(closed(Scope.RESOURCE, 8, 10),))) == {Why.ON_LEAVE: six}
    kept = closed(Scope.RESOURCE, 8, 9, ChangeKind.SERVICE_ONLY)
    assert causes(doctor(changes=(kept,))) == {Why.KEPT_FOR_OTHERS: 3}
    assert causes(doctor(), part=Part.AFTERNOON) == {Why.OTHER_PART: six}
    soon = datetime(2026, 11, 23, 8, 45, tzinfo=HANOI)
    assert causes(doctor(), now=soon) == {Why.TOO_SOON: 4}
    assert causes(doctor(), now=soon - timedelta(days=10)) == {Why.BEYOND_HORIZON: six}
    assert causes(doctor(works_to=MONDAY)) == {Why.NOT_WORKING: 72}


def test_whoever_is_busy_is_named() -> None:
    busy = by_day([Busy(0, Span(at(8), at(8, 40)))])
    seat = Diary(owner_id=UUID(int=2), zone=HANOI, is_bound=False)
    person = Diary(owner_id=UUID(int=3), zone=HANOI, is_bound=False, busy=busy)
    assert causes(doctor(busy=busy)) == {Why.TAKEN: 2}
    assert causes(doctor(), replace(seat, busy=busy)) == {Why.STATION_BUSY: 2}
    assert causes(doctor(), seat, person) == {Why.PATIENT_BUSY: 2}
    shut = Diary(owner_id=UUID(int=2), zone=HANOI, hours=(WeeklyHours(0, 540, 600, HANOI, SINCE),))
    assert causes(doctor(), shut) == {Why.STATION_CLOSED: 3}


def test_a_maximum_says_how_many_there_are() -> None:
    answer = explain_day(doctor(limits=Limits(2, None, {MONDAY: 2})), None, None, MONDAY, question())
    assert answer.decisive is not None
    assert (answer.decisive.why, answer.decisive.facts) == (Why.DAY_FULL, {"count": 2, "limit": 2})
    assert causes(doctor(limits=Limits(None, 1, {MONDAY: 1}))) == {Why.WEEK_FULL: 6}
