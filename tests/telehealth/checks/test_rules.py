"""When a station works, what a red rings next, which outcomes are offered. Pure."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.availability.rules import Station, usual_hours
from telehealth.checks.questions import Level
from telehealth.checks.rules import (
    LOOK_AGAIN,
    REASONS,
    STATION_TERM,
    TRIES,
    Outcome,
    accept_days,
    is_enough,
    next_step,
    order_of,
    outcomes_for,
)
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import Span

MONDAY = date(2026, 11, 23)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=DEFAULT_ZONE)


def station(*closed: Span) -> Station:
    return Station(lambda day: usual_hours(day, DEFAULT_ZONE, day.weekday()), closed, DEFAULT_ZONE)


def test_usual_hours_leave_out_noon_nights_and_the_weekend() -> None:
    here = station()
    assert here.is_open(at(MONDAY, 8))
    assert not here.is_open(at(MONDAY, 12))
    assert not here.is_open(at(MONDAY, 22))
    assert not here.is_open(at(MONDAY + timedelta(days=5), 9))
    assert usual_hours(MONDAY, DEFAULT_ZONE, None) == ()


def test_the_next_opening_passes_over_night_weekend_and_closures() -> None:
    friday = MONDAY + timedelta(days=4)
    assert station().next_open(at(MONDAY, 8)) == at(MONDAY, 8)
    assert station().next_open(at(MONDAY, 12)) == at(MONDAY, 13, 30)
    assert station().next_open(at(friday, 20)) == at(MONDAY + timedelta(days=7), 7, 30)
    closed = Span.between(at(MONDAY, 7), at(MONDAY, 9))
    assert station(closed).next_open(at(MONDAY, 7)) == at(MONDAY, 9)


@given(st.integers(0, 7 * 24 * 60))
def test_somebody_is_there_at_the_next_opening(minutes: int) -> None:
    now = at(MONDAY, 0) + timedelta(minutes=minutes)
    found = station().next_open(now)
    assert found >= now
    assert station().is_open(found)


def test_a_station_that_never_opens_is_looked_at_again_the_next_day() -> None:
    never = Station(lambda _day: (), (), DEFAULT_ZONE)
    assert never.next_open(at(MONDAY, 8)) == at(MONDAY + timedelta(days=1), 8)


def step(*, is_open: bool, has_rung: bool = False, levels: int = 0, staffed: tuple[bool, ...] = ()):  # type: ignore[no-untyped-def]
    return next_step(
        is_open=is_open,
        has_rung_station=has_rung,
        levels=levels,
        staffed=staffed,
        terms=dict.fromkeys(range(9), timedelta(seconds=90)),
    )


def test_by_day_the_station_rings_first_and_alone() -> None:
    first = step(is_open=True, staffed=(True, True))
    assert (first.rings_station, first.levels, first.after) == (True, 0, STATION_TERM)
    second = step(is_open=True, has_rung=True, staffed=(True, True))
    assert (second.rings_station, second.levels) == (True, 1)


def test_by_night_the_nearest_level_with_somebody_on_duty_rings_at_once() -> None:
    found = step(is_open=False, staffed=(False, True, True))
    assert (found.rings_station, found.levels, found.after) == (False, 2, timedelta(seconds=90))


def test_with_nobody_anywhere_it_looks_again() -> None:
    found = step(is_open=False, staffed=(False, False))
    assert (found.rings_station, found.levels, found.after) == (False, 0, LOOK_AGAIN)


@given(st.booleans(), st.booleans(), st.integers(0, 4), st.lists(st.booleans(), max_size=5))
def test_a_chain_never_goes_back_and_never_ends(
    is_open: bool, has_rung: bool, levels: int, staffed: list[bool]
) -> None:
    found = step(is_open=is_open, has_rung=has_rung, levels=levels, staffed=tuple(staffed))
    assert found.levels >= levels
    assert found.after > timedelta(0)
    assert found.rings_station == is_open
    if found.levels > levels:
        assert staffed[found.levels - 1]


def test_a_red_ends_with_an_act_or_a_reason() -> None:
    red = set(outcomes_for(Level.RED, is_home=False))
    assert Outcome.WELL not in red
    assert Outcome.TOLD_RELATIVE not in red
    assert Outcome.SENT_TO_CARE in red
    assert set(REASONS) <= red
    assert Outcome.WRONG_NUMBER not in outcomes_for("", is_home=True)


def test_after_so_many_tries_somebody_goes_there_a_red_sooner() -> None:
    assert TRIES[Level.RED] < TRIES[""]
    assert not is_enough("", 2)
    assert is_enough("", 3)
    assert is_enough(Level.RED, 2)


def test_the_most_pressing_comes_first_then_who_waits_longest() -> None:
    early, late = at(MONDAY, 8), at(MONDAY, 9)
    listed = [("", early), (Level.AMBER, late), (Level.RED, late), (Level.AMBER, early)]
    assert sorted(listed, key=lambda each: order_of(*each)) == [
        (Level.RED, late),
        (Level.AMBER, early),
        (Level.AMBER, late),
        ("", early),
    ]


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([], "check-days-missing"),
        ([MONDAY - timedelta(days=1)], "check-days-past"),
        ([MONDAY + timedelta(days=91)], "check-days-many"),
        ([MONDAY + timedelta(days=n) for n in range(13)], "check-days-many"),
    ],
)
def test_days_that_cannot_be_asked_on(days: list[date], code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        accept_days(days, MONDAY)
    assert refused.value.code == code


def test_days_are_taken_once_and_in_order() -> None:
    later = MONDAY + timedelta(days=3)
    assert accept_days([later, MONDAY, later], MONDAY) == (MONDAY, later)
