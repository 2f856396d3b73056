"""Ringing who is missing, asking colleagues in, handing a running call over: on both databases."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from signaling.errors import SignalingError
from signaling.parts import EndReason, LeaveReason, Role
from signaling.ports import (
    Ending,
    JotKind,
    Jotting,
    MemberAdmitted,
    MemberLeft,
    RoomEnded,
    RoomHeld,
    RoomShared,
)
from telehealth.calls import queries, service
from telehealth.calls.errors import (
    CallFullError,
    CallNotFoundError,
    CallNotOpenError,
    CallOverError,
    RingOverError,
    RungTooOftenError,
)
from telehealth.calls.events import PatientRung
from telehealth.calls.ringing import MOST_LINKS, RINGS_FOR, RingPurpose, RingWhom
from telehealth.calls.service import journal
from telehealth.calls.states import RingState, RoomState
from telehealth.kit.changes import Cursor, read_changes
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError
from telehealth.links.actors import LinkActor
from telehealth.scheduling.errors import AppointmentNotFoundError
from telehealth.scheduling.models import Claim
from telehealth.scheduling.states import AppointmentState
from telehealth.visits.models import Visit
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_facility, make_member
from tests.telehealth.calls.desk import Desk
from tests.telehealth.calls.open_room import OpenRoom


def test_a_station_that_is_missing_is_rung_on_its_pages_until_it_comes(
    desk: Desk, room: OpenRoom, world: VisitWorld, database: Database
) -> None:
    room.come(world.doctor)
    desk.ring(world.doctor, RingWhom.STATION)
    with database.read() as unit:
        assert len(queries.list_ringing(unit.session, world.nurse, now=unit.now)) == 1
        assert queries.list_ringing(unit.session, world.other_doctor, now=unit.now) == []
        news = read_changes(unit.session, [world.nurse.here], Cursor())
        assert "ring" in {each.topic for each in news}
    room.come(world.nurse)
    with database.read() as unit:
        assert queries.list_ringing(unit.session, world.nurse, now=unit.now) == []


def test_who_is_there_is_not_rung(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.doctor)
    with pytest.raises(ConflictError, match="already-in-call"):
        desk.ring(world.nurse, RingWhom.DOCTOR)


@pytest.mark.parametrize(("gone", "back"), [("lost", "returned"), ("away", "back")])
def test_whose_page_was_closed_or_whose_line_is_down_is_rung_at_once_until_they_are_back(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock, gone: str, back: str
) -> None:
    room.come(world.doctor)
    nurse = room.come(world.nurse)
    clock.advance(seconds=1)
    room.jot(nurse, gone)
    ring = desk.ring(world.doctor, RingWhom.STATION)
    clock.advance(seconds=30)
    room.jot(nurse, back)
    assert desk.state_of(ring) == RingState.ACCEPTED, "the bell falls silent when they are back"
    with pytest.raises(ConflictError, match="already-in-call"):
        desk.ring(world.doctor, RingWhom.STATION)


def test_who_is_back_and_away_again_is_still_rung(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    room.come(world.doctor)
    nurse = room.come(world.nurse)
    clock.advance(seconds=1)
    room.jot(nurse, "away")
    ring = desk.ring(world.doctor, RingWhom.STATION)
    room.jot(nurse, "back", "away")
    assert desk.state_of(ring) == RingState.RINGING


def test_a_bell_that_cannot_be_silenced_costs_no_line_of_a_journal(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.come(world.doctor)
    nurse = room.come(world.nurse)
    clock.advance(seconds=1)
    room.jot(nurse, "away")
    desk.ring(world.doctor, RingWhom.STATION)

    def fails(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr(journal, "stop_ringing", fails)
    room.jot(nurse, "back")
    with pytest.raises(ConflictError, match="already-in-call"):
        desk.ring(world.doctor, RingWhom.STATION)


def test_who_opened_the_page_anew_is_not_rung(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    room.come(world.doctor)
    nurse = room.come(world.nurse)
    for moment in ("away", None):
        clock.advance(seconds=1)
        room.jot(nurse, moment) if moment else room.come(world.nurse)
    with pytest.raises(ConflictError, match="already-in-call"):
        desk.ring(world.doctor, RingWhom.STATION)


def test_a_patient_who_closed_the_waiting_room_gets_the_link_again(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock, new_patient: Callable[[], LinkActor]
) -> None:
    room.come(world.doctor)
    patient = room.come(new_patient())
    with pytest.raises(ConflictError, match="already-in-call"):
        desk.ring(world.doctor, RingWhom.PATIENT)
    clock.advance(seconds=1)
    room.jot(patient, "away")
    desk.ring(world.doctor, RingWhom.PATIENT)


def test_ringing_again_has_its_pause(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    room.come(world.doctor)
    desk.ring(world.doctor, RingWhom.STATION)
    clock.advance(seconds=10)
    with pytest.raises(RungTooOftenError) as refused:
        desk.ring(world.doctor, RingWhom.STATION)
    assert refused.value.facts == {"seconds": 20}
    clock.advance(seconds=20)
    desk.ring(world.doctor, RingWhom.STATION)


def test_a_patient_gets_the_link_again_a_few_times_at_most(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock, database: Database
) -> None:
    told: list[PatientRung] = []
    database.bus.subscribe(PatientRung, lambda _session, event, _now: told.append(event))
    room.come(world.doctor)
    for _ in range(MOST_LINKS):
        desk.ring(world.doctor, RingWhom.PATIENT)
        clock.advance(minutes=5)
    with pytest.raises(ConflictError, match="links-sent-enough"):
        desk.ring(world.doctor, RingWhom.PATIENT)
    assert [each.appointment_id for each in told] == [world.appointment.id] * MOST_LINKS


def test_a_stranger_rings_nobody(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.doctor)
    with pytest.raises(AppointmentNotFoundError):
        desk.ring(world.other_doctor, RingWhom.STATION)


def test_a_call_handed_over_has_another_doctor_and_loses_nobody(
    desk: Desk, room: OpenRoom, world: VisitWorld, database: Database
) -> None:
    nurse, doctor = room.come(world.nurse), room.come(world.doctor)
    assert not desk.sees_patient(world.other_doctor)
    ring = desk.ask(world.other_doctor, RingPurpose.HAND_OVER)
    assert desk.ask(world.other_doctor, RingPurpose.HAND_OVER).id == ring.id, "pressed twice, rung once"
    assert desk.doctors() == (world.doctor.ref, world.doctor.ref), "asked is not yet handed over"

    desk.accept(world.other_doctor, ring)
    desk.accept(world.other_doctor, ring)

    assert desk.doctors() == (world.other_doctor.ref, world.other_doctor.ref)
    assert desk.sees_patient(world.other_doctor)
    newcomer = room.come(world.other_doctor)
    facts = room.ports.read_room(nurse.room_id)
    roles = {each.admission.participant_id: each.admission.role for each in facts.members}
    assert roles == {
        nurse.participant_id: Role.STATION,
        doctor.participant_id: Role.GUEST,
        newcomer.participant_id: Role.DOCTOR,
    }
    assert newcomer.may_end
    everybody = [each.participant_id for each in (nurse, doctor, newcomer)]
    assert room.ports.list_revoked(everybody, now=room.now) == frozenset()
    assert room.status() is AppointmentState.IN_PROGRESS
    assert desk.kinds().count("handed_over") == 1
    with database.read() as unit:
        claims = unit.session.exec(
            select(Claim.state).where(Claim.appointment_id == world.appointment.id, Claim.state == "booked")
        ).all()
    assert len(claims) == 3, "the doctor's claim went over with the call; seat and patient kept theirs"
    room.keep(RoomEnded(Ending(newcomer.participant_id, EndReason.COMPLETED, room.now)))
    assert room.status() is AppointmentState.FULFILLED


def test_who_took_over_may_hand_back(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.HAND_OVER))
    room.come(world.other_doctor)
    desk.accept(world.doctor, desk.ask(world.doctor, RingPurpose.HAND_OVER, by=world.other_doctor))
    assert desk.doctors() == (world.doctor.ref, world.doctor.ref)


def test_only_the_doctor_of_the_call_asks_in(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.doctor)
    for actor in (world.nurse, world.practitioner):
        with pytest.raises(ForbiddenError):
            desk.ask(world.other_doctor, RingPurpose.COLLEAGUE, by=actor)
    with pytest.raises(AppointmentNotFoundError):
        desk.ask(world.doctor, RingPurpose.COLLEAGUE, by=world.other_doctor)


def test_who_sits_at_the_station_in_the_call_is_not_asked_in(
    desk: Desk, room: OpenRoom, world: VisitWorld
) -> None:
    room.come(world.doctor)
    room.come(world.nurse)
    with pytest.raises(InvalidError):
        desk.ask(world.nurse, RingPurpose.INTERPRETER)


def test_a_nurse_interprets_but_takes_no_call_over(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.doctor)
    for purpose in (RingPurpose.HAND_OVER, RingPurpose.COLLEAGUE, RingPurpose.MISSING):
        with pytest.raises(InvalidError):
            desk.ask(world.nurse, purpose)
    desk.ask(world.nurse, RingPurpose.INTERPRETER)


def test_a_colleague_reads_the_record_while_the_call_runs_and_no_longer(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    doctor = room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.COLLEAGUE))
    guest = room.come(world.other_doctor)
    assert (guest.role, guest.admitted, guest.may_admit, guest.may_end) == (Role.GUEST, True, False, False)
    assert desk.sees_patient(world.other_doctor)
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.COMPLETED, room.now)))
    clock.advance(seconds=1)
    assert not desk.sees_patient(world.other_doctor)


def test_an_interpreter_hears_the_call_and_reads_nothing(
    desk: Desk, room: OpenRoom, world: VisitWorld
) -> None:
    room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.INTERPRETER))
    guest = room.come(world.other_doctor)
    assert guest.role is Role.GUEST
    assert not desk.sees_patient(world.other_doctor)
    with pytest.raises(ForbiddenError):
        desk.ring(world.other_doctor, RingWhom.STATION)


def test_who_was_sent_out_does_not_come_back_by_the_same_ring(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    doctor = room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.COLLEAGUE))
    guest = room.come(world.other_doctor)
    assert room.ports.list_revoked([guest.participant_id], now=room.now) == frozenset()
    room.keep(MemberLeft(guest.participant_id, LeaveReason.REMOVED, doctor.participant_id, room.now))
    assert room.ports.list_revoked([guest.participant_id], now=room.now) == {guest.participant_id}
    clock.advance(seconds=1)
    assert not desk.sees_patient(world.other_doctor)
    with pytest.raises(AppointmentNotFoundError):
        room.come(world.other_doctor)


def test_a_ring_declined_or_run_out_opens_nothing(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    room.come(world.doctor)
    declined = desk.decline(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.HAND_OVER))
    assert declined.state == RingState.DECLINED
    with pytest.raises(RingOverError):
        desk.accept(world.other_doctor, declined)
    late = desk.ask(world.other_doctor, RingPurpose.HAND_OVER)
    assert late.id != declined.id
    clock.advance(seconds=RINGS_FOR.total_seconds())
    with pytest.raises(RingOverError):
        desk.accept(world.other_doctor, late)
    assert desk.doctors() == (world.doctor.ref, world.doctor.ref)


def test_nobody_answers_a_ring_that_is_not_theirs(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.doctor)
    ring = desk.ask(world.other_doctor, RingPurpose.HAND_OVER)
    for act in (desk.accept, desk.decline):
        with pytest.raises(CallNotFoundError):
            act(world.nurse, ring)


def test_nobody_is_asked_into_a_call_that_does_not_run(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.nurse)
    with pytest.raises(CallNotOpenError):
        desk.ask(world.other_doctor, RingPurpose.COLLEAGUE)


def test_a_full_call_asks_nobody_in(
    desk: Desk, room: OpenRoom, world: VisitWorld, new_patient: Callable[[], LinkActor]
) -> None:
    for actor in (world.doctor, world.nurse, world.practitioner):
        room.come(actor)
    third = room.come(new_patient())
    desk.decline(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.COLLEAGUE))
    room.keep(
        MemberAdmitted(third.participant_id, desk.member(world.doctor), room.now),
    )
    with pytest.raises(CallFullError):
        desk.ask(world.other_doctor, RingPurpose.COLLEAGUE)


def test_a_doctor_the_station_may_not_ask_is_unknown(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    room.come(world.doctor)
    with desk.database.write() as unit:
        stranger = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
    with pytest.raises(InvalidError):
        desk.ask(stranger, RingPurpose.INTERPRETER)
    with desk.database.read() as unit:
        found = service.list_colleagues(unit.session, world.doctor, world.appointment.id, now=unit.now)
    assert {each.membership_id for each in found} >= {world.nurse.ref, world.other_doctor.ref}
    assert world.doctor.ref not in {each.membership_id for each in found}


def test_a_call_that_goes_on_by_phone_keeps_all_and_may_come_back(
    desk: Desk, room: OpenRoom, world: VisitWorld, new_patient: Callable[[], LinkActor], database: Database
) -> None:
    doctor = room.come(world.doctor)
    ring = desk.ask(world.other_doctor, RingPurpose.COLLEAGUE)
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.BY_PHONE, room.now)))
    assert room.status() is AppointmentState.IN_PROGRESS, "the visit goes on"
    with pytest.raises(RingOverError):
        desk.accept(world.other_doctor, ring)
    with database.read() as unit:
        visit = unit.session.get_one(Visit, world.visit.id)
        assert visit.modality == "phone"
    with pytest.raises((CallOverError, SignalingError)):
        room.come(new_patient())
    room.orders += 1
    with database.write() as unit:
        service.issue_ticket(unit.session, world.doctor, world.appointment.id, now=unit.now)
        found = queries.find_room(unit.session, world.appointment.id)
        assert found is not None
        assert found.state == RoomState.OPEN
    assert desk.kinds()[-1] == "reopened"


def test_a_completed_call_does_not_come_back(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    doctor = room.come(world.doctor)
    room.come(world.nurse)
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.COMPLETED, room.now)))
    with pytest.raises(CallOverError):
        room.come(world.doctor)
    assert desk.kinds()[-1] == "ended"


def test_the_journal_tells_of_holds_shares_and_lines(desk: Desk, room: OpenRoom, world: VisitWorld) -> None:
    doctor = room.come(world.doctor)
    who = doctor.participant_id
    room.keep(RoomHeld(who, room.now), RoomShared(who, room.now))
    facts = room.ports.read_room(doctor.room_id)
    assert (facts.held_by, facts.shared_by) == (who, who)
    room.keep(RoomHeld(None, room.now), RoomShared(None, room.now))
    room.ports.jot(
        [
            Jotting(doctor.room_id, who, JotKind.LOST, room.now),
            Jotting(doctor.room_id, who, JotKind.LEVEL, room.now, "audio:bandwidth"),
        ],
        now=room.now,
    )
    assert desk.kinds()[-6:] == ["held", "shared", "resumed", "unshared", "lost", "level"]
    assert room.ports.read_room(doctor.room_id).held_by is None
