"""Whose record is meant in an emergency, and the list of those that were opened so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, and_, col, func, or_, select

from telehealth.access.models import SamePerson
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import keyring_of
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.patients.finding import may_be_born
from telehealth.patients.models import BrokenGlass, Patient
from telehealth.patients.queries import index_of
from telehealth.patients.typed import read_search

CANDIDATES_AT_MOST: Final = 5
LISTED_AT_MOST: Final = 50


def find_candidates(session: Session, text: str, *, now: datetime) -> list[Patient]:
    """Find patients in any scope by a CCCD or BHYT number, or by the whole name and birth date or year.

    At most one more than can be shown. Raises `glass-who-needed` where the text is neither.
    """
    wanted = read_search(text, today=policy_of(session).local_date(now))
    if wanted.person_keys:
        indexes = [index_of(keyring_of(session), key) for key in wanted.person_keys]
        who = or_(col(Patient.cccd_index).in_(indexes), col(Patient.bhyt_index).in_(indexes))
    elif len(wanted.words) > 1 and wanted.birth is not None:
        who = and_(Patient.folded_name == " ".join(wanted.words), may_be_born(wanted.birth))
    else:
        raise InvalidError("glass-who-needed", field="text")
    of_others = select(SamePerson.current_id).where(SamePerson.patient_id == Patient.id).scalar_subquery()
    ids = select(func.coalesce(of_others, Patient.id)).where(who)
    query = select(Patient).where(col(Patient.id).in_(ids)).order_by(col(Patient.birth_date), col(Patient.id))
    return list(session.exec(query.limit(CANDIDATES_AT_MOST + 1)))


def get_glass(session: Session, actor: Actor, glass_id: UUID, *, lock: bool = False) -> BrokenGlass:
    """Return what one of the actor's facility opened; raise `glass-not-found`."""
    query = select(BrokenGlass).where(
        BrokenGlass.id == glass_id, BrokenGlass.facility_id == actor.facility_id
    )
    row = session.exec(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFoundError("glass-not-found")
    return row


def list_glasses(session: Session, actor: Actor, *, limit: int = LISTED_AT_MOST) -> list[BrokenGlass]:
    """List what the actor's facility opened, what waits for a review first, the newest first."""
    query = (
        select(BrokenGlass)
        .where(BrokenGlass.facility_id == actor.facility_id)
        .order_by(
            col(BrokenGlass.verdict).is_not(None), col(BrokenGlass.opened_at).desc(), col(BrokenGlass.id)
        )
    )
    return list(session.exec(query.limit(limit)))


def named_in(session: Session, actor: Actor, rows: Sequence[BrokenGlass]) -> dict[UUID, tuple[str, int]]:
    """Return the names and birth years of those whose records the actor's facility opened, to be masked."""
    ids = {row.patient_id for row in rows if row.facility_id == actor.facility_id}
    query = select(Patient).where(col(Patient.id).in_(ids))
    return {row.id: (row.full_name, row.birth_date.year) for row in session.exec(query)}


def count_waiting(session: Session, actor: Actor) -> int:
    """Count what waits for the review of the actor's facility."""
    query = select(func.count()).where(
        BrokenGlass.facility_id == actor.facility_id, col(BrokenGlass.verdict).is_(None)
    )
    return session.exec(query).one()


def count_since(session: Session, membership_id: UUID, since: datetime) -> int:
    """Count the records somebody opened since then."""
    query = select(func.count()).where(
        BrokenGlass.membership_id == membership_id, BrokenGlass.opened_at > since
    )
    return session.exec(query).one()
