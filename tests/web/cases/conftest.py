"""A booked visit and everybody at their browsers."""

from pathlib import Path

import pytest

from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.visits import subscribe_visits


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear of appointments."""
    return subscribe_visits(Bus())


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A remote examination, booked for 09:30, about which nothing is written yet."""
    return open_practice(database, tmp_path, clock)
