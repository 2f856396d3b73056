"""Medicine days: nothing is guessed, no day's amount is more or less than what was signed."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import end_of_day
from telehealth.leaflets.rules import (
    accept_note,
    accept_step,
    amounts_of,
    courses_of,
    last_day,
)
from telehealth.prescriptions.rules import MOMENTS

MONDAY = date(2026, 11, 23)


def line(**given: Any) -> dict[str, Any]:
    return {"dose": "1", "times_a_day": 2, "moments": None, "days": 5, "instructions": "", **given}


@pytest.mark.parametrize(
    ("times", "when"),
    [
        (2, ("morning", "evening")),
        (3, ("morning", "noon", "evening")),
        (4, MOMENTS),
        (1, ()),
        (5, ()),
        (24, ()),
    ],
)
def test_times_a_day_are_spread_where_that_is_told_one_way_only(times: int, when: tuple[str, ...]) -> None:
    assert tuple(amounts_of(line(times_a_day=times))) == when


@pytest.mark.parametrize(
    ("times", "instructions", "when"),
    [
        (1, "Uống buổi sáng", ("morning",)),
        (1, "Trước khi đi ngủ", ("night",)),
        (2, "Sáng và tối, sau khi ăn", ("morning", "night")),
        (2, "Uống lúc no", ()),
        (2, "sau ăn", ("morning", "evening")),
        (2, "Trước bữa ăn", ("morning", "evening")),
        (3, "Uống với nhiều nước", ("morning", "noon", "evening")),
        # As many times as are named, or none at all.
        (2, "Buổi sáng", ()),
        (1, "Sáng, trưa", ()),
    ],
)
def test_times_the_instruction_names_count(times: int, instructions: str, when: tuple[str, ...]) -> None:
    assert tuple(amounts_of(line(times_a_day=times, instructions=instructions))) == when


@pytest.mark.parametrize(
    "instructions",
    [
        "Khi đau",
        "Khi sốt trên 38,5 °C, cách 6 giờ",
        "Uống cách ngày",
        "Nếu còn ho",
        "2 ngày đầu uống gấp đôi",
        "Ngày 1 uống 2 viên, sau đó 1 viên",
        "Giảm dần mỗi 3 ngày",
        "Tuần 2 lần",
        "Uống trước khi ăn 30 phút, khi cần",
    ],
)
def test_a_condition_leaves_the_doctors_own_words_alone(instructions: str) -> None:
    assert amounts_of(line(times_a_day=3, instructions=instructions)) == {}


def test_words_are_found_however_their_marks_are_stored() -> None:
    decomposed = unicodedata.normalize("NFD", "Uống buổi sáng")
    assert tuple(amounts_of(line(times_a_day=1, instructions=decomposed))) == ("morning",)


def test_what_the_prescriber_divided_is_taken_as_it_is() -> None:
    divided = line(dose=None, times_a_day=None, moments={"night": "0.5", "morning": "1"})
    assert amounts_of(divided) == {"morning": Decimal(1), "night": Decimal("0.5")}
    assert list(amounts_of(divided)) == ["morning", "night"], "in the order of a day"


@given(
    dose=st.decimals(min_value="0.001", max_value=50, places=3),
    times=st.integers(1, 24),
    instructions=st.text(max_size=40) | st.sampled_from(["Sáng", "Sáng, tối", "Khi đau", "Sau khi ăn trưa"]),
)
def test_a_day_placed_holds_exactly_the_day_that_was_signed(
    dose: Decimal, times: int, instructions: str
) -> None:
    amounts = amounts_of(line(dose=str(dose), times_a_day=times, instructions=instructions))
    assert not amounts or sum(amounts.values()) == dose * times


@pytest.mark.parametrize(
    ("today", "left"), [(MONDAY, 5), (date(2026, 11, 27), 1), (date(2026, 11, 28), 0), (date(2027, 1, 1), 0)]
)
def test_days_are_counted_from_the_day_of_the_prescription(today: date, left: int) -> None:
    [course] = courses_of([line()], MONDAY, today)
    assert (course.days_left, course.last_on) == (left, date(2026, 11, 27))


def test_a_link_is_counted_from_the_later_of_plan_and_last_medicine() -> None:
    month = line(days=30)
    assert last_day(MONDAY, None, []) == MONDAY
    assert last_day(MONDAY, date(2026, 11, 30), [line()]) == date(2026, 11, 30)
    assert last_day(MONDAY, date(2026, 11, 30), [line(), month]) == date(2026, 12, 22)


def test_a_day_ends_when_it_ends_there() -> None:
    """Also in a zone with daylight saving, where this day has 25 hours."""
    berlin = ZoneInfo("Europe/Berlin")
    assert end_of_day(date(2026, 10, 25), berlin) == datetime(2026, 10, 26, tzinfo=berlin)


@pytest.mark.parametrize("step", [0, 6, -1])
def test_only_five_steps_are_known(step: int) -> None:
    with pytest.raises(InvalidError, match="rating-unknown"):
        accept_step(step)


def test_a_note_is_short_and_stored_in_one_form() -> None:
    assert accept_note(" Tốt \r\n lắm ") == "Tốt \n lắm"
    with pytest.raises(InvalidError, match="text-too-long"):
        accept_note("x" * 501)
