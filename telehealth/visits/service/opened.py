"""Fetching a visit that may still be written, for this slice and for those above that keep parts of it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.states import MACHINE, VisitCommand, VisitState


def visit_to_write(session: Session, actor: Actor, visit_id: UUID, *, now: datetime) -> Visit:
    """Fetch the visit and keep others from signing it before what is written here is in.

    Raises `visit-not-found`, `not-allowed` (no part in it), `visit-closed`.
    """
    visit = queries.get_visit(session, actor, visit_id, now=now, lock=True)
    if not is_participant(actor, visit):
        raise ForbiddenError("not-allowed")
    if not MACHINE.allows(VisitState(visit.state), VisitCommand.SIGN):
        raise ConflictError("visit-closed")
    return visit
