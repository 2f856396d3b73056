"""Signing freezes the record; afterwards it is only amended.

A password or PIN is no digital signature: what is printed says "chưa ký số" until a certified one
is attached (Law 20/2023/QH15 on electronic transactions; TT 13/2025/TT-BYT).
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.queries import visible_patients
from telehealth.access.rules import check
from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.audit.service import record
from telehealth.kit.changes import note_change
from telehealth.kit.errors import InvalidError, NotFoundError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits.events import VisitAmended, VisitSigned
from telehealth.visits.models import SignedRecord, Visit
from telehealth.visits.rules import (
    SCHEMA_VERSION,
    Section,
    accept_text,
    canonical,
    fingerprint,
    missing_for_signature,
)
from telehealth.visits.service.compose import compose_amendment, compose_record
from telehealth.visits.service.history import append_event
from telehealth.visits.states import VisitCommand

REASON_LIMIT = 500


def sign(session: Session, actor: MembershipActor, visit_id: UUID, *, version: int, now: datetime) -> SignedRecord:
    """Freeze the record as canonical JSON with its hash; the edge has checked PIN or password.

    Raises `visit-not-found`, `not-allowed` (the actor does not answer for this visit),
    `record-incomplete` (fact `missing`: the parts), `stale-version`, `invalid-transition`.
    """
    visit = _lock(session, actor, visit_id, now=now)
    check(actor, "visit.sign", visit)
    if visit.version != version:
        raise StaleError("stale-version")
    sections = {name: row.text for name, row in queries.sections_of(session, visit).items()}
    missing = missing_for_signature(sections, queries.conditions_of(session, visit), visit.doctor_membership_id)
    if missing.parts:
        raise InvalidError("record-incomplete", missing=list(missing.parts))
    append_event(session, actor, visit, VisitCommand.SIGN, now=now)
    patient = session.get_one(Patient, visit.patient_id)
    today = policy_of(session).local_date(now)
    document = compose_record(session, actor, visit, patient, today=today, now=now)
    signed = _store(session, actor, visit, document, previous=None, now=now)
    _settle_grants(session, actor, visit, now)
    publish(
        session,
        VisitSigned(
            visit_id=visit.id,
            patient_id=visit.patient_id,
            appointment_id=visit.appointment_id,
            station_facility_id=visit.station_facility_id,
            signer_membership_id=actor.ref,
            follow_up_on=visit.follow_up_on,
            follow_up_facility_id=visit.follow_up_facility_id,
        ),
        now=now,
    )
    _note(session, actor, visit, "visit.sign", signed, now)
    return signed


def amend(
    session: Session, actor: MembershipActor, visit_id: UUID, *, reason: str, text: str, now: datetime
) -> SignedRecord:
    """Add an amendment under a signed record; what was signed stays as it is.

    Raises `visit-not-found`, `not-allowed`, `amendment-empty`, `text-too-long`, `invalid-transition`.
    """
    visit = _lock(session, actor, visit_id, now=now)
    check(actor, "visit.amend", visit)
    if not reason.strip() or not text.strip():
        raise InvalidError("amendment-empty", field="reason" if not reason.strip() else "text")
    append_event(session, actor, visit, VisitCommand.AMEND, reason=reason.strip()[:REASON_LIMIT], now=now)
    previous = queries.records_of(session, visit)[-1]
    document = compose_amendment(
        session,
        actor,
        visit,
        previous,
        reason=reason.strip()[:REASON_LIMIT],
        text=accept_text(text, Section.FINDINGS),
        today=policy_of(session).local_date(now),
        now=now,
    )
    signed = _store(session, actor, visit, document, previous=previous, now=now)
    publish(session, VisitAmended(visit_id=visit.id, patient_id=visit.patient_id, number=signed.number), now=now)
    _note(session, actor, visit, "visit.amend", signed, now)
    return signed


def _lock(session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime) -> Visit:
    """Fetch the visit in scope and keep others from signing or writing it at the same moment."""
    scope = col(Visit.patient_id).in_(visible_patients(actor, now))
    visit = session.exec(select(Visit).where(Visit.id == visit_id, scope).with_for_update()).first()
    if visit is None:
        raise NotFoundError("visit-not-found")
    return visit


def _store(
    session: Session,
    actor: MembershipActor,
    visit: Visit,
    document: dict[str, object],
    *,
    previous: SignedRecord | None,
    now: datetime,
) -> SignedRecord:
    text = canonical(document)
    signed = SignedRecord(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        number=previous.number + 1 if previous else 1,
        schema_version=SCHEMA_VERSION,
        canonical=text,
        sha256=fingerprint(text),
        previous_sha256=previous.sha256 if previous else None,
        signed_by=actor.ref,
        signed_at=now,
    )
    session.add(signed)
    session.flush()
    return signed


def _settle_grants(session: Session, actor: MembershipActor, visit: Visit, now: datetime) -> None:
    """Let the remote side's right end some time after the visit; what one signed stays readable."""
    if visit.appointment_id is not None:
        until = now + policy_of(session).grant_after_visit
        close_grants(session, source_id=visit.appointment_id, until_at=until)
    open_grant(
        session,
        patient_id=visit.patient_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=actor.ref,
        basis=Basis.SIGNED,
        source_id=visit.id,
        now=now,
    )


def _note(session: Session, actor: MembershipActor, visit: Visit, action: str, signed: SignedRecord, now: datetime) -> None:
    record(
        session,
        actor,
        action,
        subject_kind="visit",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        facts={"record": str(signed.id), "number": signed.number},
        now=now,
    )
    scopes = [visit.station_facility_id, *([visit.doctor_membership_id] if visit.doctor_membership_id else [])]
    note_change(session, "visit", visit.id, scopes=scopes, now=now)
