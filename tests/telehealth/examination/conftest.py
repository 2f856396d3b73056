"""A booked visit and the templates, on a bus where the examination is a part of the record."""

import pytest

from telehealth.examination.service import ExaminationPart, load_templates
from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from telehealth.visits.parts import RecordPart
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear of appointments and the examination answers."""
    bus = subscribe_visits(Bus())
    bus.extend(RecordPart, ExaminationPart())
    return bus


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A visit for the doctor to treat the patient, booked; the templates of the release are there."""
    load_templates(unit.session, now=unit.now)
    return make_visit_world(unit.session, now=unit.now)
