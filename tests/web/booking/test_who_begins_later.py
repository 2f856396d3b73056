"""A doctor who begins on a later day stands in the lists of that day, with name and house."""

from datetime import timedelta
from pathlib import Path

import pytest

from telehealth.kit.db import Database
from telehealth.staff.models import Membership
from tests.support.app import Browser, build_app
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_sign_in
from web.booking.forms import slot_value

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

BEGINS = TODAY + timedelta(days=3)


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        made = make_booking_world(unit.session, doctors=2, visits=2)
        unit.session.get_one(Membership, made.doctors[1].ref).valid_from = BEGINS
        return made


@pytest.fixture
def nurse(database: Database, world: BookingWorld, tmp_path: Path, clock: FixedClock) -> Browser:
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))


def test_the_slot_list_names_them_on_their_days(nurse: Browser, world: BookingWorld) -> None:
    page = f"/visits/{world.visits[0][0]}/slots"
    assert nurse.get(page).status_code == 200
    listed = nurse.get(nurse.post(page, {"day": f"{BEGINS:%d/%m/%Y}"}).headers["location"])
    assert (listed.status_code, "Trần Văn 1" in listed.text) == (200, True)
    offered = slot_value(at("07:30", days=3), world.doctors[1].ref)
    held = nurse.post(f"/visits/{world.visits[0][0]}/hold", {"slot": offered}, page=page)
    assert held.headers["location"].endswith("/confirm"), "what is listed can be held"


def test_the_list_behind_a_lost_slot_names_them_too(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    visit = world.visits[0].pop()
    with database.write() as unit:
        unit.session.get_one(Membership, world.doctors[1].ref).valid_from = TODAY + timedelta(days=33)
        lost = at("07:30", days=3)
        world.book(unit.session, lost, now=unit.now, visit_id=world.visits[0][0])
    sent = {"slot": slot_value(lost, world.doctors[0].ref)}
    back = nurse.post(f"/visits/{visit}/hold", sent, page=f"/visits/{visit}/slots").headers["location"]
    assert nurse.get(back).status_code == 200


def test_another_time_can_be_with_them(nurse: Browser, world: BookingWorld, database: Database) -> None:
    with database.write() as unit:
        booked = world.book(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0][0]).id
    page = f"/appointments/{booked}/move"
    listed = nurse.get(nurse.post(page, {"day": f"{BEGINS:%d/%m/%Y}"}).headers["location"])
    assert (listed.status_code, "Trần Văn 1" in listed.text) == (200, True)


def test_why_names_them(nurse: Browser, world: BookingWorld) -> None:
    page = f"/visits/{world.visits[0][0]}/slots"
    address = nurse.post(page, {"doctor": str(world.doctors[1].ref)}).headers["location"]
    shown = nurse.get(address.replace("/slots", "/why", 1)).text
    assert "Trần Văn 1" in shown.split("</h1>")[1].split("hours.why")[0]
