"""What tests of orders begin with: the program's own subscribers."""

import pytest

from telehealth import wiring
from telehealth.kit.events import Bus


@pytest.fixture
def bus() -> Bus:
    """A bus with every subscriber of the program."""
    return wiring.build_bus()
