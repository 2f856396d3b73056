"""Coming into a room: the room itself, tickets, who is confirmed to be whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.calls import queries
from telehealth.calls.errors import CallNotFoundError, CallNotOpenError, CallOverError
from telehealth.calls.events import PartsChanged
from telehealth.calls.models import CallMember, CallRoom, CallTicket
from telehealth.calls.rules import (
    BY_PHONE,
    COMPLETED,
    INTERRUPTED,
    JOINABLE,
    TICKET_LIFE,
    EventKind,
    MemberRole,
    Newcomer,
    staff_role,
)
from telehealth.calls.service.notes import audit, note
from telehealth.calls.service.rings import forget_guests
from telehealth.calls.states import MACHINE, RoomCommand, RoomState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.events import publish
from telehealth.kit.security import hash_token, new_token
from telehealth.links.actors import LinkActor
from telehealth.scheduling.events import AbsenceTakenBack
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import get_by_id
from telehealth.staff.actors import MembershipActor


def ensure_room(session: Session, appointment_id: UUID, *, now: datetime) -> CallRoom:
    """Return the room of an appointment, opened if it was not; raise `appointment-not-found`."""
    room = queries.find_room(session, appointment_id)
    if room is not None:
        return room
    appointment = get_by_id(session, appointment_id)
    room = CallRoom(appointment_id=appointment_id, visit_id=appointment.visit_id, opened_at=now)
    try:
        with session.begin_nested():
            session.add(room)
            session.flush()
    except IntegrityError:
        # Doctor and station often come in the same second: whoever was faster has opened it.
        opened = queries.find_room(session, appointment_id)
        if opened is None:
            raise
        return opened
    note(session, room, EventKind.OPENED, now=now)
    return room


def issue_ticket(
    session: Session, actor: Actor, appointment_id: UUID, *, now: datetime, co_located: bool = False
) -> str:
    """Return a ticket to the room of an appointment: for one socket, within 60 seconds.

    The appointment's doctor and the station come in at once, a patient waits until admitted.
    `co_located` is a patient's phone beside the station's computer: it joins without sound.

    Raises `appointment-not-found` or `call-not-found` out of scope, `not-allowed` for who never joins
    calls, `call-not-open` where the appointment does not stand, `call-over`.
    """
    appointment = queries.get_joinable(session, actor, appointment_id, now=now)
    newcomer = _newcomer(session, actor, appointment, co_located)
    room = ensure_room(session, appointment_id, now=now)
    if room.state == RoomState.ENDED:
        _reopen(session, room, newcomer, appointment, now)
    if appointment.status not in JOINABLE:
        raise CallNotOpenError
    member = _seat(session, actor, room, newcomer, now)
    token = new_token()
    session.add(CallTicket(token_hash=hash_token(token), member_id=member.id, expires_at=now + TICKET_LIFE))
    audit(session, actor, "call.join", room, member_id=member.id, now=now)
    session.flush()
    return token


def confirm_identity(
    session: Session, actor: Actor, appointment_id: UUID, member_id: UUID, *, now: datetime
) -> CallMember:
    """Note that a patient was recognised: by asking on camera, as a link proves only a phone.

    Raises `appointment-not-found` out of scope, `call-not-found` for nobody of that id.
    """
    check(actor, "call.admit")
    queries.get_joinable(session, actor, appointment_id, now=now)
    room = queries.find_room(session, appointment_id)
    member = session.get(CallMember, member_id)
    if room is None or member is None or member.room_id != room.id or member.role != MemberRole.PATIENT:
        raise CallNotFoundError
    if member.confirmed_at is None:
        member.confirmed_at, member.confirmed_by = now, actor.ref
        session.add(member)
        note(session, room, EventKind.CONFIRMED, member_id=member.id, now=now)
        audit(session, actor, "call.admit", room, member_id=member.id, reason="confirmed", now=now)
        publish(session, PartsChanged(room_id=room.id), now=now)
    return member


def on_absence_taken_back(session: Session, event: AbsenceTakenBack, now: datetime) -> None:
    """An absence was noted in error: the call that ended with it is open again."""
    room = queries.find_room(session, event.appointment_id)
    if room is not None and room.end_reason == INTERRUPTED:
        _open_again(session, room, now)


def look_in(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Return the appointment whose call a member of staff opens; the look is audited.

    Raises `appointment-not-found` out of scope, `not-allowed` for who never joins calls.
    """
    check(actor, "call.join")
    appointment = queries.get_joinable(session, actor, appointment_id, now=now)
    record(
        session,
        actor,
        "call.join",
        subject_kind="appointment",
        subject_id=appointment_id,
        patient_id=appointment.patient_id,
        facts={"reason": "page"},
        now=now,
    )
    return appointment


def note_reading(session: Session, actor: Actor, room: CallRoom, what: str, *, now: datetime) -> None:
    """Audit that something of a call (`chat-read`, `room-read`) was read outside of it."""
    audit(session, actor, "call.join", room, reason=what, now=now)


def _newcomer(session: Session, actor: Actor, appointment: Appointment, co_located: bool) -> Newcomer:
    if isinstance(actor, LinkActor):
        name = queries.get_patient_name(session, appointment.patient_id)
        return Newcomer(MemberRole.PATIENT, name, actor.device_id, co_located=co_located)
    check(actor, "call.join")
    if not isinstance(actor, MembershipActor):
        raise ForbiddenError
    is_asked_in = queries.find_asked_in(session, appointment.id, actor.ref) is not None
    role = staff_role(actor, appointment.doctor_membership_id, is_asked_in=is_asked_in)
    name = f"{actor.title} {actor.full_name}".strip()
    return Newcomer(role, name, device_id=actor.ref, sign_in_id=actor.sign_in_id)


def _reopen(
    session: Session, room: CallRoom, newcomer: Newcomer, appointment: Appointment, now: datetime
) -> None:
    """A call that went on by phone, or was ended before anybody met, comes back where doctor or station
    opens it again; others are over.
    """
    may_be = room.end_reason in (BY_PHONE, COMPLETED) and appointment.status in JOINABLE
    may = newcomer.role.runs_the_call and may_be
    if not may:
        raise CallOverError
    _open_again(session, room, now)


def _open_again(session: Session, room: CallRoom, now: datetime) -> None:
    room = queries.lock_room(session, room.id)
    room.state = MACHINE.move(RoomState(room.state), RoomCommand.REOPEN)
    room.ended_at = room.ended_by = room.end_reason = None
    session.add(room)
    forget_guests(session, room, now=now)
    note(session, room, EventKind.REOPENED, now=now)


def _seat(session: Session, actor: Actor, room: CallRoom, newcomer: Newcomer, now: datetime) -> CallMember:
    """Return the member somebody is in this room: known again, however often they come."""
    member = queries.find_member(session, room.id, actor.ref, newcomer.device_id) or CallMember(
        room_id=room.id,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        device_id=newcomer.device_id,
        display_name=newcomer.display_name,
        role=newcomer.role,
    )
    member.display_name = newcomer.display_name
    member.sign_in_id = newcomer.sign_in_id
    member.facility_id = actor.facility_id
    member.co_located = newcomer.co_located
    if newcomer.is_staff:
        member.admitted_at = member.admitted_at or now
    session.add(member)
    session.flush()
    return member
