"""Ringing whoever is missing, asking colleagues in, and what they answer."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.calls import queries
from telehealth.calls.errors import (
    CallFullError,
    CallNotFoundError,
    CallNotOpenError,
    CallOverError,
    RingOverError,
    RungTooOftenError,
)
from telehealth.calls.events import DoctorRung, PatientRung
from telehealth.calls.models import CallRing, CallRoom
from telehealth.calls.ringing import (
    MOST_IN_ROOM,
    OPENS_RECORD,
    RINGS_FOR,
    ROLE_OF,
    Colleague,
    RingPurpose,
    RingWhom,
    may_be_asked,
    wait_before,
)
from telehealth.calls.rules import JOINABLE, EventKind
from telehealth.calls.service.candidates import colleagues_of
from telehealth.calls.service.handing_over import take_over
from telehealth.calls.service.joining import ensure_room
from telehealth.calls.service.notes import audit, note
from telehealth.calls.service.rings import announce, settle
from telehealth.calls.states import RingCommand, RingState, RoomState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError
from telehealth.kit.events import publish
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import get_by_id


def ring_missing(
    session: Session, actor: Actor, appointment_id: UUID, whom: RingWhom, *, now: datetime
) -> CallRing:
    """Ring the station or the doctor on their pages, or send the patient the link again.

    Who closed the page or lost the line is missing at once, though their place is kept.

    Raises `appointment-not-found` out of scope, `not-allowed` for guests, `call-not-open`, `call-over`,
    `already-in-call`, `rung-too-often`, `links-sent-enough`.
    """
    check(actor, "call.ring")
    appointment = queries.get_joinable(session, actor, appointment_id, now=now)
    is_doctor = actor.ref == appointment.doctor_membership_id
    if not is_doctor and queries.find_asked_in(session, appointment_id, actor.ref):
        raise ForbiddenError
    if appointment.status not in JOINABLE:
        raise CallNotOpenError
    room = queries.lock_room(session, ensure_room(session, appointment_id, now=now).id)
    if room.state == RoomState.ENDED:
        raise CallOverError
    if any(each.role == ROLE_OF[whom] for each in queries.list_reached(session, room.id)):
        raise ConflictError("already-in-call")
    _require_pause(session, room, whom, now)
    ring = _ring(session, actor, room, appointment, RingPurpose.MISSING, whom, now)
    if whom is RingWhom.PATIENT:
        publish(session, PatientRung(appointment_id=appointment.id, by=actor.ref), now=now)
    return ring


def list_colleagues(
    session: Session, actor: Actor, appointment_id: UUID, *, now: datetime
) -> list[Colleague]:
    """List whom the doctor of a call may ask in, who can come soonest first. Raises as `ask_in`."""
    appointment = _own_call(session, actor, appointment_id, now)
    return colleagues_of(session, appointment, now=now)


def ask_in(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    membership_id: UUID,
    purpose: RingPurpose,
    *,
    now: datetime,
) -> CallRing:
    """Ring a colleague to come into the running call: to advise, to interpret, or to take it over.

    Asked again while it rings, it is the same ring. Raises `appointment-not-found`, `not-allowed` for all
    but the call's doctor, `call-not-open` before it runs, `colleague-unknown`, `call-full`.
    """
    appointment = _own_call(session, actor, appointment_id, now)
    known = {each.membership_id: each for each in colleagues_of(session, appointment, now=now)}
    asked = known.get(membership_id)
    if asked is None or purpose is RingPurpose.MISSING or not may_be_asked(asked, purpose):
        raise InvalidError("colleague-unknown", field="membership_id")
    found = queries.find_room(session, appointment_id)
    if found is None or found.state != RoomState.LIVE:
        raise CallNotOpenError
    room = queries.lock_room(session, found.id)
    ringing = [each for each in queries.list_room_rings(session, room.id) if _rings(each, now)]
    same = next((each for each in ringing if each.membership_id == membership_id), None)
    if same is not None:
        return same
    inside = [each for each in queries.list_there(session, room.id) if each.admitted_at is not None]
    asked_in = [each for each in ringing if each.whom == RingWhom.COLLEAGUE]
    is_inside = any(each.actor_ref == membership_id for each in inside)
    if not is_inside and len(inside) + len(asked_in) >= MOST_IN_ROOM:
        raise CallFullError
    return _ring(session, actor, room, appointment, purpose, RingWhom.COLLEAGUE, now, membership_id)


def accept(session: Session, actor: Actor, ring_id: UUID, *, now: datetime) -> CallRing:
    """Come: the room opens for whoever was asked in, the record for who advises, the case for who takes over.

    Again by the same is answered as before. Raises `call-not-found` for who was not rung, `ring-over`.
    """
    ring, room = _rung(session, actor, ring_id)
    if ring.state == RingState.ACCEPTED and ring.answered_by == actor.ref:
        return ring
    if not _rings(ring, now) or room.state == RoomState.ENDED:
        raise RingOverError
    purpose = RingPurpose(ring.purpose)
    if purpose is RingPurpose.HAND_OVER:
        take_over(session, actor, ring, room, now=now)
    settle(session, ring, RingCommand.ACCEPT, actor.ref, now=now)
    if purpose in OPENS_RECORD:
        open_grant(
            session,
            patient_id=get_by_id(session, ring.appointment_id).patient_id,
            holder_kind=HolderKind.MEMBERSHIP,
            holder_id=actor.ref,
            basis=Basis.CALL,
            source_id=ring.id,
            now=now,
        )
    note(session, room, EventKind.ANSWERED, reason=f"{purpose}:accepted", now=now)
    audit(session, actor, "call.answer", room, reason=purpose, now=now)
    return ring


def decline(session: Session, actor: Actor, ring_id: UUID, *, now: datetime) -> CallRing:
    """Say no; whoever rang sees it. Raises `call-not-found` for who was not rung, `ring-over`."""
    ring, room = _rung(session, actor, ring_id)
    if ring.state == RingState.DECLINED and ring.answered_by == actor.ref:
        return ring
    if not _rings(ring, now):
        raise RingOverError
    settle(session, ring, RingCommand.DECLINE, actor.ref, now=now)
    note(session, room, EventKind.ANSWERED, reason=f"{ring.purpose}:declined", now=now)
    audit(session, actor, "call.answer", room, reason="declined", now=now)
    return ring


def _own_call(session: Session, actor: Actor, appointment_id: UUID, now: datetime) -> Appointment:
    check(actor, "call.invite")
    appointment = queries.get_joinable(session, actor, appointment_id, now=now)
    if actor.ref != appointment.doctor_membership_id:
        raise ForbiddenError
    return appointment


def _require_pause(session: Session, room: CallRoom, whom: RingWhom, now: datetime) -> None:
    pause = wait_before(whom, queries.list_room_rings(session, room.id), now=now)
    if pause is None:
        raise ConflictError("links-sent-enough")
    if pause:
        raise RungTooOftenError(-int(-pause.total_seconds() // 1))


def _rings(ring: CallRing, now: datetime) -> bool:
    return ring.state == RingState.RINGING and ring.until_at > now


def _rung(session: Session, actor: Actor, ring_id: UUID) -> tuple[CallRing, CallRoom]:
    """Return a ring and its room, both locked, the room first as everywhere; raise for who was not rung."""
    check(actor, "call.answer")
    seen = session.get(CallRing, ring_id)
    is_own = seen is not None and (
        seen.membership_id == actor.ref
        or (seen.facility_id is not None and seen.facility_id == actor.facility_id)
    )
    if seen is None or not is_own:
        raise CallNotFoundError
    room = queries.lock_room(session, seen.room_id)
    return queries.lock_ring(session, ring_id), room


def _ring(
    session: Session,
    actor: Actor,
    room: CallRoom,
    appointment: Appointment,
    purpose: RingPurpose,
    whom: RingWhom,
    now: datetime,
    membership_id: UUID | None = None,
) -> CallRing:
    doctor = appointment.doctor_membership_id if whom is RingWhom.DOCTOR else None
    ring = CallRing(
        room_id=room.id,
        appointment_id=appointment.id,
        purpose=purpose,
        whom=whom,
        membership_id=membership_id or doctor,
        facility_id=appointment.station_facility_id if whom is RingWhom.STATION else None,
        rung_by=actor.ref,
        rung_at=now,
        until_at=now + RINGS_FOR,
    )
    session.add(ring)
    session.flush()
    announce(session, ring, now=now)
    if doctor is not None:
        rung = DoctorRung(ring_id=ring.id, membership_id=doctor, until_at=ring.until_at)
        publish(session, rung, now=now)
    note(session, room, EventKind.RUNG, reason=f"{purpose}:{whom}", now=now)
    action = "call.ring" if purpose is RingPurpose.MISSING else "call.invite"
    audit(session, actor, action, room, reason=f"{purpose}:{whom}", now=now)
    return ring
