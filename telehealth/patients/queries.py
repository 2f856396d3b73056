"""Finding and reading patients, always within the actor's scope."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from uuid import UUID

from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.models import SamePerson
from telehealth.access.queries import current_id, person_ids, visible_patients
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import Keyring, keyring_of, place
from telehealth.kit.errors import NotFoundError
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Contact, Guardian, Merge, Patient
from telehealth.patients.rules import Age, Birth, Precision, Relation, Sex, age, person_key


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
    until_on: date | None = None
    agreed_on: date | None = None
    wrong_since_at: datetime | None = None

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
    query = scoped(actor, now).where(Patient.id == patient_id)
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
    rows = session.exec(scoped(actor, now).where(col(Patient.id).in_(ids)))
    return {patient.id: card_of(session, patient, now=now) for patient in rows}


def find_holder(session: Session, number: str) -> Patient | None:
    """Find whoever holds a CCCD or BHYT number, in any scope: only for the checks at registration.

    Of a person with several records, the current one.
    """
    index = index_of(keyring_of(session), re.sub(r"[\s.\-]", "", number).upper())
    query = select(Patient).where(or_(Patient.cccd_index == index, Patient.bhyt_index == index))
    holder = session.exec(query.limit(1)).first()
    return holder and session.get(Patient, current_id(session, holder.id))


def list_contacts(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[ContactCard]:
    """List the contacts of a patient in scope, the first to try first."""
    query = (
        select(Contact)
        .where(Contact.patient_id == patient_id, col(Contact.patient_id).in_(visible_patients(actor, now)))
        .order_by(col(Contact.rank))
    )
    return [contact_card(session, contact) for contact in session.exec(query)]


def contacts_of_many(
    session: Session, actor: Actor, ids: Collection[UUID], *, now: datetime
) -> dict[UUID, list[ContactCard]]:
    """Return the contacts of the patients in scope among these ids, each the first to try first.

    Of a record that was merged into another, those of the kept one come first: that one is kept up to date.
    """
    if not ids:
        return {}
    kept = select(SamePerson.current_id).where(col(SamePerson.patient_id).in_(ids))
    query = (
        select(Contact, SamePerson.patient_id)
        .outerjoin(
            SamePerson,
            and_(col(SamePerson.current_id) == Contact.patient_id, col(SamePerson.patient_id).in_(ids)),
        )
        .where(
            or_(col(Contact.patient_id).in_(ids), col(Contact.patient_id).in_(kept)),
            col(Contact.patient_id).in_(visible_patients(actor, now)),
        )
        .order_by(col(SamePerson.patient_id).is_(None), col(Contact.rank))
    )
    found: dict[UUID, dict[UUID, Contact]] = {}
    for contact, merged_id in session.exec(query):
        for each in (merged_id, contact.patient_id):
            if each in ids:
                found.setdefault(each, {})[contact.id] = contact
    return {
        each: [contact_card(session, contact) for contact in contacts.values()]
        for each, contacts in found.items()
    }


def has_health_worker(session: Session, patient_id: UUID, *, now: datetime) -> bool:
    """Tell whether a village health worker is among the contacts of a patient in scope, on any record."""
    today = policy_of(session).local_date(now)
    query = select(Contact.id).where(
        col(Contact.patient_id).in_(person_ids(session, patient_id)),
        Contact.relation == Relation.HEALTH_WORKER,
        or_(col(Contact.until_on).is_(None), col(Contact.until_on) >= today),
    )
    return session.exec(query.limit(1)).first() is not None


def find_guardian(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> Guardian | None:
    """Find who acts for a patient in scope today."""
    query = select(Guardian).where(
        Guardian.patient_id == patient_id,
        col(Guardian.patient_id).in_(visible_patients(actor, now)),
        or_(col(Guardian.until_on).is_(None), col(Guardian.until_on) > policy_of(session).local_date(now)),
    )
    return session.exec(query).first()


def patients_of_number(session: Session, number_index: str) -> list[UUID]:
    """List whose contact a number is, by its blind index, with all records of those people.

    Not scoped: what follows is told to nobody but the number itself.
    """
    query = select(Contact.patient_id).where(Contact.phone_index == number_index)
    found = dict.fromkeys(session.exec(query.order_by(col(Contact.patient_id).desc())))
    return list(dict.fromkeys(each for known in found for each in person_ids(session, known)))


def list_merges(
    session: Session, actor: Actor, patient_id: UUID, *, now: datetime
) -> list[tuple[Merge, Patient]]:
    """List the records merged into one in scope, each with the merge that stands, the latest first."""
    query = (
        select(Merge, Patient)
        .join(Patient, col(Patient.id) == Merge.merged_id)
        .where(
            Merge.kept_id == patient_id,
            col(Merge.undone_at).is_(None),
            col(Merge.kept_id).in_(visible_patients(actor, now)),
        )
        .order_by(col(Merge.merged_at).desc())
    )
    return [(merge, patient) for merge, patient in session.exec(query)]


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
        contact.until_on,
        contact.agreed_on,
        contact.wrong_since_at,
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


def scoped(actor: Actor, now: datetime) -> SelectOfScalar[Patient]:
    """Return a select of the patients the actor may see now."""
    return select(Patient).where(col(Patient.id).in_(visible_patients(actor, now)))


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
