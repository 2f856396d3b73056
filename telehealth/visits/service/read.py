"""Reading a visit leaves a trace; who reads what is the patient's to know."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.queries import require_patient
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.service.history import trace


def read_visit(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, action: str = "visit.read"
) -> Visit:
    """Return a visit in scope for a person to read (or print: `visit.print`), and write it down.

    Raises `visit-not-found`.
    """
    visit = queries.get_visit(session, actor, visit_id, now=now)
    trace(session, actor, visit, action, {}, now=now)
    return visit


def read_list(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    *,
    now: datetime,
    limit: int = 20,
    before: datetime | None = None,
) -> list[Visit]:
    """Return a patient's visits in scope, newest first, and write down which were seen.

    Raises `patient-not-found`.
    """
    require_patient(session, actor, patient_id, now=now)
    found = queries.list_for_patient(session, actor, patient_id, now=now, limit=limit, before=before)
    record(
        session,
        actor,
        "visit.read",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        facts={"visits": [str(visit.id) for visit in found]},
        now=now,
    )
    return found
