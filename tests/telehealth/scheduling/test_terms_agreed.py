"""A service gets other terms: what is held, asked or agreed keeps its length and buffers wherever it goes."""

from datetime import timedelta
from typing import Any

import pytest

from telehealth.availability.queries import get_service
from telehealth.availability.schemas import BookingTerms
from telehealth.availability.service import set_terms
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Unit
from telehealth.scheduling import service
from telehealth.scheduling.finding import list_days
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import agreed_terms
from telehealth.scheduling.rules import RejectReason
from telehealth.scheduling.slots import Standing
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.pools import ask_pool, make_pool
from tests.support.world import make_member

TWENTY = timedelta(minutes=20)


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=3, buffer_after_minutes=5)


def change_terms(unit: Unit, world: BookingWorld, **new: int) -> None:
    house = get_facility(unit.session, world.doctors[0].here)
    lead = make_member(unit.session, house, role=Role.COORDINATOR)
    row = get_service(unit.session, "standard")
    kept: dict[str, Any] = {name: getattr(row, name) for name in BookingTerms.model_fields}
    set_terms(
        unit.session, lead, row.code, BookingTerms(**{**kept, **new}), version=row.version, now=unit.now
    )


def length(row: Appointment) -> timedelta:
    return row.ends_at - row.starts_at


def test_another_doctor_has_as_long(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    change_terms(unit, world, duration_minutes=40, buffer_after_minutes=0)
    doctor = world.doctors[1].ref
    moved = service.reassign(
        unit.session, world.nurse, booked.id, doctor_membership_id=doctor, version=2, now=unit.now
    )
    terms = agreed_terms(unit.session, [moved])[moved.id]
    assert (length(moved), terms.after) == (TWENTY, 5)


def test_a_time_between_the_new_steps_or_behind_the_new_horizon_is_kept(
    unit: Unit, world: BookingWorld
) -> None:
    booked = world.book(unit.session, at("09:50", days=9), now=unit.now)
    change_terms(unit, world, step_minutes=60, horizon_days=7)
    doctor = world.doctors[1].ref
    moved = service.reassign(
        unit.session, world.nurse, booked.id, doctor_membership_id=doctor, version=2, now=unit.now
    )
    assert (moved.starts_at, moved.doctor_membership_id) == (at("09:50", days=9), doctor)


def test_who_is_asked_next_is_asked_for_as_long(unit: Unit, world: BookingWorld) -> None:
    world.service.accept_mode = "doctor"
    pool = make_pool(unit.session, world, [0, 1])
    asked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now)
    change_terms(unit, world, duration_minutes=40)
    doctor = next(each for each in world.doctors if each.ref == asked.doctor_membership_id)
    passed = service.reject(
        unit.session, doctor, asked.id, reason=RejectReason.NOT_FREE, version=asked.version, now=unit.now
    )
    assert (passed.status, length(passed)) == ("requested", TWENTY)


def test_every_other_time_that_is_offered_can_be_had(unit: Unit, world: BookingWorld) -> None:
    """Invariant 10 for a time that moves: it is looked for by the terms it is moved by."""
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    change_terms(unit, world, duration_minutes=10, buffer_after_minutes=0, step_minutes=10)
    wanted = search(days=0, patient_id=booked.patient_id, besides=booked.id, limit=1000)
    days = list_days(unit.session, world.nurse, wanted, now=unit.now)
    free = [each.slot for day in days for each in day.starts if each.standing is Standing.FREE]
    assert {slot.ends_at - slot.starts_at for slot in free} == {TWENTY}
    assert free[-1].starts_at == at("16:10"), "twenty minutes before the end of the hours"
    last = free[-1]
    moved = service.reschedule(
        unit.session,
        world.nurse,
        booked.id,
        starts_at=last.starts_at,
        doctor_membership_id=last.doctor_membership_id,
        version=2,
        now=unit.now,
    )
    assert (moved.starts_at, length(moved)) == (last.starts_at, TWENTY)


def test_what_comes_new_takes_as_long_as_is_said_now(unit: Unit, world: BookingWorld) -> None:
    change_terms(unit, world, duration_minutes=40)
    assert length(world.book(unit.session, at("09:30"), now=unit.now)) == 2 * TWENTY
