"""A coordinator books past the rules for an open visit: any hour, any reason named, never what is taken."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.availability.service import add_service_type
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_facility, make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=2, patients=2, seats=2, visits=2)


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


def browser(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


@pytest.fixture
def coordinator(app: FastAPI, database: Database, world: BookingWorld) -> Browser:
    with database.write() as unit:
        station = get_facility(unit.session, world.nurse.here)
        who = make_member(unit.session, station, role=Role.COORDINATOR)
    return browser(app, database, who)


def wanted(world: BookingWorld, **more: str) -> dict[str, str]:
    return {"day": "23/11/2026", "clock": "12h05", "doctor": str(world.doctors[0].ref), **more}


def count(database: Database, visit: UUID) -> int:
    with database.read() as unit:
        return len(unit.session.exec(select(Appointment).where(Appointment.visit_id == visit)).all())


def test_only_a_coordinator_is_led_past_the_rules(
    app: FastAPI, database: Database, coordinator: Browser, world: BookingWorld
) -> None:
    slots = f"/visits/{world.visits[0][0]}/slots"
    beyond = f"/visits/{world.visits[0][0]}/override"
    nurse = browser(app, database, world.nurse)
    assert f'href="{beyond}"' in coordinator.get(slots).text
    assert beyond not in nurse.get(slots).text
    assert nurse.get(beyond).status_code == 403


def test_the_reason_is_asked_and_the_time_agreed_at_once(
    coordinator: Browser, world: BookingWorld, database: Database
) -> None:
    visit = world.visits[0][0]
    page = f"/visits/{visit}/override"
    without = coordinator.post(page, wanted(world))
    assert (without.status_code, "Chọn lý do" in without.text) == (422, True)
    past = coordinator.post(page, wanted(world, clock="07:30", reason="put_right"))
    assert (past.status_code, "Giờ phải ở phía trước" in past.text) == (422, True)
    assert count(database, visit) == 0
    done = coordinator.post(page, wanted(world, reason="doctor_agreed"))
    assert done.headers["location"].endswith("?done=overridden")
    with database.read() as unit:
        row = unit.session.exec(select(Appointment).where(Appointment.visit_id == visit)).one()
        assert (row.starts_at, row.status, row.support) == (at("12:05"), "booked", "overridden")
    assert coordinator.get(done.headers["location"]).status_code == 200
    assert coordinator.get(page).headers["location"] == f"/visits/{visit}/slots"


def test_what_is_taken_stays_taken_and_the_doctors_next_times_are_shown(
    coordinator: Browser, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        booked = world.book(
            unit.session, at("09:30"), now=unit.now, patient=1, visit_id=world.visits[1].pop()
        )
    visit = world.visits[0][0]
    taken = coordinator.post(f"/visits/{visit}/override", wanted(world, clock="09:30", reason="urgent_need"))
    assert taken.status_code == 409
    assert "vừa có nơi khác đặt" in taken.text
    assert "09:50 hôm nay; 10:10 hôm nay; 10:30 hôm nay" in taken.text
    assert 'value="09:30"' in taken.text
    assert count(database, visit) == 0
    with database.write() as unit:
        other = world.book(unit.session, at("10:30"), now=unit.now, patient=0, visit_id=world.visits[0].pop())
    moved = coordinator.post(
        f"/appointments/{other.id}/override",
        wanted(world, clock="09:30", reason="urgent_need", version="2"),
    )
    assert (moved.status_code, "09:50 hôm nay; 10:10 hôm nay" in moved.text) == (409, True)
    assert booked.id != other.id


def test_a_visit_that_got_a_time_meanwhile_leads_to_it(
    coordinator: Browser, world: BookingWorld, database: Database
) -> None:
    visit = world.visits[0][0]
    page = f"/visits/{visit}/override"
    assert coordinator.get(page).status_code == 200
    form = wanted(world, reason="doctor_agreed")
    first = coordinator.post(page, form)
    again = coordinator.post(page, {**form, "clock": "12h50"}, page=f"/visits/{world.visits[1][0]}/override")
    assert again.headers["location"] == f"/visits/{visit}/slots"
    assert coordinator.get(again.headers["location"]).headers["location"] in first.headers["location"]
    assert count(database, visit) == 1


def test_a_visit_of_another_house_is_not_there(app: FastAPI, database: Database, world: BookingWorld) -> None:
    with database.write() as unit:
        elsewhere = make_member(unit.session, make_facility(unit.session), role=Role.COORDINATOR)
    page = browser(app, database, elsewhere)
    visit = world.visits[0][0]
    assert page.get(f"/visits/{visit}/override").status_code == 404


def test_what_was_looked_for_is_what_is_booked(
    coordinator: Browser, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        asked = add_service_type(unit.session, "hoi_chan", duration_minutes=30, accept_mode="doctor").id
        wish = VisitRequest(
            patient_id=world.patients[0], consult_kind=ConsultKind.FACILITY_SUPPORT, reason="Đau ngực"
        )
        visit = open_visit(unit.session, world.nurse, wish, now=unit.now).id
    page = f"/visits/{visit}/slots"
    listed = coordinator.get(
        coordinator.post(page, {"service": "hoi_chan", "priority": "urgent"}).headers["location"]
    ).text
    beyond = re.search(rf'href="(/visits/{visit}/override[^"]*)"', listed)
    assert beyond
    action = re.search(rf'action="(/visits/{visit}/override[^"]*)"', coordinator.get(beyond[1]).text)
    assert action
    done = coordinator.post(action[1], wanted(world, reason="doctor_agreed"), page=beyond[1])
    assert done.headers["location"].endswith("?done=overridden")
    with database.read() as unit:
        row = unit.session.exec(select(Appointment).where(Appointment.visit_id == visit)).one()
        assert (row.service_type_id, row.priority) == (asked, "urgent")
        assert row.ends_at - row.starts_at == timedelta(minutes=30)
