"""Where clocks change: what the database's diaries offer, book and show over such a day is by the wall."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.kit.ids import new_id
from telehealth.scheduling.finding import find_slots, list_days
from telehealth.scheduling.rules import SlotSearch
from tests.support.booking import BookingWorld, make_booking_world
from tests.support.clock import FixedClock

BERLIN, NEW_YORK, HANOI = (ZoneInfo(f) for f in ("Europe/Berlin", "America/New_York", "Asia/Ho_Chi_Minh"))
WALLS = [f"{hour:02}:{minute:02}" for hour in range(6) for minute in (0, 30)]
"""Half hours of a doctor who works at night."""

SPRING, AUTUMN = {"02:00", "02:30"}, set[str]()
"""Times there are not on such a day; of those there are twice, the first is meant."""

CHANGES = {
    "Berlin in spring": (BERLIN, date(2027, 3, 28), SPRING),
    "Berlin in autumn": (BERLIN, date(2027, 10, 31), AUTUMN),
    "New York in spring": (NEW_YORK, date(2027, 3, 14), SPRING),
    "New York in autumn": (NEW_YORK, date(2027, 11, 7), AUTUMN),
    "Hanoi, where none change": (HANOI, date(2027, 3, 28), AUTUMN),
}


class Night:
    """A deployment somewhere, on the eve of a day."""

    def __init__(self, database: Database, clock: FixedClock, zone: ZoneInfo, day: date) -> None:
        self.database, self.clock, self.zone, self.day = database, clock, zone, day
        database.policy = replace(database.policy, zone=zone)
        clock.set(datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=2))
        terms = {"duration_minutes": 30, "step_minutes": 30, "offset_minutes": 0, "min_notice_minutes": 0}
        with database.write() as unit:
            self.world: BookingWorld = make_booking_world(unit.session, hours=(("00:00", "06:00"),), **terms)

    def at(self, wall: str, *, day: date | None = None, fold: int = 0) -> datetime:
        """Return the instant the wall shows a time, the second time with `fold`."""
        on, (hour, minute) = day or self.day, map(int, wall.split(":"))
        local = datetime(on.year, on.month, on.day, hour, minute, fold=fold, tzinfo=self.zone)
        return local.astimezone(UTC)

    def search(self, days: int = 0) -> SlotSearch:
        on, last = self.day - timedelta(days=days), self.day + timedelta(days=days)
        return SlotSearch(from_on=on, to_on=last, limit=1000)

    def find(self, days: int = 0) -> list[datetime]:
        """Search as a page does, from the boards; a unit that writes asks the diaries and finds the same."""
        with self.database.read() as unit:
            found = find_slots(unit.session, self.world.nurse, self.search(days), now=unit.now)
            shown = list_days(unit.session, self.world.nurse, self.search(days), now=unit.now)
        with self.database.write() as unit:
            assert find_slots(unit.session, self.world.nurse, self.search(days), now=unit.now) == found
            assert list_days(unit.session, self.world.nurse, self.search(days), now=unit.now) == shown
        free = [start.slot for day in shown for start in day.starts if start.standing == "free"]
        assert free == found
        for day in shown:
            assert {start.slot.starts_at.astimezone(self.zone).date() for start in day.starts} == {day.on}
        return [slot.starts_at for slot in found]

    def book(self, starts_at: datetime) -> Any:
        with self.database.write() as unit:
            return self.world.book(unit.session, starts_at, now=unit.now, visit_id=new_id())


@pytest.fixture(params=CHANGES.values(), ids=CHANGES)
def change(request: pytest.FixtureRequest) -> tuple[ZoneInfo, date, set[str]]:
    found: tuple[ZoneInfo, date, set[str]] = request.param
    return found


def test_every_time_the_wall_shows_is_offered_once_and_can_be_had(
    database: Database, clock: FixedClock, change: tuple[ZoneInfo, date, set[str]]
) -> None:
    zone, day, missing = change
    night = Night(database, clock, zone, day)
    there = [wall for wall in WALLS if wall not in missing]
    assert night.find() == [night.at(wall) for wall in there]

    for wall in there:
        booked = night.book(night.at(wall))
        assert f"{booked.starts_at.astimezone(zone):%H:%M}" == wall
        assert booked.ends_at - booked.starts_at == timedelta(minutes=30)
        assert night.at(wall) not in night.find()
    assert night.find() == []


def test_the_days_around_are_as_ever(
    database: Database, clock: FixedClock, change: tuple[ZoneInfo, date, set[str]]
) -> None:
    zone, day, missing = change
    night = Night(database, clock, zone, day)
    offered = [
        night.at(wall, day=on)
        for on in (day - timedelta(days=1), day, day + timedelta(days=1))
        for wall in WALLS
        if on != day or wall not in missing
    ]
    assert night.find(days=1) == offered


@pytest.mark.parametrize("name", ["Berlin in autumn", "New York in autumn"])
def test_the_hour_that_comes_twice_is_had_once(database: Database, clock: FixedClock, name: str) -> None:
    zone, day, _ = CHANGES[name]
    night = Night(database, clock, zone, day)
    repeated = [each for wall in WALLS if (each := night.at(wall, fold=1)) != night.at(wall)]
    assert len(repeated) == 2
    for again in repeated:
        assert again not in night.find()
        with pytest.raises(DomainError, match="outside-availability"):
            night.book(again)
