"""What a coordinator may do past the rules, and what nobody may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.scheduling import queries, service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import OverrideReason
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.world import make_member


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=2, patients=2, seats=2, accept_mode="doctor")


@pytest.fixture
def coordinator(unit: Unit, world: BookingWorld) -> MembershipActor:
    """Who arranges things where the patients are registered."""
    return make_member(unit.session, get_facility(unit.session, world.nurse.here), role=Role.COORDINATOR)


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def book(unit: Unit, world: BookingWorld, actor: MembershipActor, wall: str, **values: Any) -> Appointment:
    request = world.request(at(wall), **values)
    return service.override_book(
        unit.session, actor, request, reason=OverrideReason.URGENT_NEED, now=unit.now
    )


def move(unit: Unit, actor: MembershipActor, booked: Appointment, wall: str, **values: Any) -> Appointment:
    return service.override_move(
        unit.session,
        actor,
        booked.id,
        starts_at=at(wall),
        reason=OverrideReason.DOCTOR_AGREED,
        version=booked.version,
        now=unit.now,
        **values,
    )


def test_outside_hours_and_off_the_step_it_is_agreed_at_once_and_on_record(
    unit: Unit, world: BookingWorld, coordinator: MembershipActor
) -> None:
    booked = book(unit, world, coordinator, "12:05")
    assert (booked.status, booked.version, booked.starts_at) == ("booked", 1, at("12:05"))
    event = queries.list_events(unit.session, booked)[0]
    assert (event.command, event.reason, event.actor_ref) == ("override", "urgent_need", coordinator.ref)
    noted = unit.session.exec(select(AuditEntry).where(AuditEntry.subject_id == booked.id)).all()
    assert [(entry.action, entry.facts["reason"]) for entry in noted] == [
        ("appointment.override", "urgent_need")
    ]


def test_beyond_limits_an_appointment_is_moved_all_the_same(
    unit: Unit, coordinator: MembershipActor, world: BookingWorld
) -> None:
    world.service.late_minutes, world.service.reschedule_max = 1440, 0
    world.service.accept_mode = "auto"
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("too-late-to-move"):
        service.reschedule(
            unit.session, coordinator, booked.id, starts_at=at("10:30"), version=2, now=unit.now
        )
    moved = move(unit, coordinator, booked, "18:00", doctor_membership_id=world.doctors[1].ref)
    assert (moved.starts_at, moved.doctor_membership_id) == (at("18:00"), world.doctors[1].ref)
    assert (moved.version, moved.ical_sequence) == (3, 1)
    assert queries.list_events(unit.session, moved)[-1].reason == "doctor_agreed"


def test_never_into_what_is_taken(unit: Unit, world: BookingWorld, coordinator: MembershipActor) -> None:
    first = book(unit, world, coordinator, "12:05")
    with refused("slot-taken"):
        book(unit, world, coordinator, "12:20", patient=1)
    with refused("slot-taken"):
        book(unit, world, coordinator, "12:20", doctor=1)  # the same patient
    second = book(unit, world, coordinator, "12:25", patient=1)
    with refused("slot-taken"):
        move(unit, coordinator, second, "12:15")
    assert (first.starts_at, second.starts_at) == (at("12:05"), at("12:25"))


@pytest.mark.parametrize("wall", ["07:50", "12:03"], ids=["past", "off the grid"])
def test_not_in_the_past_nor_off_the_five_minutes(
    unit: Unit, world: BookingWorld, coordinator: MembershipActor, wall: str
) -> None:
    with refused("bad-override-time"):
        book(unit, world, coordinator, wall)


def test_not_within_a_second(unit: Unit, world: BookingWorld, coordinator: MembershipActor) -> None:
    """Lists go on behind whole seconds: a row within one would be listed again and again."""
    booked = book(unit, world, coordinator, "12:05")
    terms: dict[str, Any] = {"reason": OverrideReason.DOCTOR_AGREED, "version": None, "now": unit.now}
    with refused("bad-override-time"):
        service.override_move(
            unit.session, coordinator, booked.id, starts_at=at("12:30") + timedelta(milliseconds=500), **terms
        )


def test_a_doctor_is_named_and_can_be_asked(
    unit: Unit, world: BookingWorld, coordinator: MembershipActor
) -> None:
    with refused("doctor-or-pool"):
        book(unit, world, coordinator, "12:05", doctor_membership_id=None)
    with refused("outside-availability"):
        book(unit, world, coordinator, "12:05", doctor_membership_id=world.nurse.ref)


def test_one_appointment_for_a_visit(unit: Unit, world: BookingWorld, coordinator: MembershipActor) -> None:
    booked = book(unit, world, coordinator, "12:05")
    with refused("visit-has-appointment"):
        book(unit, world, coordinator, "18:05", visit_id=booked.visit_id)


def test_nobody_but_a_coordinator_and_only_within_their_scope(unit: Unit, world: BookingWorld) -> None:
    world.service.accept_mode = "auto"
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    for actor in (world.nurse, world.doctors[0]):
        with refused("not-allowed"):
            book(unit, world, actor, "12:05")
        with refused("not-allowed"):
            move(unit, actor, booked, "12:05")
    stranger = make_member(unit.session, role=Role.COORDINATOR)
    with refused("patient-not-found"):
        book(unit, world, stranger, "12:05")
    with refused("appointment-not-found"):
        move(unit, stranger, booked, "12:05")


def test_a_request_is_not_overridden_but_answered(
    unit: Unit, world: BookingWorld, coordinator: MembershipActor
) -> None:
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("invalid-transition"):
        move(unit, coordinator, asked, "12:05")
