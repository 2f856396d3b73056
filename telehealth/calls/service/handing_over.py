"""Giving a running call to another doctor: station and patient stay where they are (docs/decisions/0020)."""

from datetime import datetime

from sqlmodel import Session

from telehealth.calls import queries
from telehealth.calls.errors import RingOverError
from telehealth.calls.events import PartsChanged
from telehealth.calls.models import CallRing, CallRoom
from telehealth.calls.ringing import RingPurpose, RingWhom
from telehealth.calls.rules import EventKind, MemberRole
from telehealth.calls.service.notes import audit, note
from telehealth.calls.states import RingState
from telehealth.kit.actors import Actor
from telehealth.kit.events import publish
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.queries import get_by_id


def take_over(session: Session, actor: Actor, ring: CallRing, room: CallRoom, *, now: datetime) -> None:
    """Make whoever accepted the doctor of the call; the one before stays as a guest until they leave.

    Appointment, visit and the right to the data follow in the same unit of work. Raises `ring-over` where
    whoever rang is not the call's doctor any more, and `invalid-transition` where it does not run.
    """
    appointment = get_by_id(session, ring.appointment_id)
    before = appointment.doctor_membership_id
    if before != ring.rung_by:
        raise RingOverError
    scheduling.hand_over(session, actor, appointment.id, now=now)
    former = queries.find_member(session, room.id, before, before)
    if former is not None:
        former.role = MemberRole.GUEST
        session.add(former)
        session.add(_stays(ring, actor, now))
    newcomer = queries.find_member(session, room.id, actor.ref, actor.ref)
    if newcomer is not None:
        newcomer.role = MemberRole.DOCTOR
        session.add(newcomer)
    session.flush()
    note(session, room, EventKind.HANDED_OVER, member_id=former.id if former else None, now=now)
    audit(session, actor, "call.take_over", room, reason="handed-over", now=now)
    publish(session, PartsChanged(room_id=room.id), now=now)


def _stays(ring: CallRing, actor: Actor, now: datetime) -> CallRing:
    """What lets the doctor before stay, to tell the new one what there is to tell."""
    return CallRing(
        room_id=ring.room_id,
        appointment_id=ring.appointment_id,
        purpose=RingPurpose.COLLEAGUE,
        whom=RingWhom.COLLEAGUE,
        state=RingState.ACCEPTED,
        membership_id=ring.rung_by,
        rung_by=actor.ref,
        rung_at=now,
        until_at=now,
        answered_by=ring.rung_by,
        answered_at=now,
    )
