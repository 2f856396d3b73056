"""A booked visit and the program's own list of medicines for every test of the slice."""

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from tests.support.prescriptions import Pharmacy, open_pharmacy, subscribe_prescriptions
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear of appointments, and prescriptions of signatures."""
    return subscribe_prescriptions(subscribe_visits(Bus()))


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A visit for the doctor to treat the patient, booked; the patient is allergic to penicillin."""
    return make_visit_world(unit.session, now=unit.now)


@pytest.fixture
def pharmacy(unit: Unit, world: VisitWorld) -> Pharmacy:
    """The program's own list, and lines from it."""
    return open_pharmacy(unit.session, world, now=unit.now)
