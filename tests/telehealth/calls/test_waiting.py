"""The wait before a call: how long it is thought to take, what the doctor says of it, and its ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.parts import LeaveReason
from signaling.ports import Admission, MemberJoined
from signaling.ports import Notice as Said
from telehealth.calls import queries, service
from telehealth.calls.errors import CallOverError
from telehealth.calls.events import WaitChanged
from telehealth.calls.ports import CallPorts
from telehealth.calls.rules import NOTICES, OVERRUN, Notice, Turn, Wait, wait_of
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.kit.errors import ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.events import Bus
from telehealth.links.actors import LinkActor
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.events import AppointmentMoved
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.service.facts import facts_of
from telehealth.staff.rules import Role
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_member
from tests.telehealth.calls.open_room import redeem

NOW = MONDAY_MORNING
NewPatient = Callable[[], LinkActor]


def turn(start: int, *, minutes: int = 30, is_current: bool = False, is_expected: bool = True) -> Turn:
    """An appointment that begins so many minutes from now."""
    begins = NOW + timedelta(minutes=start)
    return Turn(begins, begins + timedelta(minutes=minutes), is_current, is_expected)


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (turn(20), [], Wait(0, 20, False)),
        (turn(-10), [], Wait(0, 0, False)),
        (turn(-10), [turn(-40, is_current=True)], Wait(1, 5, True)),
        (turn(0), [turn(-20, is_current=True)], Wait(1, 10, True)),
        (turn(10), [turn(-20, is_current=True), turn(-10), turn(40)], Wait(2, 40, True)),
        (turn(10), [turn(-60, is_expected=False), turn(40)], Wait(0, 10, False)),
        (turn(-5, is_current=True), [], Wait(0, 0, False)),
        (turn(90), [turn(-30, is_current=True), turn(0)], Wait(2, 90, True)),
    ],
)
def test_how_long_it_is_thought_to_take(own: Turn, others: list[Turn], expected: Wait) -> None:
    assert wait_of(own, others, None, now=NOW) == expected


def test_the_doctor_s_word_holds_for_as_long_as_it_said() -> None:
    notice = Notice(10, NOW - timedelta(minutes=4))
    assert wait_of(turn(45), [], notice, now=NOW) == Wait(0, 6, False, notice)
    assert wait_of(turn(45), [], notice, now=notice.until) == Wait(0, 39, False)


turns = st.builds(turn, st.integers(-300, 300), is_current=st.booleans(), is_expected=st.booleans())


@given(st.lists(turns), st.integers(-60, 300))
def test_nobody_is_expected_before_their_time_nor_while_the_doctor_is_taken(
    others: list[Turn], start: int
) -> None:
    own = turn(start)
    wait = wait_of(own, others, None, now=NOW)
    assert wait.minutes >= max(0, start)
    assert wait.minutes >= (OVERRUN.total_seconds() // 60 if wait.is_busy else 0)
    assert wait.ahead <= len(others)
    more = wait_of(own, [*others, turn(start - 1)], None, now=NOW)
    assert (more.ahead, more.minutes >= wait.minutes) == (wait.ahead + 1, True)


def come(database: Database, ports: CallPorts, actor: Actor, appointment: Appointment) -> Admission:
    """Somebody is in the room, as a server keeps it."""
    now = database.clock.now()
    with database.write() as unit:
        ticket = service.issue_ticket(unit.session, actor, appointment.id, now=now)
    secret = ticket[:32]
    admission = redeem(ports, ticket, resume_hash=secret, now=now)
    facts = ports.open_room(admission.room_id, now=now)
    joined = MemberJoined(admission.participant_id, facts.epoch, secret, admission.admitted, now)
    ports.record(admission.room_id, facts.epoch, [joined], now=now)
    return admission


def test_who_waits_learns_of_the_wait_and_of_the_doctor_s_word(
    database: Database, world: VisitWorld, ports: CallPorts, new_patient: NewPatient, clock: FixedClock
) -> None:
    room_id = come(database, ports, new_patient(), world.appointment).room_id
    (outlook,) = ports.list_outlooks([room_id], now=clock.now()).values()
    until = world.appointment.starts_at - clock.now()
    assert (outlook.ahead, outlook.minutes, outlook.is_busy) == (0, until.total_seconds() // 60, False)
    with database.write() as unit:
        service.tell_waiting(unit.session, world.doctor, world.appointment.id, 5, now=unit.now)
    said = ports.list_outlooks([room_id], now=clock.advance(minutes=2))[room_id]
    assert (said.minutes, said.notice) == (3, Said(5, clock.now() - timedelta(minutes=2)))
    assert ports.list_outlooks([room_id], now=clock.advance(minutes=3))[room_id].notice is None
    assert ports.list_outlooks([], now=clock.now()) == {}


def test_a_word_of_the_doctor_is_kept_and_pushed(database: Database, world: VisitWorld, bus: Bus) -> None:
    told: list[WaitChanged] = []
    bus.subscribe(WaitChanged, lambda _session, event, _now: told.append(event))
    with database.write() as unit:
        room = service.tell_waiting(unit.session, world.doctor, world.appointment.id, 10, now=unit.now)
        kinds = [(each.kind, each.reason) for each in queries.list_events(unit.session, room.id)]
        presence = queries.waiting_in(unit.session, [world.appointment.id])[world.appointment.id]
    assert told == [WaitChanged(room_id=room.id)]
    assert kinds == [("opened", None), ("noticed", "10")]
    assert presence.notice == Notice(10, database.clock.now())


def test_only_its_doctor_says_how_long_and_only_what_is_offered(
    database: Database, world: VisitWorld
) -> None:
    with database.write() as unit:
        session, now, which = unit.session, unit.now, world.appointment.id
        with pytest.raises(ForbiddenError):
            service.tell_waiting(session, world.nurse, which, 5, now=now)
        elsewhere = make_member(session, role=Role.DOCTOR, name="Vàng Thị Dua")
        with pytest.raises(NotFoundError):
            service.tell_waiting(session, elsewhere, which, 5, now=now)
        for minutes in (0, -5, 7, 10_000):
            assert minutes not in NOTICES
            with pytest.raises(InvalidError):
                service.tell_waiting(session, world.doctor, which, minutes, now=now)


def test_nothing_is_said_of_a_call_that_is_over(
    database: Database, world: VisitWorld, ports: CallPorts
) -> None:
    come(database, ports, world.nurse, world.appointment)
    with database.write() as unit:
        service.end(unit.session, world.doctor, world.appointment.id, now=unit.now)
    with database.write() as unit, pytest.raises(CallOverError):
        service.tell_waiting(unit.session, world.doctor, world.appointment.id, 5, now=unit.now)


@pytest.mark.parametrize(
    ("later", "is_agreed", "reason"),
    [(30, True, LeaveReason.MOVED), (0, False, LeaveReason.MOVED), (0, True, None)],
)
def test_an_appointment_put_to_another_time_sends_who_waits_to_look_again(
    database: Database,
    world: VisitWorld,
    ports: CallPorts,
    new_patient: NewPatient,
    later: int,
    is_agreed: bool,
    reason: LeaveReason | None,
) -> None:
    nurse = come(database, ports, world.nurse, world.appointment)
    patient = come(database, ports, new_patient(), world.appointment)
    with database.write() as unit:
        appointment = unit.session.get_one(Appointment, world.appointment.id)
        was = appointment.starts_at
        appointment.starts_at += timedelta(minutes=later)
        appointment.ends_at += timedelta(minutes=later)
        event = AppointmentMoved(
            **facts_of(appointment),
            was_starts_at=was,
            was_doctor_membership_id=appointment.doctor_membership_id,
            is_agreed=is_agreed,
        )
        service.on_appointment_moved(unit.session, event, unit.now)
    facts = ports.read_room(nurse.room_id)
    people = {nurse.participant_id, patient.participant_id}
    assert facts.left == (dict.fromkeys(people, reason) if reason else {})
    assert {each.admission.participant_id for each in facts.members} == (set() if reason else people)
    assert facts.ending is None  # the call itself is still to come


def test_an_appointment_said_to_be_done_ends_its_room(
    database: Database, world: VisitWorld, ports: CallPorts, new_patient: NewPatient
) -> None:
    patient = come(database, ports, new_patient(), world.appointment)
    with database.write() as unit:
        scheduling.start(unit.session, world.doctor, world.appointment.id, now=unit.now)
        scheduling.complete(unit.session, world.doctor, world.appointment.id, now=unit.now)
    ending = ports.read_room(patient.room_id).ending
    assert ending is not None
    assert (ending.by, ending.reason.value) == (None, "completed")
