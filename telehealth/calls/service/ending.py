"""Ending a call, and what calls do to their appointments."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.calls import queries
from telehealth.calls.errors import CallNotFoundError, CallOverError
from telehealth.calls.events import CallEnded, CallParted, CallStarted
from telehealth.calls.forms import forms_of, have_met
from telehealth.calls.models import CallMember, CallRoom
from telehealth.calls.rules import BY_PHONE, CANCELLED, COMPLETED, INTERRUPTED, EventKind
from telehealth.calls.service.notes import actor_of, audit, note
from telehealth.calls.service.rings import end_rings
from telehealth.calls.states import MACHINE, RoomCommand, RoomState
from telehealth.kit.actors import SYSTEM, Actor, ActorKind
from telehealth.kit.errors import ConflictError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.events import (
    AbsenceNoted,
    AppointmentAborted,
    AppointmentCancelled,
    AppointmentCompleted,
)
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import get_by_id, get_status
from telehealth.scheduling.states import MACHINE as APPOINTMENT
from telehealth.scheduling.states import AppointmentCommand
from telehealth.staff.queries import find_membership_actor
from telehealth.visits.events import VisitSigned
from telehealth.visits.service import note_modality


def end(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> CallRoom:
    """End a call for everybody, from outside the room.

    Raises `appointment-not-found` out of scope, `call-not-found` where nobody ever came, `call-over`.
    """
    check(actor, "call.admit")
    queries.get_joinable(session, actor, appointment_id, now=now)
    found = queries.find_room(session, appointment_id)
    if found is None:
        raise CallNotFoundError
    room = queries.lock_room(session, found.id)
    if room.state == RoomState.ENDED:
        raise CallOverError
    _end(session, room, actor, None, COMPLETED, now, now)
    return room


def end_room(
    session: Session, room: CallRoom, *, by_member_id: UUID | None, reason: str, at: datetime, now: datetime
) -> None:
    """End a call from within the room; a room that has ended stays as it is."""
    member = session.get_one(CallMember, by_member_id) if by_member_id else None
    if room.state != RoomState.ENDED:
        _end(session, room, actor_of(member), by_member_id, reason, at, now)


def end_cancelled(
    session: Session, event: AppointmentCancelled | AppointmentAborted | AbsenceNoted, now: datetime
) -> None:
    """Close the room of an appointment that was called off, broke off or did not come about: who waits there
    is told.
    """
    room = queries.find_room(session, event.appointment_id)
    if room is not None and room.state != RoomState.ENDED:
        reason = INTERRUPTED if isinstance(event, AppointmentAborted | AbsenceNoted) else CANCELLED
        _end(session, room, SYSTEM, None, reason, now, now)


def end_completed(session: Session, event: AppointmentCompleted, now: datetime) -> None:
    """Close the room of an appointment that somebody said by hand is done: who is there is told so."""
    room = queries.find_room(session, event.appointment_id)
    if room is not None and room.state != RoomState.ENDED:
        _end(session, room, SYSTEM, None, COMPLETED, now, now)


def start_appointment(session: Session, event: CallStarted, now: datetime) -> None:
    """The doctor has joined: the appointment is in progress."""
    _run(session, event.appointment_id, event.by, AppointmentCommand.START, now)


def step_back(session: Session, event: CallParted, now: datetime) -> None:
    """The doctor has gone and nobody met them: the appointment stands as before."""
    _run(session, event.appointment_id, event.by, AppointmentCommand.STEP_BACK, now)


def complete_appointment(session: Session, event: CallEnded, now: datetime) -> None:
    """The call took place to its end, and so did the appointment; one nobody met in did not take place."""
    if event.was_live and event.by is not None and event.reason == COMPLETED:
        command = AppointmentCommand.COMPLETE if event.was_held else AppointmentCommand.STEP_BACK
        _run(session, event.appointment_id, event.by, command, now)


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """The record is signed: an appointment that went on by phone, or whose call everybody left, is done.

    While somebody is in the call it goes on, and its end completes the appointment.
    """
    if event.appointment_id is None:
        return
    room = queries.find_room(session, event.appointment_id)
    if room is not None and room.state == RoomState.LIVE and queries.list_there(session, room.id):
        return
    by = _party(session, event.appointment_id, event.signer_membership_id, now)
    _run(session, event.appointment_id, by, AppointmentCommand.COMPLETE, now)


def _party(session: Session, appointment_id: UUID, signer: UUID, now: datetime) -> UUID:
    """Return who of an appointment says that it is done: the signer, or its doctor for an outsider."""
    appointment = get_by_id(session, appointment_id)
    actor = find_membership_actor(session, signer, today=policy_of(session).local_date(now))
    is_of_station = actor is not None and actor.facility_id == appointment.station_facility_id
    return signer if is_of_station else appointment.doctor_membership_id


def _run(
    session: Session, appointment_id: UUID, membership_id: UUID, command: AppointmentCommand, now: datetime
) -> None:
    session.flush()
    # Somebody may have said the same by hand before: then there is nothing left to do.
    if not APPOINTMENT.allows(get_status(session, appointment_id), command):
        return
    today = policy_of(session).local_date(now)
    actor = find_membership_actor(session, membership_id, today=today)
    if actor is None:
        return
    # Refused to who came too late for an urgent request: that costs nobody in the room their line.
    with suppress(ConflictError), session.begin_nested():
        _ACTS[command](session, actor, appointment_id, now=now)


_ACTS: Final[dict[AppointmentCommand, Callable[..., Appointment]]] = {
    AppointmentCommand.START: scheduling.start,
    AppointmentCommand.STEP_BACK: scheduling.step_back,
    AppointmentCommand.COMPLETE: scheduling.complete,
}


def _end(
    session: Session,
    room: CallRoom,
    actor: Actor,
    by_member_id: UUID | None,
    reason: str,
    at: datetime,
    now: datetime,
) -> None:
    was_live = room.state == RoomState.LIVE
    entries = queries.list_entries(session, room.appointment_id) if was_live else []
    if was_live:
        for form in forms_of(entries, is_by_phone=reason == BY_PHONE, until=at):
            note_modality(session, room.visit_id, form, now=now)
    room.state = MACHINE.move(RoomState(room.state), RoomCommand.END)
    room.ended_at, room.ended_by, room.end_reason = at, by_member_id, reason
    session.add(room)
    for member in queries.list_there(session, room.id):
        member.arrival = member.resume_hash = None
        member.left_at, member.left_reason = at, "ended"
        session.add(member)
    room.held_by = room.shared_by = None
    end_rings(session, room, now=now)
    note(session, room, EventKind.ENDED, by_member_id=by_member_id, reason=reason, at=at, now=now)
    audit(session, actor, "call.admit", room, reason=reason, now=now)
    ended = CallEnded(
        room_id=room.id,
        appointment_id=room.appointment_id,
        visit_id=room.visit_id,
        by=actor.ref if actor.kind is ActorKind.MEMBERSHIP else None,
        reason=reason,
        was_live=was_live,
        was_held=have_met(entries),
    )
    publish(session, ended, now=now)
