"""Dates, times, numbers and names as people read them."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from web import formatting as f
from web import i18n

MONDAY = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def test_times_are_those_of_the_facility() -> None:
    late = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)
    assert (f.time_text(late), f.date_text(late)) == ("01:05", "23/11/2026")
    assert f.datetime_text(MONDAY) == "09:30, 23/11/2026"


def test_another_zone_with_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert f.time_text(datetime(2026, 7, 1, 10, tzinfo=UTC), berlin) == "12:00"
    assert f.time_text(datetime(2026, 12, 1, 10, tzinfo=UTC), berlin) == "11:00"


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        f.time_text(datetime(2026, 1, 1))  # noqa: DTZ001 (that is the point)


def test_days_have_names() -> None:
    assert f.weekday_text(MONDAY) == "Thứ Hai"
    assert f.long_date_text(date(2026, 11, 29)) == "Chủ Nhật, 29/11/2026"
    with i18n.language("en"):
        assert f.weekday_text(MONDAY) == "Monday"


@pytest.mark.parametrize(
    ("day", "words"),
    [(23, "hôm nay"), (24, "ngày mai"), (22, "hôm qua"), (25, "Thứ Tư, 25/11/2026")],
)
def test_near_days_are_said_as_people_say_them(day: int, words: str) -> None:
    assert f.day_text(date(2026, 11, day), date(2026, 11, 23)) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(-10, "vừa xong"), (-300, "5 phút trước"), (7200, "sau 2 giờ nữa")]
)
def test_relative_times(seconds: int, words: str) -> None:
    assert f.relative_text(MONDAY + timedelta(seconds=seconds), MONDAY) == words


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 phút"), (60, "1 giờ"), (125, "2 giờ 5 phút")])
def test_spans_of_minutes(minutes: int, words: str) -> None:
    assert f.minutes_text(minutes) == words


@pytest.mark.parametrize(("seconds", "words"), [(252, "04:12"), (0, "00:00"), (-4, "00:00"), (3600, "60:00")])
def test_countdowns(seconds: int, words: str) -> None:
    assert f.clock_text(seconds) == words


def test_decimals_have_a_comma() -> None:
    assert f.number_text(Decimal("36.80"), 1) == "36,8"
    assert f.number_text(104) == "104"
    assert f.number_text(1234.5) == "1.234,5"
    assert f.number_text(2.0, 0) == "2"
    with i18n.language("en"):
        assert f.number_text(36.8) == "36.8"


@pytest.mark.parametrize(
    ("name", "letters"), [("Nông Thị Hạnh", "NH"), ("Đàm Lụa", "ĐL"), ("Ướt", "ƯỚ"), ("", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert f.initials(name) == letters


def test_the_time_stands_before_the_date_everywhere() -> None:
    other_order = re.compile(r"\{date_text\([^{}]*\)\},? \{time_text")
    folder = Path(f.__file__).parent
    found = [str(each) for each in folder.rglob("*.py") if other_order.search(each.read_text("utf-8"))]
    assert found == []
