"""Times at night of a station that has recorded no hours: offered, and said why."""

from pathlib import Path

import pytest

from telehealth.availability.service import add_opening
from telehealth.kit.db import Database
from tests.support.app import Browser, build_app
from tests.support.booking import OFFICE_HOURS, BookingWorld, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import SINCE, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

WORDS = "Trạm chưa ghi giờ mở cửa"
NIGHT = ("21:00", "23:00")


@pytest.mark.parametrize(
    ("hours", "is_recorded", "is_said"),
    [
        ((*OFFICE_HOURS, NIGHT), False, True),
        (OFFICE_HOURS, False, False),
        ((*OFFICE_HOURS, NIGHT), True, False),
    ],
)
def test_times_at_night_say_that_the_stations_hours_are_not_recorded(
    database: Database,
    tmp_path: Path,
    clock: FixedClock,
    hours: tuple[tuple[str, str], ...],
    is_recorded: bool,
    is_said: bool,
) -> None:
    with database.write() as unit:
        world: BookingWorld = make_booking_world(unit.session, visits=1, hours=hours)
        whole_day = {"start_minute": 0, "end_minute": 1440, "valid_from": SINCE}
        for weekday in range(7) if is_recorded else ():
            add_opening(unit.session, world.nurse.here, weekday=weekday, **whole_day)  # type: ignore[arg-type]
        token = make_sign_in(unit.session, world.nurse, now=unit.now)
    nurse = Browser(build_app(database, tmp_path, clock), token)
    page = nurse.get(f"/visits/{world.visits[0][0]}/slots").text
    assert (WORDS in page) is is_said
