"""A visit for which a time is kept or agreed already, on a page that still shows it without one."""

import re
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=2, patients=1, seats=2, visits=1)


@pytest.fixture
def nurse(database: Database, world: BookingWorld, tmp_path: Path, clock: FixedClock) -> Browser:
    with database.write() as unit:
        signed_in = make_sign_in(unit.session, world.nurse, now=unit.now)
    return Browser(build_app(database, tmp_path, clock), signed_in)


def a_slot(nurse: Browser, page: str) -> str:
    found = re.search(r'class="best__slot" type="submit" name="slot" value="([^"]+)"', nurse.get(page).text)
    assert found
    return found[1]


def test_beside_an_offer_another_time_is_taken_once_the_offer_is_given_back(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    """The tap once ended on a page saying that the visit had an appointment, which it had not."""
    visit = world.visits[0][0]
    page = f"/visits/{visit}/slots"
    slot = a_slot(nurse, page)
    with database.write() as unit:
        kept = world.hold(unit.session, at("10:10"), now=unit.now, visit_id=visit, form_id=new_id())

    refused = nurse.post(f"/visits/{visit}/hold", {"slot": slot}, page=page)

    assert refused.status_code == 303
    shown = nurse.get(refused.headers["location"]).text
    assert "Đang giữ một giờ khác" in shown
    assert f"/appointments/{kept.id}/confirm" in shown
    nurse.post(f"/appointments/{kept.id}/release", {}, page=f"/appointments/{kept.id}/confirm")
    taken = nurse.post(f"/visits/{visit}/hold", {"slot": slot}, page=page)
    assert taken.headers["location"].split("/")[-1].startswith("confirm")


def test_what_a_colleague_booked_meanwhile_is_shown(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    visit = world.visits[0][0]
    page = f"/visits/{visit}/slots"
    slot = a_slot(nurse, page)
    with database.write() as unit:
        booked = world.book(unit.session, at("10:10"), now=unit.now, visit_id=visit, form_id=new_id())

    form = f"/patients/{world.patients[0]}/request"  # a page of the same sign-in: it lends its token
    late = nurse.post(f"/visits/{visit}/hold", {"slot": slot}, page=form)

    assert nurse.get(late.headers["location"]).headers["location"] == f"/appointments/{booked.id}"
    with database.read() as unit:
        [row] = unit.session.exec(select(Appointment).where(Appointment.visit_id == visit))
        assert row.id == booked.id
