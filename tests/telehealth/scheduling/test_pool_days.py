"""Pools whose doctors come and go: what the search offers on a day is what can be held on that day."""

from datetime import datetime, timedelta

import pytest

from telehealth.duty.models import Pool
from telehealth.duty.service import add_member, add_pool
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.scheduling import service
from telehealth.scheduling.errors import SlotTakenError
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.pools import list_stand_ins
from telehealth.scheduling.rules import CancelReason
from telehealth.staff.models import Membership
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world, search
from tests.support.world import SINCE


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=2, hours=(("09:30", "10:30"),))


@pytest.fixture
def pool(unit: Unit, world: BookingWorld) -> Pool:
    return add_pool(unit.session, world.doctors[0].here, "Nội", now=unit.now)


def offered(unit: Unit, world: BookingWorld, pool: Pool) -> set[datetime]:
    """Search five days, and hold each start that is offered: every one can be had, and has its doctor."""
    wanted = search(pool_id=pool.id, limit=1000, days=5)
    found = {slot.starts_at for slot in find_slots(unit.session, world.nurse, wanted, now=unit.now)}
    for starts_at in sorted(found):
        assert hold(unit, world, pool, starts_at) == world.doctors[1].ref
    return found


def hold(unit: Unit, world: BookingWorld, pool: Pool, starts_at: datetime) -> object:
    request = world.request(starts_at, doctor_membership_id=None, pool_id=pool.id)
    held = service.hold(unit.session, world.nurse, request, now=unit.now)
    # The same form again is answered with what the pool chose.
    assert service.hold(unit.session, world.nurse, request, now=unit.now).id == held.id
    service.release(unit.session, world.nurse, held.id, now=unit.now)
    return held.doctor_membership_id


def test_a_doctor_who_joins_the_pool_later_is_booked_from_then_on(
    unit: Unit, world: BookingWorld, pool: Pool
) -> None:
    add_member(unit.session, pool, world.doctors[1].ref, on=TODAY + timedelta(days=2))
    assert min(offered(unit, world, pool)) == at("09:30", days=2)
    with pytest.raises(SlotTakenError):
        hold(unit, world, pool, at("09:30", days=1))


def test_a_doctor_whose_work_begins_later_is_booked_from_then_on(
    unit: Unit, world: BookingWorld, pool: Pool
) -> None:
    unit.session.get_one(Membership, world.doctors[1].ref).valid_from = TODAY + timedelta(days=3)
    add_member(unit.session, pool, world.doctors[1].ref, on=SINCE)
    assert min(offered(unit, world, pool)) == at("09:30", days=3)
    with pytest.raises(SlotTakenError):
        hold(unit, world, pool, at("09:30", days=2))


def test_a_doctor_who_leaves_the_pool_is_not_booked_after_that(
    unit: Unit, world: BookingWorld, pool: Pool
) -> None:
    member = add_member(unit.session, pool, world.doctors[1].ref, on=SINCE)
    member.left_on = TODAY + timedelta(days=2)
    assert max(offered(unit, world, pool)) < at("00:00", days=2)
    with pytest.raises(DomainError):
        hold(unit, world, pool, at("09:30", days=2))


def test_who_begins_before_the_day_can_stand_in_on_it(unit: Unit, world: BookingWorld) -> None:
    unit.session.get_one(Membership, world.doctors[1].ref).valid_from = TODAY + timedelta(days=3)
    early = world.book(unit.session, at("09:30", days=2), now=unit.now)
    assert list_stand_ins(unit.session, early, now=unit.now) == []
    service.cancel(
        unit.session,
        world.nurse,
        early.id,
        reason=CancelReason.PATIENT_ASKED,
        version=early.version,
        now=unit.now,
    )
    late = world.book(unit.session, at("09:30", days=3), now=unit.now)
    assert list_stand_ins(unit.session, late, now=unit.now) == [world.doctors[1].ref]
