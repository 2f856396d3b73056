"""The world of the pages of follow-ups: a signed visit whose patient is to come back."""

from datetime import timedelta

import pytest

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.visits.service import plan_follow_up
from tests.support.booking import TODAY
from tests.support.visits import VisitWorld, make_visit_world


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def world(database: Database) -> VisitWorld:
    """A signed visit whose patient is to come back in a week, give or take two days."""
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        world.write(unit.session, now=unit.now, follow_up_on=None)
        day = TODAY + timedelta(days=7)
        plan_follow_up(
            unit.session, world.doctor, world.visit.id, day, None, version=0, slack_days=2, now=unit.now
        )
        world.sign(unit.session, now=unit.now)
        return world
