"""Asking for national codes: rows that wait, leased for one attempt each, and what came of it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.audit.service import record
from telehealth.facilities.queries import current_identifier
from telehealth.kit.actors import SYSTEM
from telehealth.kit.changes import note_change
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.patients.queries import open_identity
from telehealth.prescriptions import queries
from telehealth.prescriptions.events import VoidedCodeHolds
from telehealth.prescriptions.models import Prescription, PrescriptionCode
from telehealth.prescriptions.ports import Answer, Errand, Outcome
from telehealth.prescriptions.states import CODE_MACHINE, CodeCommand, CodeState
from telehealth.visits.models import Visit

LIEN_THONG: Final = "lien_thong"
"""The system of identifiers a facility has for e-prescriptions; not its code of health insurance."""

LEASE: Final = timedelta(minutes=2)
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=6)


def ask_for_code(session: Session, prescription: Prescription, *, now: datetime) -> None:
    """Let a prescription wait for its code; the job asks once this is committed."""
    session.add(PrescriptionCode(prescription_id=prescription.id, next_try_at=now))
    session.flush()


def stop_asking(session: Session, prescription: Prescription, *, now: datetime) -> None:
    """Ask no more for a prescription that was voided; one that has its code still holds nationally."""
    row = session.get(PrescriptionCode, prescription.id, with_for_update=True)
    if row is None:
        return
    if row.state == CodeState.WAITING:
        _move(session, row, CodeCommand.CANCEL, now=now)
    elif row.state == CodeState.GIVEN:
        _call_for_cancelling(session, row, prescription, now=now)


def has_due(session: Session, *, now: datetime) -> bool:
    """Tell whether any prescription is to be asked about now."""
    query = select(PrescriptionCode.prescription_id).where(
        PrescriptionCode.state == CodeState.WAITING, col(PrescriptionCode.next_try_at) <= now
    )
    return session.exec(query.limit(1)).first() is not None


def lease_due(session: Session, *, now: datetime, limit: int) -> list[Errand]:
    """Take up what is to be asked now; nobody else asks it before the lease is over."""
    query = (
        select(PrescriptionCode)
        .where(PrescriptionCode.state == CodeState.WAITING, col(PrescriptionCode.next_try_at) <= now)
        .order_by(col(PrescriptionCode.next_try_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    errands = []
    for row in session.exec(query).all():
        row.attempts, row.next_try_at = row.attempts + 1, now + LEASE
        session.add(row)
        errands.append(_errand(session, row, now=now))
    session.flush()
    return errands


def settle(session: Session, errand: Errand, answer: Answer, *, now: datetime) -> None:
    """Write down what came of an attempt.

    A code counts whenever it comes: one of a prescription that was voided meanwhile holds nationally until
    somebody cancels it there. Of other answers only that of the latest attempt counts.
    """
    row = session.get(PrescriptionCode, UUID(errand.ask_id), with_for_update=True)
    if row is None or row.state not in (CodeState.WAITING, CodeState.NOT_NEEDED):
        return
    if answer.outcome is Outcome.GIVEN:
        is_late = row.state == CodeState.NOT_NEEDED
        row.code = answer.code
        _move(session, row, CodeCommand.GIVE, now=now)
        if is_late:
            prescription = session.get_one(Prescription, row.prescription_id)
            _call_for_cancelling(session, row, prescription, now=now)
    elif row.state == CodeState.NOT_NEEDED or row.attempts != errand.attempt:
        return
    elif answer.outcome is Outcome.REFUSED:
        row.problem = answer.problem
        _move(session, row, CodeCommand.REFUSE, now=now)
    else:
        row.problem, row.next_try_at = answer.problem, now + wait_after(row.attempts)
        session.add(row)
        session.flush()


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts in vain: doubling, up to six hours."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 16)), LONGEST_WAIT)


def _call_for_cancelling(
    session: Session, row: PrescriptionCode, prescription: Prescription, *, now: datetime
) -> None:
    """Tell that a code holds nationally for a prescription that does not: people cancel it there."""
    visit = session.get_one(Visit, prescription.visit_id)
    event = VoidedCodeHolds(
        prescription_id=prescription.id,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        station_facility_id=visit.station_facility_id,
        code=row.code or "",
    )
    publish(session, event, now=now)


def _errand(session: Session, row: PrescriptionCode, *, now: datetime) -> Errand:
    prescription = session.get_one(Prescription, row.prescription_id)
    signed = queries.signed_content(session, prescription)
    identity = open_identity(session, session.get_one(Patient, prescription.patient_id))
    policy = policy_of(session)
    facility = ""
    if prescription.facility_id is not None:
        today = policy.local_date(now)
        facility = current_identifier(session, prescription.facility_id, LIEN_THONG, today) or ""
    return Errand(
        ask_id=str(prescription.id),
        attempt=row.attempts,
        facility=facility,
        licence=signed.signer["licence_number"] or "",
        issued_on=policy.local_date(prescription.issued_at or now),
        content=signed.content,
        record=signed.record,
        signer=signed.signer,
        cccd=identity.cccd or "",
        bhyt=identity.bhyt or "",
        address=identity.address,
    )


def _move(session: Session, row: PrescriptionCode, command: CodeCommand, *, now: datetime) -> None:
    row.state = CODE_MACHINE.move(CodeState(row.state), command)
    row.next_try_at, row.settled_at = None, now
    session.add(row)
    session.flush()
    prescription = session.get_one(Prescription, row.prescription_id)
    visit = session.get_one(Visit, prescription.visit_id)
    record(
        session,
        SYSTEM,
        "visit.prescribe",
        subject_kind="visit",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        facts={"prescription": str(prescription.id), "act": f"code-{command}"},
        now=now,
    )
    doctor = [visit.doctor_membership_id] if visit.doctor_membership_id else []
    note_change(session, "visit", visit.id, scopes=[visit.station_facility_id, *doctor], now=now)
