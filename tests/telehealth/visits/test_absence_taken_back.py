"""An absence is taken back: the visit and its doctor belong together again, or it stays."""

import pytest

from telehealth import wiring
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty, CancelReason
from telehealth.visits.models import Visit
from telehealth.visits.service import withdraw
from tests.support.booking import BookingWorld, at, make_booking_world


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, visits=1)


@pytest.fixture
def absent(unit: Unit, world: BookingWorld) -> Appointment:
    visit = world.visits[0][0]
    booked = world.book(unit.session, at("13:30"), now=unit.now, visit_id=visit)
    party = AbsentParty.PATIENT
    return scheduling.note_absence(unit.session, world.nurse, booked.id, party=party, now=at("13:40"))


def undo(unit: Unit, world: BookingWorld, absent: Appointment) -> Appointment:
    return scheduling.undo_absence(unit.session, world.nurse, absent.id, version=None, now=at("13:50"))


def test_of_a_visit_that_was_closed_since_it_stays(
    unit: Unit, world: BookingWorld, absent: Appointment
) -> None:
    """The patient was checked in again for a visit nobody could write any more."""
    withdraw(unit.session, world.nurse, absent.visit_id, reason="không đến", now=at("13:41"))
    with pytest.raises(DomainError, match="visit-closed"):
        undo(unit, world, absent)


def test_the_doctor_has_the_visit_again_though_another_time_was_agreed_between(
    unit: Unit, world: BookingWorld, absent: Appointment
) -> None:
    """Another time was booked and called off: the visit stayed nobody's, not to be written."""
    session, now = unit.session, at("13:41")
    other = world.book(session, at("15:30"), now=now, visit_id=absent.visit_id)
    reason = CancelReason.BOOKED_BY_MISTAKE
    scheduling.cancel(session, world.nurse, other.id, reason=reason, version=None, now=now)
    visit = session.get_one(Visit, absent.visit_id)
    assert visit.doctor_membership_id is None

    back = undo(unit, world, absent)

    assert (visit.appointment_id, visit.doctor_membership_id) == (back.id, world.doctors[0].ref)


def test_a_visit_that_was_theirs_all_the_time_is_not_changed(
    unit: Unit, world: BookingWorld, absent: Appointment
) -> None:
    before = unit.session.get_one(Visit, absent.visit_id).version
    undo(unit, world, absent)
    assert unit.session.get_one(Visit, absent.visit_id).version == before
