"""The signed paper behind a consent: photographed, washed, kept as pictures, never taken away."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session

from telehealth.consents import queries
from telehealth.consents.models import Consent, ConsentProof
from telehealth.consents.rules import ProofSize, require_provable
from telehealth.consents.service.record import audit_consent
from telehealth.files.models import StoredFile
from telehealth.files.rules import Washed
from telehealth.files.service import open_file, put_file
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor
from telehealth.patients.queries import get_patient


def consents_to_prove(
    session: Session, actor: Actor, patient_id: UUID, consent_ids: Sequence[UUID], *, now: datetime
) -> list[Consent]:
    """Return the consents a signed paper is to prove, withdrawn ones too; look before anything is washed.

    Raises `patient-not-found`, `consent-not-found`, `proof-consent-needed`, `proof-not-written`.
    """
    get_patient(session, actor, patient_id, now=now)
    found = [
        queries.get_consent(session, actor, each, patient_id=patient_id, now=now)
        for each in dict.fromkeys(consent_ids)
    ]
    require_provable([consent.how for consent in found], pages=0)
    return found


def add_proof(
    session: Session,
    storage: Storage,
    actor: Actor,
    patient_id: UUID,
    consent_ids: Sequence[UUID],
    washed: Washed,
    *,
    now: datetime,
) -> None:
    """Keep the signed paper of consents; the same paper sent again is kept once.

    Further paper follows as further pages. Raises as `consents_to_prove`, `proof-too-long`, `not-allowed`.
    """
    found = consents_to_prove(session, actor, patient_id, consent_ids, now=now)
    sent = {sha256(view.content).hexdigest() for view in washed.views}
    found = [each for each in found if not sent <= queries.list_proof_hashes(session, each.id)]
    pages = queries.count_proof_pages(session, [consent.id for consent in found])
    for consent in found:
        require_provable([consent.how], pages=pages.get(consent.id, 0) + len(washed.views))
    pictures = [(ProofSize.FULL, n, each) for n, each in enumerate(washed.pages, 1)]
    pictures += [(ProofSize.VIEW, n, each) for n, each in enumerate(washed.views, 1)]
    # Records that were merged can be parted: each keeps its own.
    for owner in dict.fromkeys(consent.patient_id for consent in found):
        kept = [
            (size, page, put_file(session, storage, actor, patient_id=owner, picture=picture, now=now))
            for size, page, picture in pictures
        ]
        for consent in found:
            if consent.patient_id == owner:
                _prove(session, actor, consent, kept, after=pages.get(consent.id, 0), now=now)


def open_proof(
    session: Session,
    storage: Storage,
    actor: Actor,
    consent_id: UUID,
    *,
    patient_id: UUID,
    page: int,
    size: ProofSize,
    now: datetime,
) -> tuple[StoredFile, bytes]:
    """Return one picture of the signed paper of a consent in scope; opening it is on record.

    Raises `not-allowed`, `consent-not-found`, `file-not-found`, `file-unreadable`.
    """
    consent = queries.get_consent(session, actor, consent_id, patient_id=patient_id, now=now)
    proof = queries.get_proof(session, consent, page=page, size=size)
    return open_file(session, storage, actor, proof.file_id, now=now)


def _prove(
    session: Session,
    actor: Actor,
    consent: Consent,
    kept: Sequence[tuple[ProofSize, int, StoredFile]],
    *,
    after: int,
    now: datetime,
) -> None:
    for size, page, file in kept:
        session.add(
            ConsentProof(
                consent_id=consent.id,
                page=after + page,
                size=size,
                file_id=file.id,
                recorded_by=actor.ref,
                recorded_at=now,
            )
        )
    session.flush()
    audit_consent(session, actor, consent, now=now)
