"""Everything that hears of appointments, records, messages and links, as the program wires it."""

from datetime import timedelta
from uuid import UUID

import pytest

from telehealth import wiring
from telehealth.followup import queries
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.visits.service import plan_follow_up
from tests.support.booking import TODAY
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld, make_visit_world
from tests.telehealth.followup.world import Follow, make_follow


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def follow(database: Database, clock: FixedClock) -> Follow:
    """A station, a doctor and a patient with a mobile phone."""
    return make_follow(database, clock)


@pytest.fixture
def signed(database: Database) -> tuple[VisitWorld, UUID]:
    """A signed visit whose doctor wants the patient back in a week, give or take two days."""
    next_week = TODAY + timedelta(days=7)
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now, specialty_code=None)
        world.write(unit.session, now=unit.now, follow_up_on=None)
        plan_follow_up(
            unit.session, world.doctor, world.visit.id, next_week, None, version=0, slack_days=2, now=unit.now
        )
        world.sign(unit.session, now=unit.now)
        [plan] = queries.list_plans(unit.session, world.nurse, now=unit.now)
        return world, plan.id
