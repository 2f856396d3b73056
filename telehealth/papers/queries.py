"""Every select of papers. What a visit has is asked for a visit the caller has fetched in scope."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.papers.models import DigitalSignature, PaperHandle
from telehealth.papers.rules import digest


def find_handle(session: Session, visit_id: UUID, paper: str, state: str) -> PaperHandle | None:
    """Find the handle of one state of a paper."""
    query = select(PaperHandle).where(
        PaperHandle.visit_id == visit_id, PaperHandle.paper == paper, PaperHandle.state == state
    )
    return session.exec(query).first()


def find_by_handle(session: Session, handle: str) -> PaperHandle | None:
    """Find what a handle was given out for; anybody may ask who holds one."""
    return session.exec(select(PaperHandle).where(PaperHandle.digest == digest(handle))).first()


def signatures_of(session: Session, record_ids: Sequence[UUID]) -> dict[UUID, DigitalSignature]:
    """Return the digital signatures over these records, by record."""
    query = select(DigitalSignature).where(col(DigitalSignature.record_id).in_(record_ids))
    return {row.record_id: row for row in session.exec(query)}
