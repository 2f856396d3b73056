"""Pages of scheduling ask the database as often for many doctors and appointments as for few."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.statements import statements_of
from tests.support.world import make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # counted once; the statements are the same on both

WALLS = ("09:30", "10:30", "13:30", "14:10", "14:50", "15:30")


def browser(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


def cost(app: FastAPI, who: Browser, path: str) -> int:
    """How many reads a page costs that was asked for before: what a process keeps is there."""
    assert who.get(path).status_code == 200, path
    with statements_of(app.state.database) as found:
        who.get(path)
    reads = [each for each in found if each.startswith(("SELECT", "WITH"))]
    assert reads, path
    return len(reads)


def test_choosing_a_time_costs_the_same_among_two_doctors_and_among_twelve(
    new_database: Callable[[], Database], tmp_path: Path, clock: FixedClock
) -> None:
    costs = []
    for doctors in (2, 12):
        database = new_database()
        with database.write() as unit:
            world = make_booking_world(unit.session, doctors=doctors, patients=2, seats=2, visits=1)
            first = {"patient": 1, "visit_id": world.visits[1][0]}
            booked = world.book(unit.session, at("09:30"), now=unit.now, **first)
        app = build_app(database, tmp_path / str(doctors), clock)
        nurse = browser(app, database, world.nurse)
        paths = (f"/visits/{world.visits[0][0]}/slots", f"/appointments/{booked.id}/move")
        costs.append([cost(app, nurse, path) for path in paths])
    assert costs[0] == costs[1]


def book(database: Database, world: BookingWorld, number: int, mode: str) -> None:
    with database.write() as unit:
        unit.session.merge(world.service).accept_mode = mode
        whom = {"patient": number, "visit_id": world.visits[number].pop()}
        world.book(unit.session, at(WALLS[number], days=mode == "doctor"), now=unit.now, **whom)


def test_lists_cost_the_same_for_one_appointment_and_for_six(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        session = unit.session
        world = make_booking_world(session, patients=6, seats=6, visits=2)
        house = get_facility(session, world.doctors[0].here)
        coordinator = make_member(session, house, role=Role.COORDINATOR)
    app = build_app(database, tmp_path, clock)
    people = {
        "/appointments": browser(app, database, world.nurse),
        "/requests": browser(app, database, world.doctors[0]),
        "/queue": browser(app, database, world.doctors[0]),
        "/hours/stranded": browser(app, database, coordinator),
        "/reports/waits": browser(app, database, coordinator),
    }
    costs = []
    for numbers in (range(1), range(1, 6)):
        for number in numbers:
            book(database, world, number, "auto")
            book(database, world, number, "doctor")
        costs.append({path: cost(app, who, path) for path, who in people.items()})
    assert costs[0] == costs[1]


def test_handing_over_a_day_costs_the_same_for_one_appointment_and_for_six(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        session = unit.session
        world = make_booking_world(session, doctors=3, patients=6, seats=6, visits=1)
        house = get_facility(session, world.doctors[0].here)
        coordinator = make_member(session, house, role=Role.COORDINATOR)
    app = build_app(database, tmp_path, clock)
    lead = browser(app, database, coordinator)
    away, stands_in = (doctor.ref for doctor in world.doctors[:2])
    path = f"/roster/hand-over?from={away}&to={stands_in}&on=23/11/2026"
    costs = []
    for numbers in (range(1), range(1, 6)):
        for number in numbers:
            book(database, world, number, "auto")
        costs.append(cost(app, lead, path))
        assert f"Giao {numbers.stop} mục" in lead.get(path).text
    assert costs[0] == costs[1]
