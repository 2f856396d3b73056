"""A signed visit with everybody at their browsers, and a key that signs."""

from pathlib import Path

import pytest

from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.papers import service
from telehealth.visits.events import VisitAmended
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.visits import subscribe_visits


@pytest.fixture
def bus() -> Bus:
    """A bus on which amendments void papers."""
    bus = subscribe_visits(Bus())
    bus.subscribe(VisitAmended, service.on_visit_amended)
    return bus


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A signed remote examination."""
    practice = open_practice(database, tmp_path, clock, is_written=True)
    with database.write() as unit:
        practice.world.sign(unit.session, now=unit.now)
    return practice
