"""Reading the audit trail."""

from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.audit.models import AuditEntry


def list_for_patient(session: Session, patient_id: UUID, *, limit: int = 100) -> list[AuditEntry]:
    """List the newest acts on one patient's data; the caller has checked the right to see them."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.patient_id == patient_id)
        .order_by(col(AuditEntry.recorded_at).desc(), col(AuditEntry.id).desc())
        .limit(limit)
    )
    return list(session.exec(query))
