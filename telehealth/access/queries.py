"""The scope: which patients an actor may see. Every query about patients joins it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.models import Grant
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError


def visible_patients(actor: Actor, now: datetime) -> SelectOfScalar[UUID]:
    """Return a select of the patient ids the actor may see now, for use in `.in_()`.

    A membership sees what was granted to it and to its facility; an integration what was granted
    to its facility; a patient link sees nothing by this path.
    """
    holders = [actor.ref] if actor.facility_id is None else [actor.ref, actor.facility_id]
    return select(Grant.patient_id).where(
        col(Grant.holder_id).in_(holders),
        col(Grant.from_at) <= now,
        or_(col(Grant.until_at).is_(None), col(Grant.until_at) > now),
    )


def is_visible(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> bool:
    """Tell whether the actor may see the patient now."""
    query = visible_patients(actor, now).where(Grant.patient_id == patient_id).limit(1)
    return session.exec(query).first() is not None


def require_patient(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> None:
    """Raise `patient-not-found` unless the patient is in scope; absent and hidden look alike."""
    if not is_visible(session, actor, patient_id, now=now):
        raise NotFoundError("patient-not-found")
