"""Writing the audit trail. No audit row, no act: callers record in their own transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.models import AuditEntry
from telehealth.kit.actors import Actor


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    subject_kind: str,
    now: datetime,
    subject_id: UUID | None = None,
    patient_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add one row to the trail.

    `action` is a name from `access.rules.ACTIONS`; `facts` are ids, codes and counts only: the
    ids in a list view, the reason code of a cancellation. OWASP ASVS 5.0 16.3.2.
    """
    entry = AuditEntry(
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        facility_id=actor.facility_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        patient_id=patient_id,
        facts=facts or {},
        recorded_at=now,
    )
    session.add(entry)
    return entry
