"""Counting what was refused: one row for a kind, a facility and a day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from telehealth.kit.policy import policy_of
from telehealth.links.models import LinkRefusal

NOWHERE = UUID(int=0)
"""In place of a facility, where the question named none."""


def count_refusal(session: Session, kind: str, *, now: datetime, facility_id: UUID = NOWHERE) -> None:
    """Count one more refusal of a kind today; two at the same time are both counted."""
    key = (policy_of(session).local_date(now), kind, facility_id)
    row = _locked(session, key)
    if row is None:
        try:
            with session.begin_nested():
                session.add(LinkRefusal(refused_on=key[0], kind=kind, facility_id=facility_id, count=1))
        except IntegrityError:
            row = _locked(session, key)
    if row is not None:
        row.count += 1
        session.add(row)
    session.flush()


def _locked(session: Session, key: tuple[object, ...]) -> LinkRefusal | None:
    return session.get(LinkRefusal, key, with_for_update=True, populate_existing=True)
