"""Everything that hears of appointments and offers, as the program wires it."""

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.telehealth.waitlist.world import WaitWorld, make_wait_world


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def world(database: Database) -> WaitWorld:
    """A station, a pool of two doctors with a coordinator, three patients with open visits."""
    with database.write() as unit:
        return make_wait_world(unit.session)
