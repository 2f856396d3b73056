"""A booked support between facilities for every test of the slice."""

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from tests.support.conferences import make_conference, minutes_bus
from tests.support.visits import VisitWorld


@pytest.fixture
def bus() -> Bus:
    """A bus on which minutes are a part of the record."""
    return minutes_bus()


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A support between facilities, written but for its minutes."""
    return make_conference(unit.session, now=unit.now)
