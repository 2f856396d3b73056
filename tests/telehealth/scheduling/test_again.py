"""What broke off is booked again ahead of the queue; an absence noted in error is taken back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from telehealth.access.queries import is_visible
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.scheduling import queries, service
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import AbortReason, AbsentParty
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.pools import ask_pool, make_pool


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=3, patients=3, seats=3, min_notice_minutes=240)


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def broken_off(unit: Unit, world: BookingWorld, wall: str = "13:30", **values: Any) -> Appointment:
    """Return an appointment that ran for ten minutes before the network failed."""
    booked = world.book(unit.session, at(wall), now=unit.now, **values)
    doctor = next(each for each in world.doctors if each.ref == booked.doctor_membership_id)
    service.start(unit.session, doctor, booked.id, now=at(wall))
    return service.abort(
        unit.session, doctor, booked.id, reason=AbortReason.NETWORK, now=at(wall) + timedelta(minutes=10)
    )


def rebook(unit: Unit, world: BookingWorld, old: Appointment, wall: str = "13:40") -> Appointment:
    return service.rebook(unit.session, world.nurse, old.id, version=old.version, now=at(wall))


def test_the_earliest_time_is_booked_at_once_without_notice(unit: Unit, world: BookingWorld) -> None:
    old = broken_off(unit, world)
    again = rebook(unit, world, old)
    assert (again.status, again.starts_at, again.priority) == ("booked", at("13:50"), "urgent")
    assert (again.replaces_id, again.visit_id) == (old.id, old.visit_id)
    assert again.doctor_membership_id == old.doctor_membership_id
    assert (again.id != old.id, again.ical_uid != old.ical_uid) == (True, True)
    assert [event.command for event in queries.list_events(unit.session, again)] == ["rebook"]
    assert is_visible(unit.session, world.doctors[0], old.patient_id, now=at("13:41"))


def test_a_colleague_of_the_specialty_goes_on_where_the_doctor_has_no_time(
    unit: Unit, world: BookingWorld
) -> None:
    world.book(unit.session, at("13:50"), now=unit.now, patient=1)
    again = rebook(unit, world, broken_off(unit, world))
    assert again.starts_at == at("13:50")
    assert again.doctor_membership_id in {world.doctors[1].ref, world.doctors[2].ref}


def test_of_a_pool_only_its_doctors_go_on(unit: Unit, world: BookingWorld) -> None:
    pool = make_pool(unit.session, world, [0, 1])
    booked = ask_pool(unit.session, world, pool, at("13:30"), now=unit.now)
    mine = next(each for each in world.doctors if each.ref == booked.doctor_membership_id)
    other = next(each for each in world.doctors[:2] if each is not mine)
    world.book(unit.session, at("13:50"), now=unit.now, patient=1, doctor_membership_id=mine.ref)
    service.start(unit.session, mine, booked.id, now=at("13:30"))
    service.abort(unit.session, mine, booked.id, reason=AbortReason.POWER, now=at("13:40"))
    again = rebook(unit, world, booked)
    assert (again.doctor_membership_id, again.pool_id) == (other.ref, pool.id)


def test_it_is_booked_again_once(unit: Unit, world: BookingWorld) -> None:
    old = broken_off(unit, world)
    rebook(unit, world, old)
    with refused("already-rebooked"):
        rebook(unit, world, old)


def test_what_did_not_break_off_is_not_booked_again(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("13:30"), now=unit.now)
    with refused("nothing-to-rebook"):
        rebook(unit, world, booked)


@pytest.mark.parametrize(
    ("party", "is_offered"), [(party, party is not AbsentParty.PATIENT) for party in AbsentParty]
)
def test_after_an_absence_only_the_blameless_patient_goes_ahead(
    unit: Unit, world: BookingWorld, party: AbsentParty, is_offered: bool
) -> None:
    booked = world.book(unit.session, at("13:30"), now=unit.now)
    service.note_absence(unit.session, world.nurse, booked.id, party=party, now=at("13:40"))
    if is_offered:
        assert rebook(unit, world, booked).replaces_id == booked.id
    else:
        with refused("nothing-to-rebook"):
            rebook(unit, world, booked)


def test_where_nobody_has_time_within_the_horizon_it_is_said(unit: Unit) -> None:
    world = make_booking_world(unit.session, hours=(("07:30", "09:00"),))
    old = broken_off(unit, world, "08:30")
    world.service.horizon_days = 0
    with refused("nobody-free"):
        rebook(unit, world, old, "08:55")


def noted_absent(unit: Unit, world: BookingWorld) -> Appointment:
    booked = world.book(unit.session, at("13:30"), now=unit.now)
    return service.note_absence(
        unit.session, world.nurse, booked.id, party=AbsentParty.PATIENT, now=at("13:40")
    )


def undo(unit: Unit, world: BookingWorld, absent: Appointment, wall: str = "13:50") -> Appointment:
    return service.undo_absence(unit.session, world.nurse, absent.id, version=absent.version, now=at(wall))


def test_an_absence_is_taken_back_and_the_time_claimed_again(unit: Unit, world: BookingWorld) -> None:
    back = undo(unit, world, noted_absent(unit, world))
    assert (back.status, back.no_show_party, back.version) == ("checked_in", None, 4)
    live = select(Claim).where(Claim.appointment_id == back.id, col(Claim.state) == "booked")
    assert len(unit.session.exec(live).all()) == 3
    assert is_visible(unit.session, world.doctors[0], back.patient_id, now=at("15:00", days=60))


def test_after_a_quarter_of_an_hour_it_stays(unit: Unit, world: BookingWorld) -> None:
    absent = noted_absent(unit, world)
    with refused("too-late-to-undo"):
        undo(unit, world, absent, "13:56")


def test_it_stays_where_the_time_has_gone_to_another(unit: Unit) -> None:
    world = make_booking_world(unit.session, patients=2, seats=2, min_notice_minutes=0, step_minutes=5)
    absent = noted_absent(unit, world)
    world.hold(unit.session, at("13:45"), now=at("13:41"), patient=1)
    with refused("slot-taken"):
        undo(unit, world, absent, "13:43")


def test_it_stays_where_the_visit_was_booked_again(unit: Unit, world: BookingWorld) -> None:
    absent = noted_absent(unit, world)
    world.book(unit.session, at("09:30", days=1), now=at("13:41"), visit_id=absent.visit_id)
    with refused("visit-has-appointment"):
        undo(unit, world, absent)


def test_what_was_no_absence_is_not_taken_back(unit: Unit, world: BookingWorld) -> None:
    with refused("invalid-transition"):
        undo(unit, world, world.book(unit.session, at("13:30"), now=unit.now))
