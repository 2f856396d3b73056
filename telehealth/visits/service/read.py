"""Reading a visit leaves a trace; who reads what is the patient's to know."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.queries import require_patient
from telehealth.audit.queries import has_recent
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.service.history import trace

READ_AT_ONCE: Final = timedelta(minutes=1)
"""The parts of a workspace are fetched within seconds of it: that is one look."""


def read_visit(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, action: str = "visit.read"
) -> Visit:
    """Return a visit in scope for a person to read (or print: `visit.print`), and write it down.

    Raises `visit-not-found`.
    """
    visit = queries.get_visit(session, actor, visit_id, now=now)
    trace(session, actor, visit, action, {}, now=now)
    return visit


def read_part(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, is_refresh: bool = False
) -> Visit:
    """Return a visit in scope for one part of its workspace, and write the reading down.

    A page that asks for itself anew, and parts fetched into a page read just now, are no reading more.
    Raises `visit-not-found`.
    """
    visit = queries.get_visit(session, actor, visit_id, now=now)
    since, patient = now - READ_AT_ONCE, visit.patient_id
    if not is_refresh and not has_recent(
        session, actor, "visit.read", visit.id, patient_id=patient, since=since
    ):
        trace(session, actor, visit, "visit.read", {}, now=now)
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
