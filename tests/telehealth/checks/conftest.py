"""What tests of check questions begin with: the program's own subscribers, a signed visit."""

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.checks import Checks, make_checks
from tests.support.clock import FixedClock


@pytest.fixture
def bus() -> Bus:
    """A bus with every subscriber of the program."""
    return wiring.build_bus()


@pytest.fixture
def checks(database: Database, clock: FixedClock) -> Checks:
    """A patient with a phone, a doctor who asks, questions somebody stands for. Monday 08:00."""
    return make_checks(database, clock)
