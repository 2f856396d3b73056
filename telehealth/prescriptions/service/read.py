"""Reading a prescription leaves a trace."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.kit.actors import Actor
from telehealth.prescriptions import queries
from telehealth.prescriptions.models import Prescription
from telehealth.visits.models import Visit
from telehealth.visits.service.history import trace


def read_prescription(
    session: Session, actor: Actor, prescription_id: UUID, *, now: datetime, action: str = "visit.read"
) -> tuple[Prescription, Visit]:
    """Return a prescription in scope for a person to read (or print: `visit.print`), and write it down.

    Raises `not-allowed`, `prescription-not-found`.
    """
    check(actor, action)
    prescription, visit = queries.get_prescription(session, actor, prescription_id, now=now)
    trace(session, actor, visit, action, {"prescription": str(prescription.id)}, now=now)
    return prescription, visit
