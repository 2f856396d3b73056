"""Records in scope that resemble one: asked at registration, and on a patient's page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlmodel import Session, col

from telehealth.access.models import SamePerson
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import keyring_of
from telehealth.patients.finding import in_scope
from telehealth.patients.likeness import YEARS_NEAR, Described, Likeness, Reason, compare
from telehealth.patients.models import Contact, NameWord, NotSame, Patient
from telehealth.patients.queries import PatientCard, birth_of, card_of, open_identity
from telehealth.patients.rules import Sex

COMPARED_AT_MOST: Final = 50
SHOWN_AT_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Probable:
    """A patient who may be the same person, and why."""

    card: PatientCard
    likeness: Likeness

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What counted, for and against."""
        return self.likeness.reasons


def find_probable(
    session: Session, actor: Actor, described: Described, *, now: datetime, but: UUID | None = None
) -> list[Probable]:
    """Find patients in scope who may be the person described, the likeliest first.

    Left out: the record `but`, those that were looked at beside it and found to be somebody else, and
    records that stand for the same person already.
    """
    query = (
        select(Patient)
        .where(
            col(Patient.id).in_(_alike(described)),
            in_scope(actor, now, col(Patient.id)),
            col(Patient.id).not_in(select(col(SamePerson.patient_id))),
        )
        .order_by(col(Patient.sort_key), col(Patient.birth_date), col(Patient.id))
    )
    if but is not None:
        query = query.where(col(Patient.id) != but, ~_were_told_apart(but))
    patients = session.execute(query.limit(COMPARED_AT_MOST)).scalars().all()
    descriptions = describe(session, patients)
    found = [
        Probable(card_of(session, patient, now=now), likeness)
        for patient in patients
        if (likeness := compare(described, descriptions[patient.id])).is_probable
    ]
    return sorted(found, key=lambda each: -each.likeness.points)[:SHOWN_AT_MOST]


def describe(session: Session, patients: Sequence[Patient]) -> dict[UUID, Described]:
    """Return what of patients fetched in scope is compared."""
    phones: dict[UUID, set[str]] = {patient.id: set() for patient in patients}
    query = select(col(Contact.patient_id), col(Contact.phone_index))
    for patient_id, phone in session.execute(query.where(col(Contact.patient_id).in_(phones))):
        phones[patient_id].add(phone)
    return {
        patient.id: Described(
            folded_name=patient.folded_name,
            birth=birth_of(patient),
            sex=Sex(patient.sex),
            phones=frozenset(phones[patient.id]),
            address=open_identity(session, patient).address,
            number=patient.cccd_index,
        )
        for patient in patients
    }


def blind_phones(session: Session, phones: Collection[str]) -> frozenset[str]:
    """Return phones in E.164 as records hold them."""
    keyring = keyring_of(session)
    return frozenset(keyring.blind(phone, "phone") for phone in phones)


def _alike(described: Described) -> Any:
    """Select whom it is worth comparing: the same phone, or family and given name, born within a year."""
    words = described.folded_name.split()
    year = described.birth.on.year
    born = col(NameWord.birth_year).between(year - YEARS_NEAR, year + YEARS_NEAR)
    named = select(col(NameWord.patient_id)).where(_is_named(words), born)
    phoned = select(col(Contact.patient_id)).where(col(Contact.phone_index).in_(described.phones))
    return union(named, phoned)


def _is_named(words: Sequence[str]) -> ColumnElement[bool]:
    family, given = words[0], words[-1]
    name = col(NameWord.folded_name)
    either_way = or_(
        name == family, name.like(f"{family} %"), name.like(f"% {family} %"), name.like(f"% {family}")
    )
    return and_(col(NameWord.word) == given, either_way)


def _were_told_apart(patient_id: UUID) -> ColumnElement[bool]:
    either = or_(
        and_(col(NotSame.patient_id) == patient_id, col(NotSame.other_id) == Patient.id),
        and_(col(NotSame.other_id) == patient_id, col(NotSame.patient_id) == Patient.id),
    )
    return select(col(NotSame.patient_id)).where(either).exists()
