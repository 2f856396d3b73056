"""A lease that ran out is over when it is over, though no tick has come to say so."""

from datetime import timedelta

import pytest

from telehealth.calls.events import CallStarted
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import publish
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.service import start
from telehealth.urgent import queries, service
from telehealth.urgent.models import UrgentRequest
from tests.support.urgent import LEASE, UrgentWorld, make_urgent_world


@pytest.fixture
def world(unit: Unit) -> UrgentWorld:
    return make_urgent_world(unit.session, now=unit.now, patients=2)


@pytest.fixture
def lost(unit: Unit, world: UrgentWorld) -> UrgentRequest:
    """A request whose doctor did not come; `late` is when that is so."""
    request = world.press(unit.session, now=unit.now)
    return service.accept(unit.session, world.doctors[0][0], request.id, now=unit.now)


LATE = timedelta(seconds=LEASE)


def test_whoever_comes_too_late_starts_nothing(unit: Unit, world: UrgentWorld, lost: UrgentRequest) -> None:
    doctor, appointment_id = world.doctors[0][0], lost.appointment_id
    assert appointment_id is not None
    savepoint = unit.session.begin_nested()
    with pytest.raises(DomainError, match="lease-lost"):
        start(unit.session, doctor, appointment_id, now=unit.now + LATE)
    savepoint.rollback()
    with pytest.raises(DomainError, match="lease-lost"):
        service.attend(unit.session, doctor, appointment_id, now=unit.now + LATE)
    assert (lost.state, unit.session.get_one(Appointment, appointment_id).status) == ("claimed", "booked")
    start(unit.session, doctor, appointment_id, now=unit.now + LATE - timedelta(seconds=1))
    assert lost.state == "in_call"


def test_a_socket_that_comes_too_late_breaks_no_room_and_begins_no_call(
    unit: Unit, world: UrgentWorld, lost: UrgentRequest
) -> None:
    appointment_id = lost.appointment_id
    assert appointment_id is not None
    doctor = world.doctors[0][0]
    came = CallStarted(room_id=new_id(), appointment_id=appointment_id, visit_id=lost.visit_id, by=doctor.ref)
    publish(unit.session, came, now=unit.now + LATE)
    assert (lost.state, unit.session.get_one(Appointment, appointment_id).status) == ("claimed", "booked")


def test_the_next_one_has_it_without_a_tick(unit: Unit, world: UrgentWorld, lost: UrgentRequest) -> None:
    first, second = world.doctors[0]
    was = lost.appointment_id
    with pytest.raises(DomainError, match="urgent-taken"):
        service.accept(unit.session, second, lost.id, now=unit.now + LATE - timedelta(seconds=1))
    service.accept(unit.session, second, lost.id, now=unit.now + LATE)
    assert (lost.state, lost.owner_id, lost.lease_token) == ("claimed", second.ref, 2)
    assert lost.lease_until == unit.now + 2 * LATE
    assert unit.session.get_one(Appointment, was).status == "cancelled"
    kinds = [event.kind for event in queries.list_events(unit.session, lost.id)]
    assert kinds[kinds.index("lease_lost") :][-1] == "accepted"
    with pytest.raises(DomainError, match="lease-lost"):
        service.release(unit.session, first, lost.id, token=1, now=unit.now + LATE)


def test_whoever_was_late_may_accept_it_anew_with_a_new_token(
    unit: Unit, world: UrgentWorld, lost: UrgentRequest
) -> None:
    doctor, was = world.doctors[0][0], lost.appointment_id
    service.accept(unit.session, doctor, lost.id, now=unit.now + LATE)
    assert (lost.owner_id, lost.lease_token) == (doctor.ref, 2)
    assert lost.appointment_id != was


@pytest.mark.parametrize("takes_next", [False, True])
def test_what_one_came_too_late_for_keeps_one_from_no_other(
    unit: Unit, world: UrgentWorld, lost: UrgentRequest, takes_next: bool
) -> None:
    doctor, now = world.doctors[0][0], unit.now + LATE
    other = world.press(unit.session, now=unit.now, visit=1)
    if takes_next:
        taken = service.accept_next(unit.session, doctor, now=now)
        assert taken is lost, "it rings again, in its place"
        assert lost.lease_token == 2
    else:
        service.accept(unit.session, doctor, other.id, now=now)
        assert (lost.state, lost.owner_id, other.owner_id) == ("waiting", None, doctor.ref)


def test_a_refusal_takes_back_what_was_settled_on_the_way(
    unit: Unit, world: UrgentWorld, lost: UrgentRequest
) -> None:
    second, now = world.doctors[0][1], unit.now + LATE
    other = world.press(unit.session, now=now, visit=1)
    service.accept(unit.session, second, other.id, now=now)
    with pytest.raises(DomainError, match="urgent-one-at-a-time"):
        service.accept(unit.session, second, lost.id, now=now)
    unit.session.refresh(lost)
    assert (lost.state, lost.owner_id) == ("claimed", world.doctors[0][0].ref)
