"""A patient born in 1985 with a mobile phone, and the program they meet."""

from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.app import build_app
from tests.support.clock import FixedClock
from tests.telehealth.followup.world import make_follow
from tests.web.links.people import Patient


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def patient(database: Database, clock: FixedClock, tmp_path: Path) -> Patient:
    """A patient born in 1985 with a mobile phone."""
    return Patient(make_follow(database, clock), build_app(database, tmp_path, clock), tmp_path)
