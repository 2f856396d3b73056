"""By when a station calls who asked for it: within its next working day, at most when the visit would be."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from telehealth.availability.rules import CalendarDay, WeeklyHours
from telehealth.followup.rules import call_by

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = date(2026, 11, 30)
WEEK = [
    WeeklyHours(day, start * 60, end * 60, ZONE, date(2026, 1, 1))
    for day in range(5)
    for start, end in ((7, 11), (13, 16))
]


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        (at(30, 9, month=11), at(1, 16)),
        (at(30, 22, month=11), at(1, 16)),
        (at(4, 9), at(7, 16)),  # a Friday
        (at(5, 9), at(7, 16)),
    ],
)
def test_a_call_is_due_when_the_next_working_day_of_the_station_ends(asked: datetime, by: datetime) -> None:
    assert call_by(asked, at(20, 7, 30), WEEK, {}, ZONE) == by


def test_a_call_is_never_due_after_the_visit_it_is_about() -> None:
    assert call_by(at(30, 9, month=11), at(1, 7, 30), WEEK, {}, ZONE) == at(1, 7, 30)


def test_no_holiday_is_a_working_day() -> None:
    calendar = {date(2026, 12, 1): CalendarDay(None, "Nghỉ")}
    assert call_by(at(30, 9, month=11), at(20, 7, 30), WEEK, calendar, ZONE) == at(2, 16)


def test_a_station_without_opening_hours_works_from_monday_to_friday() -> None:
    assert call_by(at(4, 9), at(20, 7, 30), (), {}, ZONE) == at(7, 17)
