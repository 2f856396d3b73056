"""What the signalling keeps of a room: members, admissions, chat, endings, epochs."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import event

from signaling.errors import Code, SignalingError
from signaling.parts import EndReason, LeaveReason
from signaling.ports import (
    ChatEntry,
    ChatKept,
    Ending,
    MemberAdmitted,
    MemberJoined,
    MemberLeft,
    RoomEnded,
    RoomHeld,
)
from telehealth.calls import queries, service
from telehealth.calls.errors import CallNotFoundError, CallOverError
from telehealth.calls.events import PartsChanged
from telehealth.calls.models import CallMember
from telehealth.calls.rules import EventKind, MemberRole
from telehealth.calls.states import RoomState
from telehealth.kit.changes import Cursor, read_changes
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.links.actors import LinkActor
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.rules import AbsentParty, CancelReason
from telehealth.scheduling.states import AppointmentState
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.telehealth.calls.open_room import OpenRoom


def test_a_restarted_server_finds_everybody_and_what_was_said(room: OpenRoom, world: VisitWorld) -> None:
    nurse, doctor = room.come(world.nurse), room.come(world.doctor)
    entry = ChatEntry(new_id(), nurse.participant_id, nurse.display_name, "SpO2 92 %", room.now)
    room.keep(ChatKept(entry), ChatKept(entry))
    facts = room.ports.open_room(nurse.room_id, now=room.now)
    assert facts.epoch == 2
    assert [(each.admission, each.order) for each in facts.members] == [(nurse, 1), (doctor, 2)]
    assert facts.chat == (entry,)
    assert room.ports.list_live_rooms() == [nurse.room_id]
    assert room.places("hash-2", "hash-1", "none") == [doctor, nurse, Code.RESUME_REFUSED]


def test_a_server_that_lost_the_room_cannot_write_into_it(room: OpenRoom, world: VisitWorld) -> None:
    nurse = room.come(world.nurse)
    room.ports.open_room(nurse.room_id, now=room.now)
    with pytest.raises(SignalingError) as refusal:
        room.keep(MemberLeft(nurse.participant_id, LeaveReason.LEFT, None, room.now))
    assert refusal.value.signal_code is Code.ROOM_MOVED
    assert len(room.ports.read_room(nurse.room_id).members) == 1


def test_who_was_admitted_stays_so_until_turned_out(
    room: OpenRoom, world: VisitWorld, new_patient: Callable[[], LinkActor]
) -> None:
    link = new_patient()
    doctor, patient = room.come(world.doctor), room.come(link)
    room.keep(MemberAdmitted(patient.participant_id, doctor.participant_id, room.now))
    room.keep(MemberLeft(patient.participant_id, LeaveReason.LOST, None, room.now))
    assert room.come(link).admitted
    room.keep(MemberLeft(patient.participant_id, LeaveReason.REMOVED, doctor.participant_id, room.now))
    assert not room.come(link).admitted


def test_whom_somebody_recognised_is_known_in_the_room(
    room: OpenRoom, world: VisitWorld, database: Database, new_patient: Callable[[], LinkActor]
) -> None:
    told: list[PartsChanged] = []
    database.bus.subscribe(PartsChanged, lambda _session, event, _now: told.append(event))
    link = new_patient()
    patient = room.come(link)
    assert not patient.confirmed
    for _ in range(2):
        with database.write() as unit:
            service.confirm_identity(
                unit.session, world.nurse, world.appointment.id, patient.participant_id, now=unit.now
            )
    assert told == [PartsChanged(room_id=patient.room_id)], "once"
    assert [each.admission.confirmed for each in room.ports.read_room(patient.room_id).members] == [True]
    (place,) = room.places("hash-1")
    assert place == replace(patient, confirmed=True)
    assert room.come(link).confirmed


def test_a_place_given_up_cannot_be_resumed(room: OpenRoom, world: VisitWorld) -> None:
    nurse = room.come(world.nurse)
    room.keep(MemberLeft(nurse.participant_id, LeaveReason.LEFT, None, room.now))
    assert room.places("hash-1") == [Code.RESUME_REFUSED]


def test_the_doctor_s_coming_starts_the_appointment_and_the_end_completes_it(
    room: OpenRoom, world: VisitWorld
) -> None:
    room.come(world.nurse)
    assert room.status() == AppointmentState.BOOKED
    doctor = room.come(world.doctor)
    assert room.status() == AppointmentState.IN_PROGRESS
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.COMPLETED, room.now)))
    assert room.status() == AppointmentState.FULFILLED
    ended = room.ports.read_room(doctor.room_id)
    assert ended.ending == Ending(doctor.participant_id, EndReason.COMPLETED, room.now)
    assert ended.members == ()
    assert room.ports.list_live_rooms() == []
    with pytest.raises(CallOverError):
        room.come(world.nurse)


def test_a_doctor_who_leaves_alone_has_started_nothing(room: OpenRoom, world: VisitWorld) -> None:
    """Looked in a day early, or nobody came: it can be called off, missed, or begun anew."""
    with room.database.write() as unit:
        scheduling.check_in(unit.session, world.nurse, world.appointment.id, now=world.appointment.starts_at)
    doctor = room.come(world.doctor)
    assert room.status() == AppointmentState.IN_PROGRESS
    room.keep(MemberLeft(doctor.participant_id, LeaveReason.LEFT, None, room.now))
    assert room.status() == AppointmentState.CHECKED_IN, "as it was before"
    room.come(world.doctor)
    assert room.status() == AppointmentState.IN_PROGRESS
    room.come(world.nurse)
    room.keep(MemberLeft(doctor.participant_id, LeaveReason.LEFT, None, room.now))
    assert room.status() == AppointmentState.IN_PROGRESS, "they have met"


def test_a_call_ended_before_anybody_met_did_not_take_place_and_opens_again(
    room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    doctor = room.come(world.doctor)
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.COMPLETED, room.now)))
    assert room.status() == AppointmentState.BOOKED
    clock.advance(seconds=1)
    with room.database.write() as unit:
        assert service.issue_ticket(unit.session, world.nurse, world.appointment.id, now=unit.now)
    with room.database.read() as unit:
        found = queries.find_room(unit.session, world.appointment.id)
        assert found is not None
        assert found.state == RoomState.OPEN


def test_a_call_that_went_on_by_phone_is_done_once_it_is_signed(room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.nurse)
    doctor = room.come(world.doctor)
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.BY_PHONE, room.now)))
    assert room.status() == AppointmentState.IN_PROGRESS
    with room.database.write() as unit:
        world.write(unit.session, now=unit.now)
        world.sign(unit.session, now=unit.now)
    assert room.status() == AppointmentState.FULFILLED


def test_a_record_signed_within_the_call_ends_nothing(room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.nurse)
    room.come(world.doctor)
    with room.database.write() as unit:
        world.write(unit.session, now=unit.now)
        world.sign(unit.session, now=unit.now)
    assert room.status() == AppointmentState.IN_PROGRESS


@pytest.mark.parametrize("reason", [EndReason.INTERRUPTED, EndReason.CANCELLED])
def test_a_call_broken_off_completes_nothing(room: OpenRoom, world: VisitWorld, reason: EndReason) -> None:
    doctor = room.come(world.doctor)
    room.keep(RoomEnded(Ending(doctor.participant_id, reason, room.now)))
    assert room.status() == AppointmentState.IN_PROGRESS


def test_a_cancelled_appointment_closes_the_room(room: OpenRoom, world: VisitWorld) -> None:
    nurse = room.come(world.nurse)
    with room.database.write() as unit:
        scheduling.cancel(
            unit.session,
            world.nurse,
            world.appointment.id,
            reason=CancelReason.PATIENT_ASKED,
            version=None,
            now=unit.now,
        )
    ending = room.ports.read_room(nurse.room_id).ending
    assert ending is not None
    assert (ending.by, ending.reason) == (None, EndReason.CANCELLED)
    # They hear that it was cancelled, not that a right was withdrawn.
    assert room.ports.list_revoked([nurse.participant_id], now=room.now) == frozenset()


def test_an_absence_that_is_noted_ends_the_wait_and_taken_back_opens_the_room(
    room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    """Who waited for a doctor who did not come is told that there is no call, not that they were sent out."""
    clock.advance(seconds=(world.appointment.starts_at - clock.now()).total_seconds())
    nurse = room.come(world.nurse)
    clock.advance(minutes=15)
    with room.database.write() as unit:
        scheduling.note_absence(
            unit.session, world.nurse, world.appointment.id, party=AbsentParty.DOCTOR, now=unit.now
        )
    ending = room.ports.read_room(nurse.room_id).ending
    assert ending is not None
    assert (ending.by, ending.reason) == (None, EndReason.INTERRUPTED)
    assert room.ports.list_revoked([nurse.participant_id], now=room.now) == frozenset()
    with room.database.write() as unit, pytest.raises(CallOverError):
        service.issue_ticket(unit.session, world.nurse, world.appointment.id, now=unit.now)
    clock.advance(minutes=1)
    with room.database.write() as unit:
        scheduling.undo_absence(unit.session, world.nurse, world.appointment.id, version=None, now=unit.now)
    assert room.ports.read_room(nurse.room_id).ending is None
    assert room.come(world.nurse).participant_id == nurse.participant_id


def test_a_call_may_be_ended_from_outside_once(room: OpenRoom, world: VisitWorld) -> None:
    with room.database.write() as unit, pytest.raises(CallNotFoundError):
        service.end(unit.session, world.doctor, world.appointment.id, now=unit.now)
    room.come(world.doctor)
    with room.database.write() as unit:
        ended = service.end(unit.session, world.doctor, world.appointment.id, now=unit.now)
        assert ended.state == RoomState.ENDED
    with room.database.write() as unit, pytest.raises(CallOverError):
        service.end(unit.session, world.doctor, world.appointment.id, now=unit.now)


def test_lists_of_the_day_see_who_waits_and_hear_of_it(
    room: OpenRoom, world: VisitWorld, new_patient: Callable[[], LinkActor], clock: FixedClock
) -> None:
    room.come(world.nurse)
    clock.advance(seconds=5)
    patient = room.come(new_patient())
    room.come(new_patient())  # on a second phone: one name is enough
    with room.database.read() as unit:
        found = queries.waiting_in(unit.session, [world.appointment.id, new_id()])
        topics = {change.topic for change in read_changes(unit.session, [world.nurse.here], Cursor())}
        room_facts = queries.find_room(unit.session, world.appointment.id)
        assert room_facts is not None
        journal = [(e.kind, e.reason) for e in queries.list_events(unit.session, room_facts.id)]
    presence = found.pop(world.appointment.id)
    assert found == {}
    assert presence.state is RoomState.OPEN
    assert (presence.waiting, presence.present) == ((patient.display_name,), (MemberRole.STATION,))
    assert "call" in topics
    assert journal == [("opened", None), ("joined", None), ("knocked", None), ("knocked", None)]


def test_who_waits_and_loads_the_page_again_is_told_of_once(
    room: OpenRoom, new_patient: Callable[[], LinkActor]
) -> None:
    patient = room.come(new_patient())
    room.keep(MemberJoined(patient.participant_id, 2, "again", False, room.now, is_same_knock=True))
    assert room.places("again") == [patient], "the place is that of the page loaded last"
    with room.database.read() as unit:
        told = [each.kind for each in queries.list_events(unit.session, patient.room_id)]
    assert told == ["opened", "knocked"]


def test_comings_and_goings_kept_in_one_go_are_kept_in_their_order(
    room: OpenRoom, world: VisitWorld, new_patient: Callable[[], LinkActor]
) -> None:
    doctor, patient = room.come(world.doctor), room.come(new_patient())
    known, now = doctor.participant_id, room.now
    room.keep(
        MemberLeft(known, LeaveReason.LEFT, None, now),
        MemberJoined(known, 3, "third", admitted=True, at=now),
        RoomHeld(known, now),
        MemberLeft(known, LeaveReason.LOST, None, now),
        MemberJoined(known, 4, "fourth", admitted=True, at=now),
    )
    facts = room.ports.read_room(doctor.room_id)
    assert [(each.admission, each.order) for each in facts.members] == [(patient, 2), (doctor, 4)]
    assert facts.held_by == known
    assert room.places("fourth") == [doctor]
    with room.database.read() as unit:
        events = queries.list_events(unit.session, doctor.room_id)
        told = [EventKind(each.kind) for each in sorted(events, key=lambda each: each.id)]
        member = unit.session.get_one(CallMember, known)
        assert (member.left_at, member.left_reason) == (None, None)
    assert told == [
        EventKind.OPENED,
        EventKind.JOINED,
        EventKind.STARTED,
        EventKind.KNOCKED,
        EventKind.LEFT,
        EventKind.JOINED,
        EventKind.STARTED,  # alone, and gone: it begins anew
        EventKind.HELD,
        EventKind.LEFT,
        EventKind.JOINED,
        EventKind.STARTED,
    ]
    assert room.status() is AppointmentState.IN_PROGRESS


def test_nobody_comes_into_a_room_that_is_none(room: OpenRoom, world: VisitWorld) -> None:
    doctor = room.come(world.doctor)
    with pytest.raises(CallNotFoundError):
        room.ports.open_room(doctor.participant_id, now=room.now)
    with pytest.raises(CallNotFoundError):
        room.ports.open_room(doctor.participant_id, now=room.now, by=doctor.participant_id)
    room.room_id = doctor.participant_id
    with pytest.raises(CallNotFoundError):
        room.keep(RoomHeld(None, room.now))


def test_coming_in_costs_a_few_statements(room: OpenRoom, world: VisitWorld) -> None:
    """Of a doctor who is the first, the opening of the room and the start of the appointment included."""
    sent: list[str] = []
    event.listen(room.database.writer, "before_cursor_execute", lambda *args: sent.append(args[2]))
    costs = []
    for actor in (world.doctor, world.nurse):
        ticket = room.ticket(actor)
        sent.clear()
        room.come_with(ticket)
        costs.append(len([each for each in sent if not each.startswith("BEGIN")]))
    assert costs[0] <= 18
    assert costs[1] <= 7
