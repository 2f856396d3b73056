"""A booked visit, on a bus where what is carried forward is a part of the record."""

import pytest

from telehealth.background.part import BackgroundPart, PregnancyPart
from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from telehealth.visits.parts import RecordPart
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear of appointments, and facts and pregnancies answer."""
    bus = subscribe_visits(Bus())
    bus.extend(RecordPart, BackgroundPart())
    bus.extend(RecordPart, PregnancyPart())
    return bus


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A visit for the doctor to treat the patient, booked."""
    return make_visit_world(unit.session, now=unit.now)
