"""Medicine days: nothing is guessed, no day's amount is more or less than what was signed."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import end_of_day
from telehealth.kit.text import unaccent
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


@pytest.mark.parametrize("dose", ["4", "1"])
@pytest.mark.parametrize(
    "instructions",
    [
        "Uống sáng thứ hai",
        "Uống một lần vào sáng thứ 2",
        "Uống buổi tối chủ nhật",
        "2 ngày uống 1 viên buổi sáng",
        "Uống sáng ngày chẵn",
        "sáng, cách nhật",
        "Uống sáng thứ 2, thứ 5",
        "uống 1 viên buổi tối, 2 ngày 1 lần",
        "Sáng T2, T5",
        "Sáng 2-4-6",
        "sang thu hai hang tuan",
        "Mỗi tuần một lần, buổi sáng",
        "Sáng CN",
        "Buổi sáng, xen kẽ",
    ],
)
def test_what_is_taken_on_some_days_is_never_shown_as_every_day(dose: str, instructions: str) -> None:
    said = line(dose=dose, times_a_day=1, instructions=instructions)
    assert amounts_of(said) == {}
    assert amounts_of({**said, "dose": None, "times_a_day": None, "moments": {"morning": dose}}) == {}


@pytest.mark.parametrize(
    "instructions",
    [
        "sáng 1 viên, tối 2 viên",
        "Sáng một viên, tối hai viên",
        "Sáng nửa viên, tối cả viên",
        "Sáng ½ viên, tối 1 viên",
        "mỗi lần 2 giọt",
        "Sáng 8h, tối 20h",
    ],
)
def test_an_amount_or_hour_of_its_own_leaves_the_doctors_own_words_alone(instructions: str) -> None:
    assert amounts_of(line(dose="1", times_a_day=2, instructions=instructions)) == {}


def test_waking_at_night_is_neither_a_time_nor_without_condition() -> None:
    assert amounts_of(line(times_a_day=1, instructions="Uống khi ngủ dậy")) == {}
    assert amounts_of(line(times_a_day=1, instructions="Uống khi ngủ không được")) == {}


SOME_DAYS = (
    *("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "thứ 2", "thứ 2, thứ 5", "T2", "T7"),
    *("chủ nhật", "CN", "ngày chẵn", "ngày lẻ", "2 ngày uống 1 viên", "hai ngày một lần", "cách ngày"),
    *("cách nhật", "xen kẽ", "mỗi tuần", "hằng tuần", "tuần 2 lần", "mỗi tháng", "luân phiên", "đợt 5 ngày"),
    *("ngày đầu", "khi đau", "nếu sốt", "khi cần", "giảm dần", "rồi nghỉ"),
)
USUAL = ("Uống", "buổi sáng", "sáng", "tối", "sáng, tối", "sau ăn", "trước khi ăn", "trước khi đi ngủ")
USUAL = (
    *USUAL,
    "mỗi ngày",
    "đủ ngày",
    "trong",
    "trước",
    "sau",
    "ngay",
    "vào",
    "với nhiều nước",
    "lúc no",
    "",
)


@given(
    before=st.lists(st.sampled_from(USUAL), max_size=3).map(" ".join) | st.text(max_size=12),
    word=st.sampled_from(SOME_DAYS),
    after=st.lists(st.sampled_from(USUAL), max_size=3).map(" ".join) | st.text(max_size=12),
    between=st.sampled_from([" ", ", ", "; ", "\n", " (", " - "]),
    spelt=st.sampled_from([str, str.upper, unaccent, lambda each: unicodedata.normalize("NFD", each)]),
    divided=st.none() | st.just({"morning": "4"}),
    times=st.integers(1, 4),
)
def test_no_plan_is_ever_made_of_an_instruction_that_names_some_days(
    before: str,
    word: str,
    after: str,
    between: str,
    spelt: Callable[[str], str],
    divided: dict[str, str] | None,
    times: int,
) -> None:
    said = spelt(f"{before}{between}{word}{between}{after}")
    assert amounts_of(line(dose="4", times_a_day=times, instructions=said, moments=divided)) == {}


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
