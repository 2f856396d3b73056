"""The world of the tests of working hours: a doctor who is booked at half past nine, and a colleague."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.app import build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, visits=2)
        visit = world.visits[0].pop()
        world.book(unit.session, at("09:30"), now=unit.now, visit_id=visit)
        return world


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)
