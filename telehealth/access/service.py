"""Opening and closing grants. Higher slices call this when care begins and ends."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, and_, col, delete, or_, select

from telehealth.access.models import Grant, SamePerson
from telehealth.access.queries import person_ids


class HolderKind(StrEnum):
    """Who can hold a grant."""

    FACILITY = "facility"
    MEMBERSHIP = "membership"


class Basis(StrEnum):
    """Why a patient's data may be seen."""

    REGISTERED_HERE = "registered_here"
    APPOINTMENT = "appointment"
    URGENT_REQUEST = "urgent_request"
    VISIT = "visit"
    EXACT_MATCH = "exact_match"
    CALL = "call"
    ANSWER = "answer"
    REFERRAL = "referral"
    BREAK_GLASS = "break_glass"


_SAME = select(Grant).where(
    Grant.patient_id == bindparam("patient"),
    Grant.holder_id == bindparam("holder"),
    Grant.basis == bindparam("basis"),
    Grant.source_id == bindparam("source"),
    or_(col(Grant.until_at).is_(None), col(Grant.until_at) > bindparam("now")),
)


def open_grant(
    session: Session,
    *,
    patient_id: UUID,
    holder_kind: HolderKind,
    holder_id: UUID,
    basis: Basis,
    source_id: UUID,
    now: datetime,
    until_at: datetime | None = None,
) -> Grant:
    """Open a grant from now on, or return the open one with the same holder, basis and source.

    Whoever may see one record of a person may see the others.
    """
    same = {"patient": patient_id, "holder": holder_id, "basis": basis, "source": source_id, "now": now}
    grant = session.exec(_SAME, params=same).first()
    if grant is None:
        grant = Grant(
            patient_id=patient_id,
            holder_kind=holder_kind,
            holder_id=holder_id,
            basis=basis,
            source_id=source_id,
            from_at=now,
            until_at=until_at,
            recorded_at=now,
        )
        session.add(grant)
        _copy(session, [grant], person_ids(session, patient_id), now=now)
        session.flush()
    return grant


def close_grants(
    session: Session, *, source_id: UUID, until_at: datetime, holder_id: UUID | None = None
) -> int:
    """Let every open grant that rests on the source end at an instant, or one holder's; return how many."""
    query = select(Grant).where(
        Grant.source_id == source_id, or_(col(Grant.until_at).is_(None), col(Grant.until_at) > until_at)
    )
    if holder_id is not None:
        query = query.where(Grant.holder_id == holder_id)
    grants = session.exec(query).all()
    for grant in grants:
        grant.until_at = until_at
        session.add(grant)
    session.flush()
    return len(grants)


def join_person(session: Session, *, current_id: UUID, patient_id: UUID, now: datetime) -> None:
    """Let a patient id stand for the same person as another: who sees one of them now sees all.

    Both ids are of records nobody has joined to others yet, or `current_id` is the current one of several.
    """
    session.add(SamePerson(patient_id=patient_id, current_id=current_id))
    session.flush()
    ids = person_ids(session, current_id)
    is_own = and_(col(Grant.patient_id).in_(ids), col(Grant.copied_from).is_(None))
    is_open = or_(col(Grant.until_at).is_(None), col(Grant.until_at) > now)
    _copy(session, session.exec(select(Grant).where(is_own, is_open)).all(), ids, now=now)
    session.flush()


def part_person(session: Session, *, patient_id: UUID) -> None:
    """Undo `join_person`: every right is again what it was, and what came since stays where it was given."""
    session.exec(delete(SamePerson).where(col(SamePerson.patient_id) == patient_id))
    is_copy = and_(
        col(Grant.copied_from).is_not(None),
        or_(col(Grant.copied_from) == patient_id, col(Grant.patient_id) == patient_id),
    )
    session.exec(delete(Grant).where(is_copy))
    session.flush()


def _copy(session: Session, grants: Sequence[Grant], ids: Sequence[UUID], *, now: datetime) -> None:
    if len(ids) < 2:
        return
    # A copy that has run out is none: a referral may come back to where it lay before.
    copied = and_(
        col(Grant.copied_from).in_(ids), or_(col(Grant.until_at).is_(None), col(Grant.until_at) > now)
    )
    there = {
        (row.patient_id, row.copied_from, row.source_id, row.holder_id, row.basis)
        for row in session.exec(select(Grant).where(copied))
    }
    for grant in grants:
        for patient_id in ids:
            key = (patient_id, grant.patient_id, grant.source_id, grant.holder_id, grant.basis)
            if patient_id != grant.patient_id and key not in there:
                copy = grant.model_dump(exclude={"id", "patient_id", "copied_from"})
                session.add(Grant(**copy, patient_id=patient_id, copied_from=grant.patient_id))
