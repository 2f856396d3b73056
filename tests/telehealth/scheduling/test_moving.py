"""Another time or another doctor for the same appointment: what follows, what stays, what is refused."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from telehealth.access.queries import is_visible
from telehealth.facilities.queries import get_facility
from telehealth.kit.changes import Change
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus
from telehealth.scheduling import queries, service
from telehealth.scheduling.events import AppointmentMoved
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import CancelReason, Support
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.pools import ask_pool, make_pool
from tests.support.world import make_member


@pytest.fixture
def published() -> list[Any]:
    return []


@pytest.fixture
def bus(published: list[Any]) -> Bus:
    bus = Bus()
    bus.subscribe(AppointmentMoved, lambda _session, event, _now: published.append(event))
    return bus


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=3, patients=3, seats=2)


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def live_starts(session: Session, appointment: Appointment) -> set[int]:
    query = select(Claim.busy_start).where(
        Claim.appointment_id == appointment.id, col(Claim.state) == "booked"
    )
    return set(session.exec(query))


def move(unit: Unit, world: BookingWorld, booked: Appointment, clock: str, **values: Any) -> Appointment:
    values.setdefault("version", booked.version)
    return service.reschedule(
        unit.session, world.nurse, booked.id, starts_at=at(clock), now=unit.now, **values
    )


def test_a_moved_appointment_is_the_same_one_at_another_time(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    before = (booked.id, booked.code, booked.ical_uid, booked.visit_id)
    moved = move(unit, world, booked, "10:30")
    assert (moved.id, moved.code, moved.ical_uid, moved.visit_id) == before
    assert (moved.status, moved.version, moved.ical_sequence) == ("booked", 3, 1)
    assert (moved.starts_at, moved.ends_at) == (at("10:30"), at("10:50"))
    assert live_starts(unit.session, moved) == {int(at("10:30").timestamp())}
    told = queries.list_events(unit.session, moved)[-1]
    assert (told.command, told.data["was_starts_at"]) == ("reschedule", "2026-11-23T02:30:00+00:00")
    assert [(event.was_starts_at, event.starts_at, event.is_agreed) for event in published] == [
        (at("09:30"), at("10:30"), True)
    ]


def test_it_may_move_over_its_own_time(unit: Unit) -> None:
    world = make_booking_world(unit.session, step_minutes=10)
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    assert move(unit, world, booked, "09:40").starts_at == at("09:40")
    assert live_starts(unit.session, booked) == {int(at("09:40").timestamp())}


def test_its_own_time_asked_for_again_changes_nothing(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    assert move(unit, world, booked, "09:30").version == 2


def test_the_old_time_is_free_at_once(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    move(unit, world, booked, "10:30")
    assert world.book(unit.session, at("09:30"), now=unit.now).status == "booked"


def test_another_doctor_comes_with_the_new_time_and_the_right_goes_along(
    unit: Unit, world: BookingWorld
) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    patient, (old, new, _) = booked.patient_id, world.doctors
    move(unit, world, booked, "10:30", doctor_membership_id=new.ref)
    assert not is_visible(unit.session, old, patient, now=unit.now)
    assert is_visible(unit.session, new, patient, now=unit.now)
    told = set(unit.session.exec(select(Change.scope_id).where(Change.subject_id == booked.id)))
    assert told >= {world.nurse.here, old.ref, new.ref}


@pytest.mark.parametrize(
    ("wall", "code"),
    [("10:30", "slot-taken"), ("12:10", "outside-availability"), ("08:05", "outside-availability")],
)
def test_a_refused_move_changes_nothing(database: Database, wall: str, code: str) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=1, patients=2, seats=2)
        booked = world.book(unit.session, at("09:30"), now=unit.now)
        world.book(unit.session, at("10:30"), now=unit.now, patient=1)
    with database.write() as unit, refused(code):
        move(unit, world, booked, wall)
    with database.read() as unit:
        row = queries.get_by_id(unit.session, booked.id)
        assert row.model_dump() == booked.model_dump()
        assert live_starts(unit.session, row) == {int(at("09:30").timestamp())}
        assert [event.command for event in queries.list_events(unit.session, row)] == ["hold", "confirm"]


def test_a_taken_time_comes_with_three_others(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    world.book(unit.session, at("10:30"), now=unit.now, patient=1)
    with refused("slot-taken") as caught:
        move(unit, world, booked, "10:30")
    assert [slot.starts_at for slot in caught.value.alternatives] == [at("10:50"), at("11:10"), at("13:30")]


def test_a_stale_version_moves_nothing(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("stale-version"):
        move(unit, world, booked, "10:30", version=1)


def test_it_moves_as_often_as_its_service_allows(unit: Unit) -> None:
    world = make_booking_world(unit.session, reschedule_max=1)
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    move(unit, world, booked, "10:30")
    with refused("moved-too-often"):
        move(unit, world, booked, "10:50")


def test_what_begins_soon_is_not_moved(unit: Unit) -> None:
    world = make_booking_world(unit.session, late_minutes=120)
    soon = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("too-late-to-move"):
        move(unit, world, soon, "10:30")


def test_what_the_hours_no_longer_hold_moves_however_late_and_does_not_count(unit: Unit) -> None:
    world = make_booking_world(unit.session, reschedule_max=1, late_minutes=120)
    soon = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("too-late-to-move"):
        move(unit, world, soon, "13:30")
    soon.support = Support.UNSUPPORTED
    assert move(unit, world, soon, "13:30").support == Support.SUPPORTED
    move(unit, world, soon, "13:50")
    with refused("moved-too-often"):
        move(unit, world, soon, "14:10")
    soon.support = Support.UNSUPPORTED
    assert move(unit, world, soon, "14:10").starts_at == at("14:10")


def test_what_is_over_is_not_moved(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    service.cancel(
        unit.session,
        world.nurse,
        booked.id,
        reason=CancelReason.PATIENT_ASKED,
        version=booked.version,
        now=unit.now,
    )
    with refused("invalid-transition"):
        move(unit, world, booked, "10:30")


def test_a_doctor_moves_nothing_and_a_strange_station_finds_nothing(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("not-allowed"):
        service.reschedule(
            unit.session, world.doctors[0], booked.id, starts_at=at("10:30"), version=2, now=unit.now
        )
    with refused("appointment-not-found"):
        service.reschedule(
            unit.session, make_member(unit.session), booked.id, starts_at=at("10:30"), version=2, now=unit.now
        )


def test_a_time_is_given_to_another_doctor(unit: Unit, world: BookingWorld, published: list[Any]) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    moved = service.reassign(
        unit.session,
        world.nurse,
        booked.id,
        doctor_membership_id=world.doctors[1].ref,
        version=booked.version,
        now=unit.now,
    )
    assert (moved.starts_at, moved.doctor_membership_id) == (at("09:30"), world.doctors[1].ref)
    assert (moved.version, moved.ical_sequence) == (3, 1)
    assert not is_visible(unit.session, world.doctors[0], booked.patient_id, now=unit.now)
    assert [event.was_doctor_membership_id for event in published] == [world.doctors[0].ref]


def test_a_time_is_given_on_minutes_before_it_begins(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    moved = service.reassign(
        unit.session,
        world.nurse,
        booked.id,
        doctor_membership_id=world.doctors[1].ref,
        version=booked.version,
        now=at("09:29"),
    )
    assert moved.doctor_membership_id == world.doctors[1].ref


def test_the_house_of_the_doctor_arranges_what_it_may_not_read(unit: Unit, world: BookingWorld) -> None:
    """A coordinator of the hospital gives a time to a colleague without a right to the patient's data."""
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    house = get_facility(unit.session, world.doctors[0].here)
    coordinator = make_member(unit.session, house, role=Role.COORDINATOR)
    with refused("appointment-not-found"):
        queries.get_appointment(unit.session, coordinator, booked.id, now=unit.now)
    moved = service.reassign(
        unit.session,
        coordinator,
        booked.id,
        doctor_membership_id=world.doctors[2].ref,
        version=booked.version,
        now=unit.now,
    )
    assert moved.doctor_membership_id == world.doctors[2].ref
    assert not is_visible(unit.session, coordinator, booked.patient_id, now=unit.now)


def test_the_pool_chooses_who_takes_over(unit: Unit, world: BookingWorld) -> None:
    pool = make_pool(unit.session, world, [0, 1])
    booked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now)
    first = booked.doctor_membership_id
    moved = service.reassign(unit.session, world.nurse, booked.id, version=booked.version, now=unit.now)
    assert {first, moved.doctor_membership_id} == {world.doctors[0].ref, world.doctors[1].ref}
    assert queries.list_events(unit.session, moved)[-1].data["pool"] == str(pool.id)
    world.book(unit.session, at("09:30"), now=unit.now, patient=1, doctor_membership_id=first)
    with refused("nobody-free"):
        service.reassign(unit.session, world.nurse, booked.id, version=moved.version, now=unit.now)


def test_without_a_pool_somebody_must_be_named(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("doctor-or-pool"):
        service.reassign(unit.session, world.nurse, booked.id, version=booked.version, now=unit.now)


def test_a_cancelled_appointment_says_whether_it_was_late(unit: Unit) -> None:
    world = make_booking_world(unit.session, patients=2, seats=2, doctors=2, late_minutes=60)
    for number, (clock, is_late) in enumerate((("08:30", True), ("10:30", False))):
        booked = world.book(unit.session, at(clock), now=unit.now, patient=number)
        service.cancel(
            unit.session,
            world.nurse,
            booked.id,
            reason=CancelReason.PATIENT_ASKED,
            version=booked.version,
            now=unit.now,
        )
        assert queries.list_events(unit.session, booked)[-1].data["is_late"] is is_late
        assert booked.ical_sequence == 1
