"""Reading a visit leaves a trace; who reads what is the patient's to know."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

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
