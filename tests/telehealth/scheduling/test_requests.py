"""Requests that somebody has to accept: answered, passed on, escalated, given up."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from telehealth.access.queries import is_visible
from telehealth.duty.models import Pool
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus
from telehealth.scheduling import jobs, queries, service
from telehealth.scheduling.events import (
    AppointmentBooked,
    AppointmentDeclined,
    AppointmentMoved,
    AppointmentRequested,
)
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import CancelReason, RejectReason, Support
from telehealth.scheduling.service import expiry
from telehealth.staff import service as staff
from telehealth.staff.actors import MembershipActor
from telehealth.staff.events import StaffDisabled
from telehealth.staff.queries import specialties_of
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.broken import unwritable
from tests.support.clock import FixedClock
from tests.support.pools import ask_pool, make_pool
from tests.support.world import make_member

ASKED = {"accept_mode": "doctor", "respond_minutes": 60}


@pytest.fixture
def published() -> list[Any]:
    return []


@pytest.fixture
def bus(published: list[Any]) -> Bus:
    bus = Bus()
    for fact in (AppointmentRequested, AppointmentBooked, AppointmentMoved, AppointmentDeclined):
        bus.subscribe(fact, lambda _session, event, _now: published.append(event))
    return bus


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=4, patients=3, seats=3, **ASKED)


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def doctor_of(world: BookingWorld, appointment: Appointment) -> MembershipActor:
    return next(each for each in world.doctors if each.ref == appointment.doctor_membership_id)


def claims(unit: Unit, appointment: Appointment) -> list[Claim]:
    query = select(Claim).where(Claim.appointment_id == appointment.id, col(Claim.state) != "released")
    return list(unit.session.exec(query))


def reject(
    unit: Unit, world: BookingWorld, asked: Appointment, reason: RejectReason = RejectReason.NOT_FREE
) -> Appointment:
    return service.reject(
        unit.session, doctor_of(world, asked), asked.id, reason=reason, version=asked.version, now=unit.now
    )


def test_a_confirmed_hold_waits_for_its_doctor_and_blocks_the_time(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    assert (asked.status, asked.respond_by) == ("requested", unit.now + timedelta(minutes=60))
    assert {claim.state for claim in claims(unit, asked)} == {"booked"}
    assert is_visible(unit.session, world.doctors[0], asked.patient_id, now=unit.now)
    assert [type(event) for event in published] == [AppointmentRequested]
    with refused("slot-taken"):
        world.hold(unit.session, at("09:30"), now=unit.now, patient=1)


def test_it_is_to_be_answered_before_it_begins(unit: Unit, world: BookingWorld) -> None:
    asked = world.book(unit.session, at("08:30"), now=unit.now)
    assert asked.respond_by == at("08:30")


def test_the_doctor_accepts(unit: Unit, world: BookingWorld, published: list[Any]) -> None:
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    booked = service.accept(unit.session, world.doctors[0], asked.id, version=asked.version, now=unit.now)
    assert (booked.status, booked.respond_by, booked.version) == ("booked", None, 3)
    assert [type(event) for event in published] == [AppointmentRequested, AppointmentBooked]
    with refused("invalid-transition"):
        service.accept(unit.session, world.doctors[0], asked.id, version=booked.version, now=unit.now)


def test_nobody_else_accepts(unit: Unit, world: BookingWorld) -> None:
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    house = get_facility(unit.session, world.doctors[0].here)
    station = get_facility(unit.session, world.nurse.here)
    for actor, code in (
        (world.nurse, "not-allowed"),
        (world.doctors[1], "appointment-not-found"),
        (make_member(unit.session, station, role=Role.COORDINATOR), "not-allowed"),
        (make_member(unit.session, role=Role.COORDINATOR), "appointment-not-found"),
    ):
        with refused(code):
            service.accept(unit.session, actor, asked.id, version=asked.version, now=unit.now)
    coordinator = make_member(unit.session, house, role=Role.COORDINATOR)
    assert [each.id for each in queries.list_requests(unit.session, coordinator)] == [asked.id]
    accepted = service.accept(unit.session, coordinator, asked.id, version=asked.version, now=unit.now)
    assert accepted.status == "booked"


def test_where_coordinators_accept_the_doctor_does_not(unit: Unit) -> None:
    world = make_booking_world(unit.session, accept_mode="coordinator")
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("not-allowed"):
        service.accept(unit.session, world.doctors[0], asked.id, version=asked.version, now=unit.now)


def test_rejected_by_the_only_doctor_it_is_rejected(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    over = reject(unit, world, asked)
    assert (over.status, over.cancel_reason, claims(unit, over)) == ("rejected", "not_free", [])
    assert not is_visible(unit.session, world.doctors[0], over.patient_id, now=unit.now)
    assert published[-1].reason == "not_free"


def test_the_next_of_the_pool_is_asked_for_the_same_time(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    pool = make_pool(unit.session, world, [0, 1, 2], respond_minutes=30)
    asked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now)
    first = doctor_of(world, asked)
    passed = reject(unit, world, asked)
    assert (passed.status, passed.starts_at, passed.version) == ("requested", at("09:30"), 3)
    assert passed.doctor_membership_id != first.ref
    assert len(claims(unit, passed)) == 3
    assert not is_visible(unit.session, first, passed.patient_id, now=unit.now)
    assert is_visible(unit.session, doctor_of(world, passed), passed.patient_id, now=unit.now)
    assert isinstance(published[-1], AppointmentMoved)
    assert not published[-1].is_agreed
    # The first doctor's time is free again at once, and nobody is asked twice.
    assert world.hold(unit.session, at("09:30"), now=unit.now, patient=1, doctor_membership_id=first.ref)
    seen = {first.ref, passed.doctor_membership_id}
    third = reject(unit, world, passed)
    assert third.doctor_membership_id not in seen
    assert reject(unit, world, third).status == "rejected"


def two_pools(unit: Unit, world: BookingWorld, **terms: Any) -> tuple[Pool, Pool]:
    upper = make_pool(unit.session, world, [2, 3], name="Trên", respond_minutes=45)
    lower = make_pool(unit.session, world, [0, 1], respond_minutes=30, escalates_to=upper.id, **terms)
    return lower, upper


def test_unanswered_it_goes_up_a_level_at_the_same_time(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    lower, upper = two_pools(unit, world)
    asked = ask_pool(unit.session, world, lower, at("09:30"), now=unit.now)
    before = asked.doctor_membership_id
    unchanged = service.escalate(unit.session, asked.id, now=unit.now + timedelta(minutes=29))
    assert unchanged.version == 2
    later = unit.now + timedelta(minutes=30)
    up = service.escalate(unit.session, asked.id, now=later)
    assert (up.status, up.pool_id, up.starts_at) == ("requested", upper.id, at("09:30"))
    assert up.respond_by == later + timedelta(minutes=45)
    assert up.doctor_membership_id in {world.doctors[2].ref, world.doctors[3].ref}
    event = queries.list_events(unit.session, up)[-1]
    assert (event.command, event.reason, event.actor_kind) == ("escalate", "unanswered", "system")
    assert event.data["was_doctor"] == str(before)
    assert len(claims(unit, up)) == 3


def test_nobody_waits_for_a_doctor_who_was_shut_out(unit: Unit, world: BookingWorld) -> None:
    lower, _ = two_pools(unit, world)
    asked = ask_pool(unit.session, world, lower, at("09:30"), now=unit.now)
    gone = doctor_of(world, asked)
    assert queries.list_overdue(unit.session, now=unit.now) == []
    staff.disable(unit.session, SYSTEM, gone.ref, now=unit.now)
    service.on_doctor_changed(unit.session, StaffDisabled(gone.staff_id, (gone.ref,)), unit.now)
    assert [row.id for row in queries.list_overdue(unit.session, now=unit.now)] == [asked.id]
    # The other of the same pool comes before the next level.
    now_asked = service.escalate(unit.session, asked.id, now=unit.now)
    colleague = next(each.ref for each in world.doctors[:2] if each.ref != gone.ref)
    assert (now_asked.pool_id, now_asked.doctor_membership_id) == (lower.id, colleague)
    assert queries.list_overdue(unit.session, now=unit.now) == []


def test_a_doctor_whose_hours_went_is_still_waited_for(unit: Unit, world: BookingWorld) -> None:
    lower, _ = two_pools(unit, world)
    asked = ask_pool(unit.session, world, lower, at("09:30"), now=unit.now)
    asked.support = Support.UNSUPPORTED
    unit.session.flush()
    before = asked.version
    assert service.escalate(unit.session, asked.id, now=unit.now).version == before


def test_where_nobody_has_the_time_it_expires_and_the_station_is_told(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    lower, _ = two_pools(unit, world)
    asked = ask_pool(unit.session, world, lower, at("09:30"), now=unit.now)
    for number, patient in ((2, 1), (3, 2)):
        world.book(unit.session, at("09:30"), now=unit.now, doctor=number, patient=patient)
    over = service.escalate(unit.session, asked.id, now=unit.now + timedelta(minutes=31))
    assert (over.status, over.cancel_reason, claims(unit, over)) == ("expired", None, [])
    assert (published[-1].reason, published[-1].appointment_id) == ("unanswered", asked.id)


def test_once_it_should_have_begun_nobody_else_is_asked(unit: Unit, world: BookingWorld) -> None:
    """Given free doctors above, when the answer is missing at its very start, then no time is left to ask."""
    lower, _ = two_pools(unit, world)
    asked = ask_pool(unit.session, world, lower, at("09:30"), now=unit.now)
    assert service.escalate(unit.session, asked.id, now=at("09:30")).status == "expired"


def test_whoever_refuses_at_its_very_start_leaves_nobody_to_ask(unit: Unit, world: BookingWorld) -> None:
    pool = make_pool(unit.session, world, [0, 1, 2], respond_minutes=30)
    asked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now)
    doctor, reason = doctor_of(world, asked), RejectReason.NOT_FREE
    row = service.reject(
        unit.session, doctor, asked.id, reason=reason, version=asked.version, now=at("09:30")
    )
    assert row.status == "rejected"


def test_a_pool_out_of_use_is_passed_over_and_a_round_ends(unit: Unit, world: BookingWorld) -> None:
    lower, upper = two_pools(unit, world)
    upper.is_active, upper.escalates_to = False, lower.id
    unit.session.add(upper)
    asked = ask_pool(unit.session, world, lower, at("09:30"), now=unit.now)
    assert service.escalate(unit.session, asked.id, now=unit.now + timedelta(minutes=31)).status == "expired"


def test_without_a_pool_nobody_else_is_asked(unit: Unit, world: BookingWorld) -> None:
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    assert service.escalate(unit.session, asked.id, now=at("09:05")).status == "expired"


def test_a_request_is_moved_and_withdrawn_like_an_appointment(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    moved = service.reschedule(
        unit.session, world.nurse, asked.id, starts_at=at("10:30"), version=asked.version, now=unit.now
    )
    assert (moved.status, moved.respond_by) == ("requested", unit.now + timedelta(minutes=60))
    over = service.cancel(
        unit.session,
        world.nurse,
        asked.id,
        reason=CancelReason.PATIENT_ASKED,
        version=moved.version,
        now=unit.now,
    )
    assert (over.status, over.respond_by, claims(unit, over)) == ("cancelled", None, [])


@pytest.mark.parametrize(("reason", "asked_again"), [("not_free", True), ("other_specialty", False)])
def test_for_another_hour_those_are_asked_again_who_only_had_not_the_first(
    unit: Unit, world: BookingWorld, reason: str, asked_again: bool
) -> None:
    """Given one of two turned down an hour, when the station asks for another, then they may be asked for it.

    Once whoever had ever been asked was passed over, and the request ended with somebody free.
    """
    pool = make_pool(unit.session, world, [0, 1], respond_minutes=30)
    asked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now)
    first = doctor_of(world, asked)
    passed = reject(unit, world, asked, RejectReason(reason))
    second = doctor_of(world, passed)
    moved = service.reschedule(
        unit.session, world.nurse, passed.id, starts_at=at("10:30"), version=passed.version, now=unit.now
    )
    assert (moved.status, moved.doctor_membership_id) == ("requested", second.ref)
    anew = reject(unit, world, moved)
    if asked_again:
        assert (anew.status, anew.doctor_membership_id) == ("requested", first.ref)
        assert anew.starts_at == at("10:30")
        anew = reject(unit, world, anew)
    assert anew.status == "rejected"


def test_a_request_that_cannot_be_moved_stops_no_other(database: Database, clock: FixedClock) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, patients=2, seats=2, **ASKED)
        broken = world.book(unit.session, at("09:30"), now=unit.now).id
        other = world.book(unit.session, at("10:30"), now=unit.now, patient=1, doctor=1).id
    clock.advance(minutes=61)
    with unwritable(Appointment, broken):
        assert jobs.escalate_overdue(database) == 1
    with database.read() as unit:
        states = {each: queries.get_by_id(unit.session, each).status for each in (broken, other)}
    assert states == {broken: "requested", other: "expired"}
    assert jobs.escalate_overdue(database) == 1


def test_the_job_asks_on_and_gives_up_each_by_itself(database: Database, clock: FixedClock) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=5, patients=2, seats=2, **ASKED)
        lower, upper = two_pools(unit, world)
        pooled = ask_pool(unit.session, world, lower, at("09:30"), now=unit.now)
        alone = world.book(unit.session, at("10:30"), now=unit.now, patient=1, doctor=4)
    clock.advance(minutes=29)
    assert jobs.escalate_overdue(database) == 0
    clock.advance(minutes=32)
    assert jobs.escalate_overdue(database) == 2
    with database.read() as unit:
        assert queries.get_by_id(unit.session, pooled.id).pool_id == upper.id
        assert queries.get_by_id(unit.session, alone.id).status == "expired"
    assert jobs.escalate_overdue(database) == 0


def test_a_request_that_cannot_be_passed_on_holds_up_no_other(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, patients=2, seats=2, **ASKED)
        bad = world.book(unit.session, at("09:30"), now=unit.now).id
        good = world.book(unit.session, at("10:30"), now=unit.now, patient=1, doctor=1).id
    clock.advance(minutes=61)
    real = service.escalate

    def escalate(session: Any, appointment_id: Any, **named: Any) -> Appointment:
        if appointment_id == bad:
            raise LookupError
        return real(session, appointment_id, **named)

    monkeypatch.setattr(service, "escalate", escalate)
    jobs.escalate_overdue(database)
    with database.read() as unit:
        assert queries.get_by_id(unit.session, bad).status == "requested"
        assert queries.get_by_id(unit.session, good).status == "expired"


def test_a_hold_that_cannot_be_let_go_holds_up_no_other(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, patients=2, seats=2)
        bad = world.hold(unit.session, at("09:30"), now=unit.now).id
        good = world.hold(unit.session, at("10:30"), now=unit.now, patient=1, doctor=1).id
    clock.advance(minutes=61)
    real = expiry.change

    def change(session: Any, actor: Any, appointment: Appointment, *more: Any, **named: Any) -> None:
        real(session, actor, appointment, *more, **named)
        if appointment.id == bad:
            raise LookupError

    monkeypatch.setattr(expiry, "change", change)
    assert jobs.sweep(database) == 1
    with database.read() as unit:
        assert queries.get_by_id(unit.session, bad).status == "held"
        assert queries.get_by_id(unit.session, good).status == "expired"


def test_whoever_asks_a_named_doctor_is_led_on_through_their_pool(unit: Unit, world: BookingWorld) -> None:
    """The list's own taps name a doctor: who does not answer is followed by the next, then the next level."""
    lower, upper = two_pools(unit, world)
    asked = world.book(unit.session, at("09:30"), now=unit.now)
    assert (asked.doctor_membership_id, asked.pool_id) == (world.doctors[0].ref, lower.id)
    passed = reject(unit, world, asked)
    assert (passed.status, passed.doctor_membership_id) == ("requested", world.doctors[1].ref)
    higher = service.escalate(unit.session, asked.id, now=unit.now + timedelta(minutes=31))
    assert (higher.status, higher.pool_id) == ("requested", upper.id)


def test_of_several_pools_that_of_the_doctors_own_specialty_is_asked(unit: Unit, world: BookingWorld) -> None:
    make_pool(unit.session, world, [0, 1], name="Chung")
    [code] = specialties_of(unit.session, {world.doctors[0].ref})[world.doctors[0].ref]
    own = make_pool(unit.session, world, [0, 1], name="Nội", specialty_code=code)
    assert world.book(unit.session, at("09:30"), now=unit.now).pool_id == own.id


def test_where_only_the_hours_went_the_job_has_nothing_to_do(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, **ASKED)
        asked = world.book(unit.session, at("09:30"), now=unit.now)
        asked.support = Support.UNSUPPORTED
    assert jobs.escalate_overdue(database) == 0
