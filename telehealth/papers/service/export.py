"""What other systems take of a signed visit; each time it is on record, like a print."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.papers.bundles import document_of
from telehealth.visits.queries import records_of
from telehealth.visits.service import read_visit
from telehealth.visits.states import VisitState


def export_document(
    session: Session, actor: Actor, visit_id: UUID, *, base_url: str, now: datetime
) -> dict[str, Any]:
    """Return a signed visit in scope as a FHIR R4 document.

    Raises `visit-not-found`, `paper-not-there` (nothing is signed yet).
    """
    visit = read_visit(session, actor, visit_id, now=now, action="visit.print")
    if visit.state != VisitState.SIGNED:
        raise NotFoundError("paper-not-there")
    return document_of(records_of(session, visit), base_url=base_url)
