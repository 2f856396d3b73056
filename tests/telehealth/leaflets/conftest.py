"""A visit of a patient with a mobile phone, in the program as it is wired."""

from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.clock import FixedClock
from tests.support.leaflets import After


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def after(database: Database, clock: FixedClock, tmp_path: Path) -> After:
    """The visit, not yet signed."""
    return After(database, clock, tmp_path)
