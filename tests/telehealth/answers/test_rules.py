"""By when an answer is wanted, and when each clock goes off."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.answers.rules import (
    CLOSES,
    OPENS,
    TERMS,
    Urgency,
    Within,
    WorkingTime,
    after,
    deadline,
    timetable,
    urgency_of,
)
from telehealth.availability.rules import CalendarDay

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
USUAL = WorkingTime(HANOI)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m %H:%M").replace(year=2026, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("sent", "within", "by"),
    [
        ("23/11 09:00", Within.ONE_HOUR, "23/11 10:00"),
        ("23/11 23:30", Within.TWO_HOURS, "24/11 01:30"),
        ("23/11 09:00", Within.HALF_DAY, "23/11 13:00"),
        ("23/11 15:00", Within.HALF_DAY, "24/11 09:30"),
        ("23/11 05:00", Within.HALF_DAY, "23/11 11:30"),
        ("27/11 16:00", Within.ONE_DAY, "30/11 16:00"),
        ("28/11 10:00", Within.HALF_DAY, "30/11 11:30"),
        ("23/11 09:00", Within.TWO_DAYS, "25/11 09:00"),
        ("23/11 09:00", Within.FIVE_DAYS, "30/11 09:00"),
    ],
)
def test_by_when_an_answer_is_wanted(sent: str, within: Within, by: str) -> None:
    assert deadline(at(sent), within, USUAL) == at(by)


def test_a_holiday_does_not_count_and_a_saturday_worked_does() -> None:
    days = {date(2026, 11, 27): CalendarDay(None, "Nghỉ"), date(2026, 11, 28): CalendarDay(4, "Làm bù")}
    assert deadline(at("26/11 16:00"), Within.HALF_DAY, WorkingTime(HANOI, days)) == at("28/11 10:30")


def test_a_calendar_without_working_days_ends_all_the_same() -> None:
    closed = {date(2026, 11, 1) + timedelta(days=n): CalendarDay(None, "Nghỉ") for n in range(120)}
    assert deadline(at("23/11 09:00"), Within.HALF_DAY, WorkingTime(HANOI, closed)) > at("23/11 09:00")


def test_each_urgency_has_a_usual_term_of_its_own() -> None:
    assert {urgency: terms[0] for urgency, terms in TERMS.items()} == {
        Urgency.URGENT: Within.TWO_HOURS,
        Urgency.SOON: Within.HALF_DAY,
        Urgency.ROUTINE: Within.TWO_DAYS,
    }
    assert {urgency_of(within) for within in Within} == set(Urgency)


BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 700 * 24 * 60).map(lambda minutes: BEGINNING + timedelta(minutes=minutes))


@given(instants, st.sampled_from(Within), st.lists(st.integers(1, 600), min_size=1, max_size=5))
def test_every_clock_goes_off_in_order_and_inside_the_term(
    sent: datetime, within: Within, terms: list[int]
) -> None:
    table = timetable(sent, within, terms, USUAL)
    assert sent < table.remind_at < table.answer_by
    assert table.turns[0] == sent
    assert list(table.turns) == sorted(table.turns)
    assert table.turns[-1] < table.answer_by
    assert len(table.turns) == len(terms)


@given(instants, st.integers(1, 3000))
def test_terms_that_are_not_urgent_end_in_working_hours(sent: datetime, minutes: int) -> None:
    ends = after(sent, minutes, Urgency.SOON, USUAL).astimezone(HANOI)
    assert USUAL.works_on(ends.date())
    assert OPENS <= ends.hour * 60 + ends.minute <= CLOSES
