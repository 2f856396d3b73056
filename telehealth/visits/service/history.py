"""Moving a visit through its states, and leaving a trace of each act on it."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.visits.models import Visit, VisitEvent
from telehealth.visits.states import MACHINE, VisitCommand, VisitState


def append_event(
    session: Session,
    actor: Actor,
    visit: Visit,
    command: VisitCommand,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Change the state as the machine allows and write it down; raise `invalid-transition`."""
    before = VisitState(visit.state)
    after = MACHINE.move(before, command)
    newest = session.exec(select(func.max(col(VisitEvent.seq))).where(VisitEvent.visit_id == visit.id)).one()
    session.add(
        VisitEvent(
            visit_id=visit.id,
            seq=(newest or 0) + 1,
            from_state=before,
            to_state=after,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            at=now,
        )
    )
    visit.state = after
    visit.version += 1
    session.add(visit)
    session.flush()


def note(
    session: Session, actor: Actor, visit: Visit, action: str, facts: dict[str, Any], *, now: datetime
) -> None:
    """Record an act that changed a visit in the trail, and wake the pages of both sides."""
    trace(session, actor, visit, action, facts, now=now)
    announce(session, visit, now=now)


def trace(
    session: Session, actor: Actor, visit: Visit, action: str, facts: dict[str, Any], *, now: datetime
) -> None:
    """Record an act on a visit in the trail."""
    record(
        session,
        actor,
        action,
        subject_kind="visit",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        facts=facts,
        now=now,
    )


def announce(session: Session, visit: Visit, *, now: datetime) -> None:
    """Wake the live pages of the station and of the doctor."""
    doctor = [visit.doctor_membership_id] if visit.doctor_membership_id else []
    note_change(session, "visit", visit.id, scopes=[visit.station_facility_id, *doctor], now=now)
