"""What was agreed with a doctor who is shut out, or who stops working: marked, told, listed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlmodel import col, select

from telehealth import wiring
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.duty.models import DutyNotice
from telehealth.facilities.models import Facility
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Unit
from telehealth.kit.events import Bus
from telehealth.kit.retries import run_write
from telehealth.scheduling import service
from telehealth.scheduling.errors import OutsideAvailabilityError
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import OverrideReason, Support
from telehealth.staff import service as staff
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Membership, Staff
from telehealth.staff.rules import Qualification, Role
from tests.support.booking import OFFICE_HOURS, TODAY, BookingWorld, at, make_booking_world, search
from tests.support.world import SINCE, make_doctor, make_member, make_specialty


@pytest.fixture
def bus() -> Bus:
    """Everybody who hears of it in the program."""
    return wiring.build_bus()


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=2, patients=2, visits=3, seats=2)


def book(
    unit: Unit, world: BookingWorld, clock: str, *, days: int = 0, patient: int = 0, doctor: int = 0
) -> Appointment:
    visit_id = world.visits[patient].pop()
    return world.book(
        unit.session, at(clock, days=days), now=unit.now, patient=patient, doctor=doctor, visit_id=visit_id
    )


def shut_out(unit: Unit, world: BookingWorld) -> None:
    staff.disable(unit.session, SYSTEM, world.doctors[0].ref, now=unit.now)


def let_in(unit: Unit, world: BookingWorld) -> None:
    staff.enable(unit.session, SYSTEM, world.doctors[0].ref, now=unit.now)


def stop(unit: Unit, world: BookingWorld, *, days: int) -> None:
    ref, on = world.doctors[0].ref, TODAY + timedelta(days=days)
    version = unit.session.get_one(Membership, ref).version
    staff.close_membership(unit.session, SYSTEM, ref, on=on, version=version, now=unit.now)


def notices(unit: Unit) -> set[object]:
    rows = unit.session.exec(select(DutyNotice).where(DutyNotice.kind == "hours_lost"))
    return {row.recipient_id for row in rows if row.seen_at is None}


def lead(unit: Unit, world: BookingWorld) -> MembershipActor:
    hospital = unit.session.get_one(Facility, world.doctors[0].here)
    return make_member(unit.session, hospital, role=Role.COORDINATOR, name="Trang")


def test_what_was_agreed_with_a_doctor_who_is_shut_out_is_marked_told_and_listed(
    unit: Unit, world: BookingWorld
) -> None:
    hit = book(unit, world, "09:30", days=3)
    other = book(unit, world, "09:30", days=3, patient=1, doctor=1)
    was = (hit.status, hit.version, hit.starts_at)
    coordinator = lead(unit, world)

    shut_out(unit, world)

    assert (hit.support, other.support) == ("unsupported", "supported")
    assert (hit.status, hit.version, hit.starts_at) == was
    assert notices(unit) == {world.nurse.here, world.doctors[0].ref, world.doctors[0].here}
    listed = service.list_stranded(unit.session, coordinator, now=unit.now)
    assert [row.id for row in listed] == [hit.id]

    let_in(unit, world)

    assert hit.support == "supported"
    assert notices(unit) == set()


def test_what_rests_on_no_hours_is_marked_too_and_is_as_it_was_once_the_doctor_is_back(
    unit: Unit, world: BookingWorld
) -> None:
    row = book(unit, world, "09:30", days=3)
    night = at("20:00", days=3)
    station = unit.session.get_one(Facility, world.nurse.here)
    coordinator = make_member(unit.session, station, role=Role.COORDINATOR, name="Sen")
    reason = OverrideReason.DOCTOR_AGREED
    service.override_move(
        unit.session, coordinator, row.id, starts_at=night, reason=reason, version=None, now=unit.now
    )
    assert row.support == Support.OVERRIDDEN
    shut_out(unit, world)
    assert row.support == Support.UNSUPPORTED
    let_in(unit, world)
    assert row.support == Support.OVERRIDDEN


def test_a_role_that_ends_ahead_strands_what_lies_behind_it_and_nothing_before(
    unit: Unit, world: BookingWorld
) -> None:
    before = book(unit, world, "09:30", days=2)
    behind = book(unit, world, "09:30", days=3)
    stop(unit, world, days=3)
    assert (before.support, behind.support) == ("supported", "unsupported")
    assert notices(unit) == {world.nurse.here, world.doctors[0].ref, world.doctors[0].here}
    stop(unit, world, days=1)
    assert before.support == "unsupported"


def test_a_doctor_who_moves_to_another_post_leaves_what_was_agreed_in_the_old_one_to_be_arranged(
    unit: Unit, world: BookingWorld
) -> None:
    row = book(unit, world, "09:30", days=3)
    doctor = unit.session.get_one(Membership, world.doctors[0].ref)
    post = staff.Post(
        facility_id=world.doctors[0].here,
        role=Role.DOCTOR,
        qualification=Qualification(doctor.qualification),
        title="BS.",
        licence_number="001",
    )
    on = TODAY + timedelta(days=2)
    staff.move(unit.session, SYSTEM, doctor.id, post, on=on, version=doctor.version, now=unit.now)
    assert row.support == "unsupported"


@pytest.mark.parametrize("end", [shut_out, lambda unit, world: stop(unit, world, days=0)])
def test_such_a_doctor_is_neither_found_nor_held_nor_given_a_time_past_the_hours(
    unit: Unit, world: BookingWorld, end: Callable[[Unit, BookingWorld], None]
) -> None:
    row = book(unit, world, "09:30", days=3, doctor=1)
    station = unit.session.get_one(Facility, world.nurse.here)
    coordinator = make_member(unit.session, station, role=Role.COORDINATOR, name="Sen")
    end(unit, world)
    slots = find_slots(unit.session, world.nurse, search(limit=500), now=unit.now)
    assert {slot.doctor_membership_id for slot in slots} == {world.doctors[1].ref}
    gone = world.doctors[0].ref
    with pytest.raises(OutsideAvailabilityError):
        world.hold(unit.session, at("09:30", days=4), now=unit.now, patient=1)
    with pytest.raises(OutsideAvailabilityError):
        service.override_move(
            unit.session,
            coordinator,
            row.id,
            starts_at=at("20:00", days=3),
            doctor_membership_id=gone,
            reason=OverrideReason.DOCTOR_AGREED,
            version=None,
            now=unit.now,
        )


def test_a_slot_held_before_is_not_booked_with_a_doctor_who_was_shut_out_since(
    unit: Unit, world: BookingWorld
) -> None:
    visit_id = world.visits[0].pop()
    held = world.hold(unit.session, at("09:30", days=3), now=unit.now, visit_id=visit_id)
    shut_out(unit, world)
    assert notices(unit) == set()
    with pytest.raises(OutsideAvailabilityError):
        service.confirm(unit.session, world.nurse, held.id, version=held.version, now=unit.now)
    let_in(unit, world)
    assert (
        service.confirm(unit.session, world.nurse, held.id, version=held.version, now=unit.now).status
        == "booked"
    )


def test_the_nearest_other_times_are_of_the_same_specialty(unit: Unit, world: BookingWorld) -> None:
    row = book(unit, world, "09:30", days=3)
    make_specialty(unit.session, "surgery", "Ngoại")
    hospital = unit.session.get_one(Facility, world.doctors[0].here)
    surgeon = make_doctor(unit.session, hospital, name="An Ngoại", specialties=("surgery",))
    resource = ensure_resource(unit.session, ResourceKind.DOCTOR, surgeon.ref, facility_id=hospital.id)
    add_weekly_hours(unit.session, resource, range(7), *OFFICE_HOURS, valid_from=SINCE)
    shut_out(unit, world)
    nearest = service.nearest_slots(unit.session, [row], now=unit.now)[row.id]
    assert {slot.doctor_membership_id for slot in nearest} == {world.doctors[1].ref}


@pytest.mark.databases("postgresql")  # on SQLite there is one writer
def test_nothing_is_booked_past_a_doctor_who_is_shut_out_at_that_moment(database: Database) -> None:
    rounds = 8
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=rounds, visits=rounds, seats=rounds)

    def run(start: Barrier, work: Callable[[Unit], object]) -> None:
        start.wait(timeout=30)
        with suppress(OutsideAvailabilityError):
            run_write(database, work)

    for number in range(rounds):
        start, visit_id, starts_at = Barrier(2), world.visits[0][number], at("09:30", days=number)

        def book_it(
            unit: Unit, number: int = number, visit_id: UUID = visit_id, at: datetime = starts_at
        ) -> None:
            world.book(unit.session, at, now=unit.now, doctor=number, visit_id=visit_id)

        def shut(unit: Unit, number: int = number) -> None:
            staff.disable(unit.session, SYSTEM, world.doctors[number].ref, now=unit.now)

        threads = [Thread(target=run, args=(start, work)) for work in (book_it, shut)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    with database.read() as unit:
        assert {row.support for row in unit.session.exec(select(Appointment))} <= {"unsupported"}
        shut_ones = unit.session.exec(select(Staff).where(col(Staff.disabled_at).is_not(None))).all()
        assert len(shut_ones) == rounds
