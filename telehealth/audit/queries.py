"""Reading the audit trail."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.audit.models import AuditEntry
from telehealth.kit.actors import Actor


def list_for_patient(session: Session, patient_id: UUID, *, limit: int = 100) -> list[AuditEntry]:
    """List the newest acts on one patient's data; the caller has checked the right to see them."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.patient_id == patient_id)
        .order_by(col(AuditEntry.recorded_at).desc(), col(AuditEntry.id).desc())
        .limit(limit)
    )
    return list(session.exec(query))


def has_recent(
    session: Session, actor: Actor, action: str, subject_id: UUID, *, patient_id: UUID, since: datetime
) -> bool:
    """Tell whether the actor did this with one object of a patient since then."""
    query = select(AuditEntry.id).where(
        AuditEntry.patient_id == patient_id,
        AuditEntry.recorded_at >= since,
        AuditEntry.subject_id == subject_id,
        AuditEntry.actor_ref == actor.ref,
        AuditEntry.action == action,
    )
    return session.exec(query.limit(1)).first() is not None
