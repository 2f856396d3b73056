"""Reading consents and their texts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, or_, select

from telehealth.access.queries import person_ids, visible_patients
from telehealth.consents.models import Consent, ConsentProof, ConsentText
from telehealth.consents.rules import ProofSize, Purpose
from telehealth.files.models import StoredFile
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError


def list_texts(session: Session) -> list[ConsentText]:
    """List the newest text of each purpose."""
    query = select(ConsentText).order_by(ConsentText.purpose, col(ConsentText.version).desc())
    newest: dict[str, ConsentText] = {}
    for text in session.exec(query):
        newest.setdefault(text.purpose, text)
    return [newest[purpose] for purpose in Purpose if purpose in newest]


def get_text(session: Session, text_id: UUID) -> ConsentText:
    """Return a text, older ones included; raise `consent-text-not-found`."""
    text = session.get(ConsentText, text_id)
    if text is None:
        raise NotFoundError("consent-text-not-found")
    return text


def current_text(session: Session, purpose: Purpose) -> ConsentText:
    """Return the newest text of a purpose; raise `consent-text-not-found` while none is loaded."""
    query = select(ConsentText).where(ConsentText.purpose == purpose)
    text = session.exec(query.order_by(col(ConsentText.version).desc()).limit(1)).first()
    if text is None:
        raise NotFoundError("consent-text-not-found")
    return text


def get_consent(
    session: Session, actor: Actor, consent_id: UUID, *, patient_id: UUID, now: datetime
) -> Consent:
    """Return a consent of this person, in scope; raise `consent-not-found`."""
    query = select(Consent).where(
        Consent.id == consent_id,
        col(Consent.patient_id).in_(person_ids(session, patient_id)),
        col(Consent.patient_id).in_(visible_patients(actor, now)),
    )
    consent = session.exec(query).first()
    if consent is None:
        raise NotFoundError("consent-not-found")
    return consent


def list_consents(
    session: Session, actor: Actor, patient_id: UUID, *, now: datetime
) -> list[tuple[Consent, ConsentText]]:
    """List the consents of a person in scope with their texts, newest first, withdrawn ones included."""
    ids = person_ids(session, patient_id)
    query = (
        select(Consent, ConsentText)
        .join(ConsentText, col(Consent.text_id) == ConsentText.id)
        .where(col(Consent.patient_id).in_(ids), col(Consent.patient_id).in_(visible_patients(actor, now)))
        .order_by(col(Consent.occurred_at).desc(), col(Consent.id).desc())
    )
    return [(consent, text) for consent, text in session.exec(query)]


def has_consent(session: Session, patient_id: UUID, purpose: Purpose, now: datetime) -> bool:
    """Tell whether a consent to the purpose stands now. Not scoped: the program asks for itself."""
    query = select(Consent.id).where(
        col(Consent.patient_id).in_(person_ids(session, patient_id)),
        Consent.purpose == purpose,
        col(Consent.occurred_at) <= now,
        or_(col(Consent.withdrawn_at).is_(None), col(Consent.withdrawn_at) > now),
    )
    return session.exec(query.limit(1)).first() is not None


def is_taken_back(session: Session, patient_id: UUID, purpose: Purpose, now: datetime) -> bool:
    """Tell whether somebody consented to the purpose and no consent stands any more."""
    query = select(Consent.id).where(
        col(Consent.patient_id).in_(person_ids(session, patient_id)),
        Consent.purpose == purpose,
        col(Consent.withdrawn_at).is_not(None),
    )
    was_withdrawn = session.exec(query.limit(1)).first() is not None
    return was_withdrawn and not has_consent(session, patient_id, purpose, now)


def count_proof_pages(session: Session, consent_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the pages of signed paper of consents the caller found in scope; none: left out."""
    query = (
        select(ConsentProof.consent_id, func.count())
        .where(col(ConsentProof.consent_id).in_(consent_ids), ConsentProof.size == ProofSize.VIEW)
        .group_by(col(ConsentProof.consent_id))
    )
    return dict(session.exec(query).all())


def list_proof_hashes(session: Session, consent_id: UUID) -> set[str]:
    """Return the SHA-256 of every picture that proves a consent: the same paper is not kept twice."""
    query = (
        select(StoredFile.sha256)
        .join(ConsentProof, col(ConsentProof.file_id) == StoredFile.id)
        .where(ConsentProof.consent_id == consent_id)
    )
    return set(session.exec(query))


def get_proof(session: Session, consent: Consent, *, page: int, size: ProofSize) -> ConsentProof:
    """Return one picture of a consent the caller found in scope; raise `file-not-found`."""
    proof = session.get(ConsentProof, (consent.id, page, size.value))
    if proof is None:
        raise NotFoundError("file-not-found")
    return proof
