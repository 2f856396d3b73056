"""One patient and one link."""

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from tests.telehealth.links.world import World


@pytest.fixture
def world(unit: Unit, bus: Bus) -> World:
    """A link on nobody's phone yet."""
    return World(unit, bus)
