"""A booked visit with the program's own list of medicines, and everybody at their browsers."""

import pytest

from tests.support.practice import Practice
from tests.support.practice import booked_practice as booked_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.prescriptions import Pharmacy, open_pharmacy


@pytest.fixture
def pharmacy(practice: Practice) -> Pharmacy:
    """The program's own list beside it."""
    with practice.database.write() as unit:
        return open_pharmacy(unit.session, practice.world, now=unit.now)
