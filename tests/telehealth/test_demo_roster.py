"""The demo's rosters: somebody on duty around the clock, renewed when they run out, never doubled."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth import demo
from telehealth.availability.models import AvailabilityRule, OpeningHours
from telehealth.availability.rules import DAY_MINUTES
from telehealth.duty.models import Pool, Shift
from telehealth.duty.queries import list_on_duty
from telehealth.kit.db import Database
from tests.support.booking import at
from tests.support.clock import FixedClock

pytestmark = pytest.mark.databases("sqlite")  # the demo is an embedded one


@pytest.mark.parametrize("wall", ["00:05", "06:50", "12:00", "23:50"])
def test_every_pool_is_covered_for_a_fortnight_and_again_later(
    database: Database, clock: FixedClock, wall: str
) -> None:
    """Whenever the demo is loaded: before dawn those are on duty whose night began the day before."""
    clock.at = at(wall)
    demo.load(database, say=lambda _line: None)
    first = demo.renew(database)
    assert first > 0
    assert demo.renew(database) == 0

    def uncovered(hours: int) -> set[str]:
        with database.read() as unit:
            pools = {pool.id: pool.name for pool in unit.session.exec(select(Pool))}
            on = list_on_duty(unit.session, pools.keys(), now=clock.now() + timedelta(hours=hours))
            return {name for pool_id, name in pools.items() if pool_id not in {each.pool_id for each in on}}

    assert [uncovered(hours) for hours in range(0, 13 * 24, 5)] == [set()] * len(range(0, 13 * 24, 5))
    clock.advance(minutes=9 * 24 * 60)
    assert demo.renew(database) > 0
    assert uncovered(12 * 24) == set()
    with database.read() as unit:
        rows = unit.session.exec(select(Shift.pool_id, Shift.starts_at)).all()
        assert len(rows) == len(set(rows))


def test_doctors_of_the_demo_keep_hours_a_person_can_and_somebody_works_by_night(database: Database) -> None:
    demo.load(database, say=lambda _line: None)
    with database.read() as unit:
        rules = unit.session.exec(select(AvailabilityRule)).all()
        worked = Counter[tuple[object, int]]()
        for rule in rules:
            worked[rule.resource_id, rule.weekday] += rule.end_minute - rule.start_minute
        assert max(worked.values()) <= 14 * 60
        by_night = {rule.weekday for rule in rules if rule.end_minute >= DAY_MINUTES + 6 * 60}
        assert by_night == set(range(7))
        assert unit.session.exec(select(OpeningHours)).first() is not None
