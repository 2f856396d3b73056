"""Finding and reading patients, always within the actor's scope."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from uuid import UUID

from sqlalchemy import ColumnElement, false
from sqlmodel import Session, and_, col, func, literal, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import visible_patients
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import Keyring, keyring_of, place
from telehealth.kit.errors import NotFoundError
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Contact, Guardian, Patient, Seen
from telehealth.patients.rules import (
    Age,
    Birth,
    Precision,
    Relation,
    SearchText,
    Sex,
    age,
    person_key,
    read_search,
)

FOUND_AT_MOST = 20

_BY_NAME = (col(Patient.sort_key), col(Patient.birth_date), col(Patient.id))


@dataclass(frozen=True, slots=True)
class PatientCard:
    """A patient as lists and heads of pages show them."""

    id: UUID
    mrn: str
    full_name: str
    sex: Sex
    birth: Birth
    age: Age
    address: str
    language: str
    needs_interpreter: bool

    @property
    def birth_label(self) -> str:
        """The birth date as far as it is known: 25/11/1985, 11/1985 or 1985."""
        return self.birth.label

    @property
    def birth_year(self) -> int:
        """The year of birth."""
        return self.birth.on.year

    @property
    def age_label(self) -> str:
        """The age today, in Vietnamese."""
        return self.age.label


@dataclass(frozen=True, slots=True)
class Identity:
    """The sealed fields of a patient, opened."""

    cccd: str | None
    bhyt: str | None
    address: str


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact with its phone opened."""

    id: UUID
    phone_e164: str
    name: str
    relation: Relation
    may_mention_health: bool
    no_sms: bool

    @property
    def phone_label(self) -> str:
        """The number as it is written in Vietnam."""
        return display(self.phone_e164)


def get_patient(
    session: Session, actor: Actor, patient_id: UUID, *, now: datetime, lock: bool = False
) -> Patient:
    """Return a patient in scope, locked against other writers if asked.

    Raises `patient-not-found` for hidden and absent ones alike.
    """
    query = _scoped(actor, now).where(Patient.id == patient_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    patient = session.exec(query).first()
    if patient is None:
        raise NotFoundError("patient-not-found")
    return patient


def find_cards(
    session: Session, actor: Actor, ids: Collection[UUID], *, now: datetime
) -> dict[UUID, PatientCard]:
    """Return the cards of the patients in scope among these ids."""
    if not ids:
        return {}
    rows = session.exec(_scoped(actor, now).where(col(Patient.id).in_(ids)))
    return {patient.id: card_of(session, patient, now=now) for patient in rows}


def search(
    session: Session, actor: Actor, text: str, *, now: datetime, limit: int = FOUND_AT_MOST
) -> list[PatientCard]:
    """Find patients in scope; one statement, whatever is typed.

    Words match the beginnings of words of the name in any order, without marks; a birth date or year
    narrows. A CCCD, BHYT, phone or own number is matched exactly. An empty text gives those the
    actor looked at last.
    """
    query = _scoped(actor, now)
    if not text.strip():
        was_seen = and_(col(Seen.patient_id) == Patient.id, col(Seen.actor_ref) == actor.ref)
        query = query.join(Seen, was_seen).order_by(col(Seen.seen_at).desc(), col(Patient.id))
    else:
        wanted = read_search(text, today=policy_of(session).local_date(now))
        query = query.where(*_conditions(keyring_of(session), wanted)).order_by(*_BY_NAME)
    return [card_of(session, patient, now=now) for patient in session.exec(query.limit(limit))]


def find_probable(
    session: Session,
    actor: Actor,
    *,
    folded_name: str,
    birth_year: int,
    phones: Collection[str],
    now: datetime,
) -> list[PatientCard]:
    """Find patients in scope who may be the same person: same name and birth year, or same phone."""
    same_person = and_(
        Patient.folded_name == folded_name,
        col(Patient.birth_date).between(date(birth_year, 1, 1), date(birth_year, 12, 31)),
    )
    keyring = keyring_of(session)
    same_phone = _has_phone([keyring.blind(phone, "phone") for phone in phones])
    query = _scoped(actor, now).where(or_(same_person, same_phone)).order_by(*_BY_NAME)
    return [card_of(session, patient, now=now) for patient in session.exec(query.limit(FOUND_AT_MOST))]


def find_holder(session: Session, number: str) -> Patient | None:
    """Find whoever holds a CCCD or BHYT number, in any scope: only for the check at registration."""
    index = index_of(keyring_of(session), number)
    query = select(Patient).where(or_(Patient.cccd_index == index, Patient.bhyt_index == index))
    return session.exec(query.limit(1)).first()


def list_contacts(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[ContactCard]:
    """List the contacts of a patient in scope, the first to try first."""
    query = (
        select(Contact)
        .where(Contact.patient_id == patient_id, col(Contact.patient_id).in_(visible_patients(actor, now)))
        .order_by(col(Contact.rank))
    )
    return [contact_card(session, contact) for contact in session.exec(query)]


def find_guardian(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> Guardian | None:
    """Find who acts for a patient in scope today."""
    query = select(Guardian).where(
        Guardian.patient_id == patient_id,
        col(Guardian.patient_id).in_(visible_patients(actor, now)),
        or_(col(Guardian.until_on).is_(None), col(Guardian.until_on) > policy_of(session).local_date(now)),
    )
    return session.exec(query).first()


def open_identity(session: Session, patient: Patient) -> Identity:
    """Open the sealed fields of a patient the caller has found within scope."""
    return Identity(
        cccd=_open(session, patient, "cccd"),
        bhyt=_open(session, patient, "bhyt"),
        address=_open(session, patient, "address") or "",
    )


def card_of(session: Session, patient: Patient, *, now: datetime) -> PatientCard:
    """Return the card of a patient the caller has found within scope."""
    birth = birth_of(patient)
    return PatientCard(
        id=patient.id,
        mrn=patient.mrn,
        full_name=patient.full_name,
        sex=Sex(patient.sex),
        birth=birth,
        age=age(birth, policy_of(session).local_date(now)),
        address=_open(session, patient, "address") or "",
        language=patient.language,
        needs_interpreter=patient.needs_interpreter,
    )


def contact_card(session: Session, contact: Contact) -> ContactCard:
    """Open a contact the caller has found within scope."""
    phone = keyring_of(session).open(contact.phone_sealed, place("contact", "phone", contact.id))
    return ContactCard(
        contact.id,
        phone,
        contact.name,
        Relation(contact.relation),
        contact.may_mention_health,
        contact.no_sms,
    )


def birth_of(patient: Patient) -> Birth:
    """Return the birth date with its precision."""
    return Birth(patient.birth_date, Precision(patient.birth_precision))


def index_of(keyring: Keyring, number: str) -> str:
    """Return the blind index of a CCCD or BHYT number, the same for every form of one number."""
    return keyring.blind(person_key(number), "person-number")


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("telehealth.patients").joinpath("codes.toml").read_text(encoding="utf-8"))


def ethnic_groups() -> Mapping[str, str]:
    """Return the names of the ethnic groups by code."""
    return _codes()["ethnic_groups"]


def languages() -> Mapping[str, str]:
    """Return the names of the languages a form offers, by code."""
    return _codes()["languages"]


def _scoped(actor: Actor, now: datetime) -> SelectOfScalar[Patient]:
    return select(Patient).where(col(Patient.id).in_(visible_patients(actor, now)))


def _conditions(keyring: Keyring, wanted: SearchText) -> list[ColumnElement[bool]]:
    if wanted.is_empty:
        return [false()]
    conditions: list[ColumnElement[bool]] = []
    if wanted.is_number:
        indexes = [index_of(keyring, key) for key in wanted.person_keys]
        phones = [keyring.blind(wanted.phone, "phone")] if wanted.phone else []
        conditions.append(
            or_(
                col(Patient.cccd_index).in_(indexes),
                col(Patient.bhyt_index).in_(indexes),
                col(Patient.mrn) == (wanted.mrn or ""),
                _has_phone(phones),
            )
        )
    # Folded words hold letters and digits only: nothing in them means anything to LIKE.
    spaced = literal(" ") + col(Patient.folded_name)
    conditions += [spaced.like(f"% {word}%") for word in wanted.words]
    if wanted.birth is not None:
        conditions.append(_may_be_born(wanted.birth))
    return conditions


def _may_be_born(birth: Birth) -> ColumnElement[bool]:
    """Match birth dates within what was typed, and less exact ones that may be the same day."""
    stored, precision = col(Patient.birth_date), col(Patient.birth_precision)
    year, month = birth.on.replace(month=1, day=1), birth.on.replace(day=1)
    return or_(
        stored.between(birth.on, birth.latest),
        and_(precision == Precision.YEAR, stored == year),
        and_(precision == Precision.MONTH, stored == month),
    )


def _has_phone(indexes: Collection[str]) -> ColumnElement[bool]:
    return col(Patient.id).in_(select(Contact.patient_id).where(col(Contact.phone_index).in_(indexes)))


def _open(session: Session, patient: Patient, field: str) -> str | None:
    sealed: bytes | None = getattr(patient, f"{field}_sealed")
    return None if sealed is None else keyring_of(session).open(sealed, place("patient", field, patient.id))


def list_sealed_with_older_key(
    session: Session, key_id: bytes, *, limit: int
) -> tuple[list[Patient], list[Contact]]:
    """List rows with a value another key than this one has sealed, for a rotation."""
    columns = (Patient.cccd_sealed, Patient.bhyt_sealed, Patient.address_sealed)
    is_old = or_(*(func.substr(col(column), 1, len(key_id)) != key_id for column in columns))
    patients = session.exec(select(Patient).where(is_old).limit(limit)).all()
    phone = func.substr(col(Contact.phone_sealed), 1, len(key_id))
    contacts = session.exec(select(Contact).where(phone != key_id).limit(limit)).all()
    return list(patients), list(contacts)
