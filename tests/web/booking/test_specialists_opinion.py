"""A station that asks for support may choose the longer service, which the doctor has to accept."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.availability.service import add_service_type
from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, visits=1)


@pytest.fixture
def support(database: Database, world: BookingWorld) -> UUID:
    """An open visit for which the station asks for support."""
    with database.write() as unit:
        asked = VisitRequest(
            patient_id=world.patients[0], consult_kind=ConsultKind.FACILITY_SUPPORT, reason="Đau ngực"
        )
        return open_visit(unit.session, world.nurse, asked, now=unit.now).id


def offer(database: Database) -> None:
    with database.write() as unit:
        add_service_type(unit.session, "hoi_chan", duration_minutes=30, step_minutes=30, accept_mode="doctor")


def best(text: str) -> str:
    found = re.search(r'class="best__slot"[^>]*value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_the_doctor_is_asked_to_accept_the_longer_one(
    database: Database, tmp_path: Path, clock: FixedClock, world: BookingWorld, support: UUID
) -> None:
    offer(database)
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        nurse = Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))
        doctor = Browser(app, make_sign_in(unit.session, world.doctors[0], now=unit.now))
    page = f"/visits/{support}/slots"
    assert "Hội chẩn chuyên khoa" in nurse.get(page).text
    address = nurse.post(page, {"service": "hoi_chan"}).headers["location"]
    listed = nurse.get(address).text
    assert 'name="service" value="hoi_chan"' in listed
    assert "30 phút" in listed
    sent = {"slot": best(listed), "service": "hoi_chan"}
    held = nurse.post(f"/visits/{support}/hold", sent, page=address).headers["location"]
    done = nurse.post(held, {"version": "1", "patient_place": "station"}).headers["location"]
    assert done.endswith("?done=requested")
    with database.read() as unit:
        row = unit.session.exec(select(Appointment).where(Appointment.visit_id == support)).one()
        assert row.ends_at - row.starts_at == timedelta(minutes=30)
        asked = doctor.get("/requests").text
        assert str(row.id) in asked
        assert "/accept" in asked


def test_an_exam_and_a_house_without_the_service_show_no_choice(
    database: Database, tmp_path: Path, clock: FixedClock, world: BookingWorld, support: UUID
) -> None:
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        nurse = Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))
    assert "Loại hội chẩn" not in nurse.get(f"/visits/{support}/slots").text
    offer(database)
    exam = f"/visits/{world.visits[0][0]}/slots"
    address = nurse.post(exam, {"service": "hoi_chan"}).headers["location"]
    listed = nurse.get(address).text
    assert "Loại hội chẩn" not in listed
    assert "20 phút" in listed


def test_what_was_chosen_outlives_the_hold(
    database: Database, tmp_path: Path, clock: FixedClock, world: BookingWorld, support: UUID
) -> None:
    """A hold that ran out, and one given back, lead to the list as it was: no other service is booked."""
    offer(database)
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        nurse = Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))
    page, chosen = f"/visits/{support}/slots", {"service": "hoi_chan", "part": "afternoon"}

    def hold() -> str:
        address = nurse.post(page, chosen).headers["location"]
        sent = {"slot": best(nurse.get(address).text), **chosen}
        return nurse.post(f"/visits/{support}/hold", sent, page=address).headers["location"]

    def is_kept(address: str) -> bool:
        listed = nurse.get(address).text
        kept = [f'name="{name}" value="{value}"' in listed for name, value in chosen.items()]
        return all(kept) and "30 phút" in listed

    confirm = hold()
    assert "hoi_chan" not in confirm, "an address says nothing about what is wrong with whom"
    shown = nurse.get(confirm).text
    back = re.search(rf'href="({page}[^"]*)"', shown)
    release = re.search(r'action="(/appointments/[^"]+/release[^"]*)"', shown)
    assert back
    assert release
    assert is_kept(back[1])
    assert is_kept(nurse.post(release[1], {}, page=confirm).headers["location"])
    confirm = hold()
    clock.advance(minutes=6)
    late = nurse.post(confirm, {"version": "1", "patient_place": "station"}, page=back[1])
    assert is_kept(nurse.get(late.headers["location"]).headers["location"])
    bare = confirm.split("?")[0]
    listed = nurse.get(nurse.get(bare).headers["location"]).text
    assert 'name="service" value="hoi_chan"' in listed, "what is held says as much by itself"
