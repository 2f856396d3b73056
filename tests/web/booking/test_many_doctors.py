"""The list of slots where more doctors work than a nurse reads: those free first, the rest a tap away."""

import re
from html import unescape
from pathlib import Path

import pytest

from telehealth.kit.db import Database
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_sign_in
from web.booking.forms import DOCTORS_AT_ONCE

pytestmark = pytest.mark.databases("sqlite")  # the search runs on both; pages add nothing to that

DOCTORS = DOCTORS_AT_ONCE + 3
SHORT_DAY = (("08:30", "09:30"),)


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=DOCTORS, visits=1, hours=SHORT_DAY)


@pytest.fixture
def nurse(database: Database, world: BookingWorld, tmp_path: Path, clock: FixedClock) -> Browser:
    with database.write() as unit:
        signed_in = make_sign_in(unit.session, world.nurse, now=unit.now)
    return Browser(build_app(database, tmp_path, clock), signed_in)


def printed(page: str) -> int:
    return page.count('class="offer"')


def test_a_day_prints_the_first_doctors_and_says_how_many_more_there_are(
    nurse: Browser, world: BookingWorld
) -> None:
    page = nurse.get(f"/visits/{world.visits[0][0]}/slots").text
    assert printed(page) == DOCTORS_AT_ONCE
    assert "Xem thêm bác sĩ (còn 3 người)" in page


def test_one_tap_shows_them_all_and_what_was_chosen_stays(nurse: Browser, world: BookingWorld) -> None:
    slots = f"/visits/{world.visits[0][0]}/slots"
    narrowed = nurse.post(slots, {"part": "morning"}).headers["location"]
    link = re.search(r'href="([^"#]+)#day-2026-11-23"', nurse.get(narrowed).text)
    assert link
    page = nurse.get(unescape(link[1])).text
    assert printed(page) == DOCTORS
    assert "Xem thêm bác sĩ" not in page
    assert '<option value="morning" selected' in page
    assert f'name="people" value="{2 * DOCTORS_AT_ONCE}"' in page
