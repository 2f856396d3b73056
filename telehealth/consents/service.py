"""Recording and withdrawing consents; loading their texts."""

import tomllib
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from sqlmodel import Session, select

from telehealth.audit.service import record
from telehealth.consents import queries
from telehealth.consents.events import ConsentGiven, ConsentWithdrawn
from telehealth.consents.models import Consent, ConsentText
from telehealth.consents.queries import has_consent
from telehealth.consents.rules import Agreement, GivenBy, Purpose, check_agreement
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.kit.text import nfc
from telehealth.patients.queries import birth_of, get_patient
from telehealth.patients.service import allow_messages

__all__ = ["has_consent", "load_texts", "record_consent", "withdraw"]


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
    `check_agreement` raises. An SMS consent lets texts go out.
    """
    patient = get_patient(session, actor, patient_id, now=now)
    text = queries.get_text(session, text_id) if text_id else queries.current_text(session, purpose)
    if text.purpose != purpose:
        raise InvalidError("consent-text-other-purpose", field="text_id")
    check_agreement(agreement, birth_of(patient), on=policy_of(session).local_date(now))
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
        occurred_at=occurred_at or now,
        recorded_at=now,
    )
    session.add(consent)
    if purpose is Purpose.SMS:
        allow_messages(session, patient_id, is_allowed=True, now=now)
    _audit(session, actor, consent, now=now)
    publish(session, ConsentGiven(consent.id, patient_id, purpose), now=now)
    session.flush()
    return consent


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
    _audit(session, actor, consent, now=now)
    publish(session, ConsentWithdrawn(consent.id, consent.patient_id, purpose), now=now)
    return consent


def _audit(session: Session, actor: Actor, consent: Consent, *, now: datetime) -> None:
    record(
        session,
        actor,
        "consent.record",
        subject_kind="consent",
        subject_id=consent.id,
        patient_id=consent.patient_id,
        facts={"purpose": consent.purpose, "is_withdrawn": consent.withdrawn_at is not None},
        now=now,
    )
