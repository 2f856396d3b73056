"""An agreed time given to another doctor is theirs at once, and they are told where they are else asked."""

from uuid import UUID

import pytest

from telehealth import wiring
from telehealth.duty import queries as duty
from telehealth.kit.db import Database, Unit
from telehealth.kit.events import Bus
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from tests.support.booking import BookingWorld, at, make_booking_world


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers: who is told hears of what moved."""
    return wiring.build_bus()


def ask(unit: Unit, world: BookingWorld) -> Appointment:
    return world.book(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0][0])


def told(unit: Unit, membership_id: UUID) -> list[str]:
    return [each.kind for each in duty.list_notices(unit.session, [membership_id])]


def give(unit: Unit, world: BookingWorld, row: Appointment) -> Appointment:
    to_id = world.doctors[1].ref
    return service.reassign(
        unit.session, world.nurse, row.id, doctor_membership_id=to_id, version=row.version, now=unit.now
    )


@pytest.mark.parametrize(("mode", "kinds"), [("doctor", ["appointment_given"]), ("auto", [])])
def test_a_doctor_is_told_of_what_they_were_given_unasked(
    database: Database, mode: str, kinds: list[str]
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, visits=1, accept_mode=mode)
        row = ask(unit, world)
        if mode == "doctor":
            row = service.accept(unit.session, world.doctors[0], row.id, version=row.version, now=unit.now)
        row = give(unit, world, row)
        assert (row.status, row.doctor_membership_id) == ("booked", world.doctors[1].ref)
        assert told(unit, world.doctors[1].ref) == kinds
        assert told(unit, world.doctors[0].ref) == []


def test_who_is_asked_and_who_keeps_it_are_not_told(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, visits=1, accept_mode="doctor")
        row = ask(unit, world)
        row = service.reschedule(
            unit.session,
            world.nurse,
            row.id,
            starts_at=at("09:50"),
            doctor_membership_id=world.doctors[1].ref,
            version=row.version,
            now=unit.now,
        )
        assert row.status == "requested"
        row = service.accept(unit.session, world.doctors[1], row.id, version=row.version, now=unit.now)
        service.reschedule(
            unit.session, world.nurse, row.id, starts_at=at("10:10"), version=row.version, now=unit.now
        )
        assert told(unit, world.doctors[1].ref) == []
