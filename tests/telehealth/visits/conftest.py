"""A booked visit for every test of the slice."""

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear of appointments."""
    return subscribe_visits(Bus())


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A visit for the doctor to treat the patient, booked."""
    return make_visit_world(unit.session, now=unit.now)
