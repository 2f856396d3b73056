"""Handles: one for each state of a paper, given out when it is first printed, void once it is replaced."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, update

from telehealth.conferences.events import MinutesReopened
from telehealth.kit.crypto import keyring_of
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.papers import queries
from telehealth.papers.models import PaperHandle
from telehealth.papers.rules import Verdict, as_handle, digest, tidy
from telehealth.prescriptions import queries as prescriptions
from telehealth.visits.events import VisitAmended
from telehealth.visits.models import Visit

VISIT = "visit"
MINUTES = "minutes"
LETTER = "referral"


@dataclass(frozen=True, slots=True)
class Signed:
    """What a paper shows: its kind, the hash of what was signed last, where and when it was signed."""

    paper: str
    state: str
    facility: str
    signed_at: datetime


def issue_handle(session: Session, visit: Visit, signed: Signed, *, now: datetime) -> str:
    """Return the handle of a paper of a visit fetched in scope; the same paper keeps its handle.

    Handles of earlier states of the paper are void from now on.
    """
    # Two who print at once wait for each other here, and both get the one handle.
    session.refresh(visit, with_for_update=True)
    found = queries.find_handle(session, visit.id, signed.paper, signed.state)
    if found is not None:
        return _handle(session, found.id)
    void_papers(session, visit.id, signed.paper, now=now)
    row_id = new_id()
    handle = _handle(session, row_id)
    row = PaperHandle(
        id=row_id,
        digest=digest(handle),
        visit_id=visit.id,
        paper=signed.paper,
        state=signed.state,
        facility_name=signed.facility,
        signed_at=signed.signed_at,
        issued_at=now,
    )
    session.add(row)
    session.flush()
    return handle


def verify_handle(session: Session, typed: str) -> Verdict | None:
    """Return what the code on a paper or on a prescription answers; None for what was never given out."""
    found = queries.find_by_handle(session, tidy(typed))
    if found is None:
        prescribed = prescriptions.verify(session, typed.strip())
        if prescribed is None:
            return None
        return Verdict(prescribed.is_valid, prescribed.signed_on, prescribed.facility)
    signed_on = policy_of(session).local_date(found.signed_at)
    return Verdict(found.voided_at is None, signed_on, found.facility_name)


def on_visit_amended(session: Session, event: VisitAmended, now: datetime) -> None:
    """Void the papers of the record as it was, and the letter of referral, which tells of amendments, too."""
    for paper in (VISIT, LETTER):
        void_papers(session, event.visit_id, paper, now=now)


def on_minutes_reopened(session: Session, event: MinutesReopened, now: datetime) -> None:
    """Void the papers of minutes that are written anew."""
    void_papers(session, event.visit_id, MINUTES, now=now)


def void_papers(session: Session, visit_id: UUID, paper: str, *, now: datetime) -> None:
    """Void what was printed of one paper of a visit; its next state gets another handle."""
    session.execute(
        update(PaperHandle)
        .where(
            col(PaperHandle.visit_id) == visit_id,
            col(PaperHandle.paper) == paper,
            col(PaperHandle.voided_at).is_(None),
        )
        .values(voided_at=now)
        .execution_options(synchronize_session="fetch")
    )


def _handle(session: Session, row_id: UUID) -> str:
    return as_handle(keyring_of(session).derive("paper-handle", str(row_id)))
