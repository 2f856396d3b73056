"""Tickets: who gets one, to what, once, for a minute."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from queue import Queue
from threading import Barrier, BrokenBarrierError
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from signaling.errors import Code, SignalingError
from signaling.parts import LeaveReason, Role
from signaling.ports import Admission, MemberJoined, MemberLeft, Presented
from telehealth.audit.queries import list_for_patient
from telehealth.calls import queries, service
from telehealth.calls.errors import CallNotFoundError, CallNotOpenError
from telehealth.calls.models import CallRoom, CallTicket
from telehealth.calls.ports import CallPorts
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.kit.errors import ForbiddenError, NotFoundError
from telehealth.links.actors import LinkActor
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.rules import CancelReason
from telehealth.staff.activity import Activity
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import SignIn
from telehealth.staff.rules import Role as StaffRole
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_facility, make_integration, make_member, make_sign_in
from tests.telehealth.calls.open_room import redeem

NewPatient = Callable[[], LinkActor]


def ticket_of(database: Database, world: VisitWorld, actor: Actor, **how: bool) -> str:
    with database.write() as unit:
        return service.issue_ticket(unit.session, actor, world.appointment.id, now=unit.now, **how)


def signed_in(database: Database, actor: MembershipActor) -> MembershipActor:
    """The member with a sign-in of a browser, as pages know them."""
    with database.write() as unit:
        make_sign_in(unit.session, actor, now=unit.now)
        sign_in = unit.session.exec(select(SignIn).where(SignIn.membership_id == actor.ref)).one()
        return replace(actor, sign_in_id=sign_in.id)


def test_doctor_and_station_come_in_at_once(database: Database, world: VisitWorld, ports: CallPorts) -> None:
    now = database.clock.now()
    doctor = redeem(ports, ticket_of(database, world, world.doctor), resume_hash=uuid4().hex, now=now)
    nurse = redeem(ports, ticket_of(database, world, world.nurse), resume_hash=uuid4().hex, now=now)
    assert (doctor.role, doctor.admitted, doctor.may_admit, doctor.may_end) == (Role.DOCTOR, True, True, True)
    assert (nurse.role, nurse.admitted, nurse.may_admit) == (Role.STATION, True, True)
    assert doctor.room_id == nurse.room_id
    assert nurse.display_name == "ĐD. Nông Thị Hạnh"


def test_a_patient_waits_and_may_do_nothing(
    database: Database, world: VisitWorld, ports: CallPorts, new_patient: NewPatient
) -> None:
    ticket = ticket_of(database, world, new_patient(), co_located=True)
    patient = redeem(ports, ticket, resume_hash=uuid4().hex, now=database.clock.now())
    assert (patient.role, patient.admitted, patient.may_admit, patient.may_end) == (
        Role.PATIENT,
        False,
        False,
        False,
    )
    assert patient.co_located


def test_the_same_person_is_the_same_participant_another_phone_is_another(
    database: Database, world: VisitWorld, ports: CallPorts, new_patient: NewPatient
) -> None:
    now = database.clock.now()
    first, second = new_patient(), new_patient()
    tickets = [ticket_of(database, world, actor) for actor in (first, first, second)]
    came = [redeem(ports, ticket, resume_hash=uuid4().hex, now=now) for ticket in tickets]
    once, again, other = (each.participant_id for each in came)
    assert once == again != other


def test_a_ticket_is_used_once_and_within_a_minute(
    database: Database, world: VisitWorld, ports: CallPorts, clock: FixedClock
) -> None:
    used, late = ticket_of(database, world, world.nurse), ticket_of(database, world, world.nurse)
    redeem(ports, used, resume_hash=uuid4().hex, now=clock.now())
    for ticket, after in ((used, 0), ("x" * 43, 0), (late, 60)):
        with pytest.raises(SignalingError) as refusal:
            redeem(ports, ticket, resume_hash=uuid4().hex, now=clock.advance(seconds=after))
        assert refusal.value.signal_code is Code.TICKET_REFUSED


def test_a_ticket_that_arrives_after_a_later_one_was_used_is_too_late(
    database: Database, world: VisitWorld, ports: CallPorts, clock: FixedClock
) -> None:
    """A page gives a socket up that hangs; its hello must not throw out the one it opened instead."""
    given_up = ticket_of(database, world, world.nurse)
    clock.advance(seconds=4)
    redeem(ports, ticket_of(database, world, world.nurse), resume_hash="later", now=clock.now())
    with pytest.raises(SignalingError) as refusal:
        redeem(ports, given_up, resume_hash="given-up", now=clock.now())
    assert refusal.value.signal_code is Code.TICKET_REFUSED


def test_tickets_that_come_together_are_used_up_in_one_unit_each_once(
    database: Database, world: VisitWorld, ports: CallPorts
) -> None:
    now = database.clock.now()
    doctors, nurses = (ticket_of(database, world, actor) for actor in (world.doctor, world.nurse))
    presented = [
        Presented(ticket, f"secret-{number}", now)
        for number, ticket in enumerate((doctors, nurses, nurses, "x" * 43))
    ]
    units: list[object] = []
    event.listen(database.writer, "begin", lambda connection: units.append(connection))
    found = ports.redeem_tickets(presented)
    assert len(units) == 1
    seated = {each.ticket: found[each] for each in presented if isinstance(found[each], Admission)}
    assert {ticket: each.role for ticket, each in seated.items() if isinstance(each, Admission)} == {
        doctors: Role.DOCTOR,
        nurses: Role.STATION,
    }
    assert sorted(isinstance(each, Admission) for each in found.values()) == [False, False, True, True]
    assert {each for each in found.values() if isinstance(each, Code)} == {Code.TICKET_REFUSED}


def test_a_ticket_to_a_call_that_is_over_says_so_and_stays_as_it_is(
    database: Database, world: VisitWorld, ports: CallPorts
) -> None:
    ticket = ticket_of(database, world, world.nurse)
    with database.write() as unit:
        service.end(unit.session, world.doctor, world.appointment.id, now=unit.now)
    for _ in range(2):
        with pytest.raises(SignalingError) as refusal:
            redeem(ports, ticket, resume_hash=uuid4().hex, now=database.clock.now())
        assert refusal.value.signal_code is Code.CALL_OVER
    with database.read() as unit:
        assert unit.session.exec(select(CallTicket.used_at)).all() == [None]


def test_a_page_that_was_replaced_is_told_so_when_it_comes_back(
    database: Database, world: VisitWorld, ports: CallPorts, clock: FixedClock
) -> None:
    """It would else get a new ticket, and throw out the page that replaced it."""
    for secret in ("first", "second", "third"):
        ticket = ticket_of(database, world, world.nurse)
        member = redeem(ports, ticket, resume_hash=secret, now=clock.now())
        facts = ports.open_room(member.room_id, now=clock.now())
        joined = MemberJoined(member.participant_id, facts.epoch, secret, True, clock.now())
        ports.record(member.room_id, facts.epoch, [joined], now=clock.now())
        clock.advance(seconds=5)
    assert ports.find_places(["first", "third", "second"], now=clock.now()) == {
        "first": Code.SEAT_TAKEN_OVER,
        "second": Code.SEAT_TAKEN_OVER,
        "third": member,
    }
    left = MemberLeft(member.participant_id, LeaveReason.LEFT, None, clock.now())
    ports.record(member.room_id, facts.epoch, [left], now=clock.now())
    assert ports.find_places(["first"], now=clock.now()) == {"first": Code.RESUME_REFUSED}


def test_out_of_scope_looks_like_absent(database: Database, world: VisitWorld) -> None:
    with database.write() as unit:
        stranger = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
    for actor in (stranger, world.other_doctor):
        with pytest.raises(NotFoundError, match="appointment-not-found"):
            ticket_of(database, world, actor)


def test_who_never_treats_never_joins(database: Database, world: VisitWorld) -> None:
    with database.write() as unit:
        station = world.station(unit.session)
        coordinator = make_member(unit.session, station, role=StaffRole.COORDINATOR)
        program = make_integration(unit.session, station, "appointment.read")
    for actor in (coordinator, program):
        with pytest.raises(ForbiddenError):
            ticket_of(database, world, actor)


def test_a_link_opens_its_own_call_only(
    database: Database, world: VisitWorld, new_patient: NewPatient
) -> None:
    actor = new_patient()
    for wrong in (
        replace(actor, purpose="next_visit"),
        replace(actor, subject_id=world.visit.id),
        replace(actor, is_confirmed=False),
    ):
        with pytest.raises(CallNotFoundError):
            ticket_of(database, world, wrong)


def test_a_cancelled_appointment_has_no_call(database: Database, world: VisitWorld) -> None:
    with database.write() as unit:
        scheduling.cancel(
            unit.session,
            world.nurse,
            world.appointment.id,
            reason=CancelReason.PATIENT_ASKED,
            version=None,
            now=unit.now,
        )
    with pytest.raises(CallNotOpenError):
        ticket_of(database, world, world.nurse)


def test_a_right_that_ended_meanwhile_ends_the_ticket_and_the_place(
    database: Database, world: VisitWorld, ports: CallPorts
) -> None:
    nurse = signed_in(database, world.nurse)
    ticket, later = ticket_of(database, world, nurse), ticket_of(database, world, nurse)
    member = redeem(ports, ticket, resume_hash=uuid4().hex, now=database.clock.now())
    assert ports.list_revoked([member.participant_id], now=database.clock.now()) == frozenset()
    with database.write() as unit:
        unit.session.get_one(SignIn, nurse.sign_in_id).ended_at = unit.now
    with pytest.raises(SignalingError):
        redeem(ports, later, resume_hash=uuid4().hex, now=database.clock.now())
    revoked = ports.list_revoked([member.participant_id], now=database.clock.now())
    assert revoked == {member.participant_id}


def test_being_in_a_call_counts_as_activity(
    database: Database, world: VisitWorld, ports: CallPorts, activity: Activity, clock: FixedClock
) -> None:
    nurse = signed_in(database, world.nurse)
    member = redeem(ports, ticket_of(database, world, nurse), resume_hash=uuid4().hex, now=clock.now())
    later = clock.advance(minutes=14)
    ports.list_revoked([member.participant_id], now=later)
    assert nurse.sign_in_id is not None
    assert activity.get(nurse.sign_in_id, world.appointment.created_at) == later


def test_a_patient_is_recognised_once(
    database: Database, world: VisitWorld, ports: CallPorts, new_patient: NewPatient
) -> None:
    ticket = ticket_of(database, world, new_patient())
    patient = redeem(ports, ticket, resume_hash=uuid4().hex, now=database.clock.now()).participant_id
    for _ in range(2):
        with database.write() as unit:
            member = service.confirm_identity(
                unit.session, world.nurse, world.appointment.id, patient, now=unit.now
            )
            assert member.confirmed_by == world.nurse.ref
            kinds = [event.kind for event in queries.list_events(unit.session, member.room_id)]
    assert kinds == ["opened", "confirmed"]
    with database.write() as unit, pytest.raises(CallNotFoundError):
        service.confirm_identity(
            unit.session, world.nurse, world.appointment.id, world.visit.id, now=unit.now
        )


def test_every_ticket_is_audited(database: Database, world: VisitWorld) -> None:
    ticket_of(database, world, world.doctor)
    with database.read() as unit:
        newest = list_for_patient(unit.session, world.patient_id)[0]
        assert (newest.action, newest.actor_ref, newest.subject_kind) == (
            "call.join",
            world.doctor.ref,
            "call",
        )


@pytest.mark.databases("postgresql")  # SQLite has one writer
def test_doctor_and_nurse_who_come_at_once_are_in_one_room(world: VisitWorld, database: Database) -> None:
    """Given both have looked and found no room, when both open it, then one does and both are in it."""
    both_looked, tickets = Barrier(2), Queue[str]()
    find_room = queries.find_room

    def slow(session: Session, appointment_id: UUID) -> CallRoom | None:
        found = find_room(session, appointment_id)
        if not both_looked.broken and found is None:
            with suppress(BrokenBarrierError):
                both_looked.wait(timeout=5)
        return found

    def come(actor: MembershipActor) -> None:
        with database.write() as unit:
            tickets.put(service.issue_ticket(unit.session, actor, world.appointment.id, now=unit.now))

    with patch.object(queries, "find_room", slow), ThreadPoolExecutor(2) as pool:
        list(pool.map(come, (world.doctor, world.nurse)))
    assert tickets.qsize() == 2
    with database.read() as unit:
        assert len(unit.session.exec(select(CallRoom)).all()) == 1
