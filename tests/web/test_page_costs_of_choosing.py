"""Pages on which one of many is chosen: what rings, a time for a plan, a doctor, why there is no slot."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.facilities.models import Facility
from telehealth.followup.models import Plan
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.app import build_app
from tests.support.booking import OFFICE_HOURS, TODAY, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.urgent import make_urgent_world
from tests.support.world import SINCE, make_doctor, make_patient
from tests.telehealth.followup.world import make_follow
from tests.web.test_page_costs import browser, cost

pytestmark = pytest.mark.databases("sqlite")  # counted once; the statements are the same on both

NewDatabase = Callable[[], Database]


@pytest.fixture
def bus() -> Bus:
    """Let everything be told that the program tells."""
    return wiring.build_bus()


def test_what_rings_costs_the_same_for_one_and_for_six(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now, patients=6)
    app = build_app(database, tmp_path, clock)
    doctor = browser(app, database, world.doctors[0][0])
    costs = []
    for numbers in (range(1), range(1, 6)):
        for number in numbers:
            with database.write() as unit:
                pressed = world.press(unit.session, now=unit.now, visit=number)
        assert f"/urgent/{pressed.id}" in doctor.get("/ring").text
        costs.append(cost(app, doctor, "/ring"))
    assert costs[0] == costs[1]


def test_another_doctor_and_why_there_is_no_slot_cost_the_same_among_two_and_among_twelve(
    new_database: NewDatabase, tmp_path: Path, clock: FixedClock
) -> None:
    costs = []
    for doctors in (2, 12):
        database = new_database()
        with database.write() as unit:
            world = make_booking_world(unit.session, doctors=doctors, patients=2, seats=2, visits=1)
            own = {"patient": 1, "visit_id": world.visits[1][0]}
            booked = world.book(unit.session, at("09:30"), now=unit.now, **own)
        app = build_app(database, tmp_path / str(doctors), clock)
        nurse = browser(app, database, world.nurse)
        paths = (f"/appointments/{booked.id}/doctor", f"/visits/{world.visits[0][0]}/why")
        for path, least in zip(paths, (doctors - 1, doctors), strict=True):
            assert nurse.get(path).text.count("Trần Văn") >= least, path
        costs.append([cost(app, nurse, path) for path in paths])
    assert costs[0] == costs[1]


def test_a_time_for_a_plan_costs_the_same_among_one_doctor_and_among_twelve(
    new_database: NewDatabase, tmp_path: Path, clock: FixedClock
) -> None:
    costs = []
    for count in (1, 12):
        database = new_database()
        follow = make_follow(database, clock)
        with database.write() as unit:
            house = unit.session.get_one(Facility, follow.booking.doctors[0].here)
            for number in range(1, count):
                doctor = make_doctor(unit.session, house, name=f"Hà Văn {number}")
                diary = ensure_resource(unit.session, ResourceKind.DOCTOR, doctor.ref, facility_id=house.id)
                add_weekly_hours(unit.session, diary, range(7), *OFFICE_HOURS, valid_from=SINCE)
        for number in range(count):
            with database.write() as unit:
                patient = make_patient(unit.session, follow.booking.nurse, full_name=f"Hà Thị {number}")
                follow.patient_id = patient.id
            follow.sign(TODAY + timedelta(days=7))
        with database.read() as unit:
            plan_id = unit.session.exec(select(Plan.id)).first()
        app = build_app(database, tmp_path / str(count), clock)
        nurse = browser(app, database, follow.booking.nurse)
        path = f"/follow-ups/{plan_id}"
        assert "Hà Thị" in nurse.get(path).text
        costs.append(cost(app, nurse, path))
    assert costs[0] == costs[1]
