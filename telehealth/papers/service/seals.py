"""Digital signatures put beside records as they are signed, and the check of a whole record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.kit.events import extensions
from telehealth.papers import queries
from telehealth.papers.models import DigitalSignature
from telehealth.papers.signer import FORM, SignatureInvalidError, Signer, Verified, verify
from telehealth.visits.events import VisitAmended, VisitSigned
from telehealth.visits.models import SignedRecord
from telehealth.visits.rules import fingerprint


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """One signed record or amendment, checked: is it what was signed, and whose digital signature holds.

    `verified` is None where there is no signature, or one that does not hold; `is_signed` tells which.
    """

    number: int
    sha256: str
    signed_at: datetime
    is_unchanged: bool
    is_signed: bool
    verified: Verified | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against it."""
        return self.is_unchanged and (self.verified is not None or not self.is_signed)


def on_record_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """Put the deployment's digital signature beside a new record, where it has a certificate."""
    _seal(session, event.visit_id, now=now)


def on_record_amended(session: Session, event: VisitAmended, now: datetime) -> None:
    """Put the deployment's digital signature beside an amendment."""
    _seal(session, event.visit_id, now=now)


def check_records(session: Session, records: list[SignedRecord]) -> list[RecordCheck]:
    """Check the records of one visit, oldest first: their bytes, their chain, their digital signatures."""
    seals = queries.signatures_of(session, [each.id for each in records])
    found = []
    for index, record in enumerate(records):
        before = records[index - 1].sha256 if index else None
        is_unchanged = (
            fingerprint(record.canonical) == record.sha256
            and record.previous_sha256 == before
            and record.number == index + 1
        )
        seal = seals.get(record.id)
        found.append(
            RecordCheck(
                number=record.number,
                sha256=record.sha256,
                signed_at=record.signed_at,
                is_unchanged=is_unchanged,
                is_signed=seal is not None,
                verified=_verified(seal, record) if seal else None,
            )
        )
    return found


def list_records(session: Session, visit_id: UUID) -> list[SignedRecord]:
    """List a visit's signed records, oldest first, for the deployment's operator: no actor is asked."""
    query = select(SignedRecord).where(SignedRecord.visit_id == visit_id)
    return list(session.exec(query.order_by(col(SignedRecord.number))))


def _seal(session: Session, visit_id: UUID, *, now: datetime) -> None:
    signer = next(iter(extensions(session, Signer)), None)  # type: ignore[type-abstract]
    if signer is None or not signer.is_valid_at(now):
        return
    record = list_records(session, visit_id)[-1]
    session.add(
        DigitalSignature(
            record_id=record.id,
            form=FORM,
            value=signer.sign(record.canonical.encode(), at=now),
            certificate_sha256=signer.certificate_sha256,
            subject=signer.subject,
            signed_at=now,
        )
    )
    session.flush()


def _verified(seal: DigitalSignature, record: SignedRecord) -> Verified | None:
    try:
        return verify(seal.value, record.canonical.encode())
    except SignatureInvalidError:
        return None
