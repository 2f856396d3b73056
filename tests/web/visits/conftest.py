"""A booked visit and everybody at their browsers."""

from tests.support.practice import booked_practice as booked_practice
from tests.support.practice import visits_bus as visits_bus
