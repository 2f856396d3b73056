"""A support between facilities with everybody at their browsers."""

from pathlib import Path

import pytest

from telehealth.access.rules import ConsultKind
from telehealth.conditions.service import RemoteListPart
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.visits.parts import RecordPart
from tests.support.clock import FixedClock
from tests.support.conferences import minutes_bus
from tests.support.practice import Practice, open_practice


@pytest.fixture
def bus() -> Bus:
    """A bus on which minutes and the list are parts of the record."""
    bus = minutes_bus()
    bus.extend(RecordPart, RemoteListPart())
    return bus


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A support between facilities, written but for its minutes."""
    return open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT, is_written=True)
