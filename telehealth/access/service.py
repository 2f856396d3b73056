"""Opening and closing grants. Higher slices call this when care begins and ends."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from telehealth.access.models import Grant


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
    """Open a grant from now on, or return the open one with the same holder, basis and source."""
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
        session.flush()
    return grant


def close_grants(session: Session, *, source_id: UUID, until_at: datetime) -> int:
    """Let every open grant that rests on the source end at an instant; return how many."""
    query = select(Grant).where(
        Grant.source_id == source_id, or_(col(Grant.until_at).is_(None), col(Grant.until_at) > until_at)
    )
    grants = session.exec(query).all()
    for grant in grants:
        grant.until_at = until_at
        session.add(grant)
    session.flush()
    return len(grants)
