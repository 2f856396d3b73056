"""A person with two records is rung for once, under whichever of them the station presses."""

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.patients.service import merge
from telehealth.urgent import queries, service
from telehealth.urgent.models import UrgentRing
from telehealth.urgent.rules import DeclineReason
from telehealth.visits.models import Visit
from tests.support.urgent import UrgentWorld, make_urgent_world


@pytest.fixture
def world(unit: Unit) -> UrgentWorld:
    """Two visits of two records, the first of which is merged into the second by `join`."""
    return make_urgent_world(unit.session, now=unit.now, patients=2)


def join(unit: Unit, world: UrgentWorld) -> None:
    merged, kept = (unit.session.get_one(Visit, each).patient_id for each in world.visits)
    reason = "cùng một người, đăng ký hai lần"
    merge(unit.session, world.nurse, kept_id=kept, merged_id=merged, reason=reason, now=unit.now)
    unit.session.flush()


@pytest.mark.parametrize(("first", "then"), [(0, 1), (1, 0)])
def test_a_person_is_rung_for_once(unit: Unit, world: UrgentWorld, first: int, then: int) -> None:
    rung = world.press(unit.session, now=unit.now, visit=first)
    join(unit, world)
    with pytest.raises(DomainError, match="urgent-already-open"):
        world.press(unit.session, now=unit.now, visit=then)
    patient = unit.session.get_one(Visit, world.visits[then]).patient_id
    assert queries.find_live_of(unit.session, patient) == rung
    assert queries.find_open_of(unit.session, patient) == rung


def test_a_case_of_one_record_waits_while_the_other_is_rung_for(unit: Unit, world: UrgentWorld) -> None:
    case = world.press(unit.session, now=unit.now, visit=0)
    doctors = [each for level in world.doctors for each in level]
    for each in doctors:
        if case.state == "waiting":
            service.decline(unit.session, each, case.id, reason=DeclineReason.NOT_HERE, now=unit.now)
    ring = unit.session.get_one(UrgentRing, (case.id, doctors[0].ref))
    ring.declined_at = ring.reason = None
    join(unit, world)
    assert queries.list_ringing(unit.session, doctors[0]) == [case]
    rung = world.press(unit.session, now=unit.now, visit=1)
    assert queries.list_ringing(unit.session, doctors[0]) == [rung]
    with pytest.raises(DomainError, match="urgent-already-open"):
        service.ring_again(unit.session, world.nurse, case.id, now=unit.now)
    with pytest.raises(DomainError, match="urgent-taken"):
        service.accept(unit.session, doctors[0], case.id, now=unit.now)
