"""Everything that hears of appointments, records, messages and links, as the program wires it."""

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.clock import FixedClock
from tests.telehealth.followup.world import Follow, make_follow


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def follow(database: Database, clock: FixedClock) -> Follow:
    """A station, a doctor and a patient with a mobile phone."""
    return make_follow(database, clock)
