"""Recording and withdrawing consents; loading their texts."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.queries import is_visible
from telehealth.audit.service import record
from telehealth.consents import queries
from telehealth.consents.models import Consent, ConsentText
from telehealth.consents.queries import has_consent
from telehealth.consents.rules import Agreement, GivenBy, Purpose, check_agreement
from telehealth.kit.actors import Actor
from telehealth.kit.clock import TOLERANCE
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.kit.text import nfc
from telehealth.patients.events import PatientChanged, PatientsMerged
from telehealth.patients.models import Patient
from telehealth.patients.queries import birth_of, find_holder, get_patient
from telehealth.patients.rules import Birth
from telehealth.patients.service import Registration, allow_messages, meet, register


def load_texts(session: Session, *, now: datetime) -> int:
    """Add the texts the program comes with that are not there yet; return how many.

    Done whenever a database is set up or migrated; a text that is there is left as it is.
    """
    there = set(session.exec(select(ConsentText.purpose, ConsentText.version)).all())
    source = files("telehealth.consents").joinpath("texts.toml").read_text(encoding="utf-8")
    added = 0
    for entry in tomllib.loads(source)["text"]:
        purpose = Purpose(entry["purpose"])
        if (purpose, entry["version"]) not in there:
            session.add(ConsentText(recorded_at=now, **entry))
            added += 1
    session.flush()
    return added


def record_consent(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    purpose: Purpose,
    agreement: Agreement,
    *,
    now: datetime,
    text_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> Consent:
    """Record that somebody agreed to a text, the newest one unless `text_id` names another.

    Raises `patient-not-found`, `consent-text-not-found`, `consent-text-other-purpose`, and what
    `check_agreement` raises of the day it was given, and `time-in-future`. An SMS consent lets texts go out.
    """
    given_at = occurred_at or now
    if given_at > now + TOLERANCE:
        raise InvalidError("time-in-future", field="occurred_at")
    given_at = min(given_at, now)
    patient = get_patient(session, actor, patient_id, now=now)
    text = queries.get_text(session, text_id) if text_id else queries.current_text(session, purpose)
    if text.purpose != purpose:
        raise InvalidError("consent-text-other-purpose", field="text_id")
    check_agreement(agreement, birth_of(patient), on=policy_of(session).local_date(given_at))
    is_guardian = agreement.given_by is GivenBy.GUARDIAN
    consent = Consent(
        patient_id=patient_id,
        purpose=purpose,
        text_id=text.id,
        given_by=agreement.given_by,
        guardian_name=nfc(agreement.guardian_name) if is_guardian else None,
        guardian_relation=agreement.guardian_relation if is_guardian else None,
        is_child_heard=is_guardian and agreement.is_child_heard,
        how=agreement.how,
        recorded_by=actor.ref,
        occurred_at=given_at,
        recorded_at=now,
    )
    session.add(consent)
    if purpose is Purpose.SMS:
        allow_messages(session, patient_id, is_allowed=True, now=now)
    audit_consent(session, actor, consent, now=now)
    session.flush()
    return consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """What somebody agreed to in the talk in which a patient was taken down."""

    purposes: tuple[Purpose, ...]
    agreement: Agreement


def register_with_consents(
    session: Session, actor: Actor, registration: Registration, given: Consents, *, now: datetime
) -> Patient:
    """Register a patient and record what was agreed to: no record without consent to keep data.

    Sent again it gives the same patient, and records no consent that stands. Raises `consent-data-needed`,
    `consent-text-not-found`, what `check_agreement` and `patients.service.register` raise; then nothing is
    written.
    """
    _require(session, given, registration.details.birth, now)
    patient = register(session, actor, registration, now=now)
    _record_missing(session, actor, patient, given, now)
    return patient


def meet_with_consents(
    session: Session,
    actor: Actor,
    given: Consents,
    birth: Birth,
    *,
    number: str,
    kind: str,
    reason: str,
    now: datetime,
) -> Patient:
    """Meet the patient of another facility who holds a number, and record what was agreed to here.

    What the person agreed to elsewhere proves nothing of what they were told here, so it is asked anew.
    `birth` is what the person says it is. Raises as `register_with_consents`, and what
    `patients.service.meet` raises.
    """
    _require(session, given, birth, now)
    holder = find_holder(session, number) if number.strip() else None
    is_new_here = holder is not None and not is_visible(session, actor, holder.id, now=now)
    # A record is not left open where the birth date it holds lets somebody else agree than was asked.
    with session.begin_nested():
        patient = meet(session, actor, number=number, kind=kind, reason=reason, now=now)
        if is_new_here:
            for purpose in given.purposes:
                record_consent(session, actor, patient.id, purpose, given.agreement, now=now)
        else:
            _record_missing(session, actor, patient, given, now)
    return patient


def _require(session: Session, given: Consents, birth: Birth, now: datetime) -> None:
    if Purpose.DATA not in given.purposes:
        raise InvalidError("consent-data-needed", field="purposes")
    for purpose in given.purposes:
        queries.current_text(session, purpose)
    check_agreement(given.agreement, birth, on=policy_of(session).local_date(now))


def _record_missing(session: Session, actor: Actor, patient: Patient, given: Consents, now: datetime) -> None:
    for purpose in given.purposes:
        if not has_consent(session, patient.id, purpose, now):
            record_consent(session, actor, patient.id, purpose, given.agreement, now=now)


def withdraw(session: Session, actor: Actor, consent_id: UUID, *, patient_id: UUID, now: datetime) -> Consent:
    """Take a consent back from now on; what was done before stays done.

    Raises `consent-not-found`, `consent-withdrawn-before`. Without an SMS consent no text goes out.
    """
    consent = queries.get_consent(session, actor, consent_id, patient_id=patient_id, now=now)
    if consent.withdrawn_at is not None:
        raise ConflictError("consent-withdrawn-before")
    consent.withdrawn_at = now
    consent.withdrawn_by = actor.ref
    session.add(consent)
    session.flush()
    purpose = Purpose(consent.purpose)
    if purpose is Purpose.SMS and not has_consent(session, consent.patient_id, purpose, now):
        allow_messages(session, consent.patient_id, is_allowed=False, now=now)
    audit_consent(session, actor, consent, now=now)
    return consent


def on_patient_changed(session: Session, event: PatientChanged, now: datetime) -> None:
    """Let no text go to phones written down after the consent to texts was taken back.

    Who was never asked has what was said of each phone; what was taken back is given again by a consent.
    """
    if "contacts" in event.fields and queries.is_taken_back(session, event.patient_id, Purpose.SMS, now):
        allow_messages(session, event.patient_id, is_allowed=False, now=now)


def on_patients_merged(session: Session, event: PatientsMerged, now: datetime) -> None:
    """Let no text go by the phones of either record where the person took the consent to texts back."""
    if queries.is_taken_back(session, event.kept_id, Purpose.SMS, now):
        allow_messages(session, event.kept_id, is_allowed=False, now=now)


def audit_consent(session: Session, actor: Actor, consent: Consent, *, now: datetime) -> None:
    """Note that a consent was recorded, proven or taken back."""
    record(
        session,
        actor,
        "consent.record",
        subject_kind="consent",
        subject_id=consent.id,
        patient_id=consent.patient_id,
        facts={
            "purpose": consent.purpose,
            "is_withdrawn": consent.withdrawn_at is not None,
            "proof_pages": queries.count_proof_pages(session, [consent.id]).get(consent.id, 0),
        },
        now=now,
    )
