"""What a signature does to a prescription: the record's issues it, an amendment's replaces the one before."""

from datetime import datetime

from sqlmodel import Session, col, select

from telehealth.kit.actors import Actor, ActorKind
from telehealth.prescriptions import queries
from telehealth.prescriptions.models import Prescription
from telehealth.prescriptions.service.codes import ask_for_code, stop_asking
from telehealth.prescriptions.service.history import append_event
from telehealth.prescriptions.states import PrescriptionCommand
from telehealth.staff.queries import get_membership
from telehealth.visits.events import VisitAmended, VisitSigned
from telehealth.visits.models import SignedRecord


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """Put what was signed with the record in force; an empty draft leaves nothing."""
    draft = queries.draft_of(session, event.visit_id)
    if draft is not None:
        _settle(session, draft, _record(session, draft), now=now)


def on_visit_amended(session: Session, event: VisitAmended, now: datetime) -> None:
    """Put what was signed with an amendment in force, and the one before out of it.

    An amendment with an empty draft takes the prescription back without another.
    """
    draft = queries.draft_of(session, event.visit_id)
    if draft is None:
        return
    record = _record(session, draft)
    active = queries.active_of(session, event.visit_id)
    if active is not None:
        signer = _signer(session, record)
        active.voided_at = now
        append_event(session, signer, active, PrescriptionCommand.VOID, now=now)
        stop_asking(session, active, now=now)
    _settle(session, draft, record, now=now)


def _settle(session: Session, draft: Prescription, record: SignedRecord, *, now: datetime) -> None:
    signer = _signer(session, record)
    if not queries.lines_of(session, draft):
        append_event(session, signer, draft, PrescriptionCommand.DROP, now=now)
        return
    draft.record_id, draft.issued_at, draft.facility_id = record.id, now, signer.facility_id
    append_event(session, signer, draft, PrescriptionCommand.ISSUE, now=now)
    ask_for_code(session, draft, now=now)


def _record(session: Session, draft: Prescription) -> SignedRecord:
    """Return what was signed just now: the newest record of the visit."""
    query = select(SignedRecord).where(SignedRecord.visit_id == draft.visit_id)
    return session.exec(query.order_by(col(SignedRecord.number).desc()).limit(1)).one()


def _signer(session: Session, record: SignedRecord) -> Actor:
    membership = get_membership(session, record.signed_by)
    return Actor(kind=ActorKind.MEMBERSHIP, ref=membership.id, facility_id=membership.facility_id)
