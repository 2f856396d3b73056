"""What every act in a room leaves behind: a line in the journal, an audit row, a change for live pages."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.calls.models import CallEvent, CallMember, CallRoom
from telehealth.calls.rules import EventKind
from telehealth.kit.actors import SYSTEM, Actor, ActorKind
from telehealth.kit.changes import note_change
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import get_by_id


def note(
    session: Session,
    room: CallRoom,
    kind: EventKind,
    *,
    now: datetime,
    at: datetime | None = None,
    member_id: UUID | None = None,
    by_member_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Add a line to the journal and tell the live pages of station and doctor."""
    event = CallEvent(
        room_id=room.id,
        member_id=member_id,
        kind=kind,
        reason=reason,
        by_member_id=by_member_id,
        occurred_at=at or now,
        recorded_at=now,
    )
    session.add(event)
    tell(session, get_by_id(session, room.appointment_id), now=now)


def tell(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """Say that something changed at the call of an appointment."""
    scopes = {appointment.station_facility_id, appointment.doctor_membership_id}
    note_change(session, "call", appointment.id, scopes=scopes, now=now)


def audit(
    session: Session,
    actor: Actor,
    action: str,
    room: CallRoom,
    *,
    now: datetime,
    member_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Write who did what at whose call."""
    facts = {"member_id": str(member_id) if member_id else None, "reason": reason}
    record(
        session,
        actor,
        action,
        subject_kind="call",
        subject_id=room.id,
        patient_id=get_by_id(session, room.appointment_id).patient_id,
        facts={name: value for name, value in facts.items() if value is not None},
        now=now,
    )


def actor_of(member: CallMember | None) -> Actor:
    """Return who acted as a member of a room; the program where nobody did."""
    if member is None:
        return SYSTEM
    return Actor(kind=ActorKind(member.actor_kind), ref=member.actor_ref, facility_id=member.facility_id)
