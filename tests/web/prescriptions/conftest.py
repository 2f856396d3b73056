"""A booked visit with the program's own list of medicines, and everybody at their browsers."""

from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.prescriptions import Pharmacy, open_pharmacy


@pytest.fixture
def bus() -> Bus:
    """Everything hears of everything, as in the program."""
    return wiring.build_bus()


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A remote examination, booked for 09:30, about which nothing is written yet."""
    return open_practice(database, tmp_path, clock)


@pytest.fixture
def pharmacy(practice: Practice) -> Pharmacy:
    """The program's own list beside it."""
    with practice.database.write() as unit:
        return open_pharmacy(unit.session, practice.world, now=unit.now)
