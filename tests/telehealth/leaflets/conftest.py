"""A visit of a patient with a mobile phone, in the program as it is wired."""

from tests.support.leaflets import unsigned_visit as unsigned_visit
from tests.support.practice import wired_bus as wired_bus
