"""A patient born in 1985 with a mobile phone, and the program they meet."""

from pathlib import Path

import pytest

from telehealth.kit.db import Database
from tests.support.app import build_app
from tests.support.clock import FixedClock
from tests.support.leaflets import unsigned_visit as unsigned_visit
from tests.support.practice import wired_bus as wired_bus
from tests.telehealth.followup.world import make_follow
from tests.web.links.people import Patient


@pytest.fixture
def patient(database: Database, clock: FixedClock, tmp_path: Path) -> Patient:
    """A patient born in 1985 with a mobile phone."""
    return Patient(make_follow(database, clock), build_app(database, tmp_path, clock), tmp_path)
