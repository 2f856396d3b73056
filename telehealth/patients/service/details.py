"""What is said about a patient, and putting it into the rows: normalised, checked, sealed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from telehealth.kit.crypto import Keyring, keyring_of, place
from telehealth.kit.errors import InvalidError
from telehealth.kit.ids import new_id
from telehealth.kit.phones import parse_phone
from telehealth.kit.policy import policy_of
from telehealth.kit.text import fold, nfc, sort_key
from telehealth.patients.models import Contact, Guardian, NameWord, Patient
from telehealth.patients.queries import index_of
from telehealth.patients.rules import (
    OUTSIDE_FAMILY,
    Birth,
    GuardianBasis,
    NoIdReason,
    Relation,
    Sex,
    adult_on,
    is_child,
    parse_bhyt,
    parse_cccd,
)

CONTACTS_AT_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDetails:
    """Who a patient is. Numbers as they were typed; None where there is none."""

    full_name: str
    birth: Birth
    sex: Sex
    ethnic_code: str | None = None
    language: str = "vi"
    needs_interpreter: bool = False
    cccd: str | None = None
    bhyt: str | None = None
    address: str = ""
    no_id_reason: NoIdReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """A phone, whose it is, and what may be said there.

    `until_on` is the last day its holder acts for the patient; `agreed_on` when the patient agreed to be
    reached by somebody outside the family.
    """

    phone: str
    relation: Relation = Relation.SELF
    name: str = ""
    may_mention_health: bool = False
    no_sms: bool = False
    until_on: date | None = None
    agreed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianDetails:
    """Who acts for the patient; a parent does until the patient is no child any more."""

    name: str
    relation: Relation
    basis: GuardianBasis = GuardianBasis.PARENT
    until_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A patient to be registered. `is_someone_else` confirms that a probable duplicate is not one."""

    id: UUID
    details: PatientDetails
    contacts: tuple[ContactDetails, ...] = ()
    guardian: GuardianDetails | None = None
    occurred_at: datetime | None = None
    is_someone_else: bool = False

    def fingerprint(self, keyring: Keyring) -> str:
        """Return a blind index of all that was sent: the same request again is no second patient."""
        said = asdict(self)
        said.pop("is_someone_else")
        return keyring.blind(json.dumps(said, sort_keys=True, default=str), "registration")


def normalised(
    details: PatientDetails, *, ethnic_codes: Sequence[str], languages: Sequence[str]
) -> PatientDetails:
    """Return the details in the form they are stored; raise InvalidError at the field that is wrong."""
    name = nfc(details.full_name)
    if not fold(name):
        raise InvalidError("name-needed", field="full_name")
    if details.ethnic_code is not None and details.ethnic_code not in ethnic_codes:
        raise InvalidError("code-unknown", field="ethnic_code")
    if details.language not in languages:
        raise InvalidError("code-unknown", field="language")
    cccd = parse_cccd(details.cccd) if details.cccd else None
    if cccd is None and details.no_id_reason is None:
        raise InvalidError("no-id-reason-needed", field="no_id_reason")
    return PatientDetails(
        full_name=name,
        birth=details.birth,
        sex=details.sex,
        ethnic_code=details.ethnic_code,
        language=details.language,
        needs_interpreter=details.needs_interpreter,
        cccd=cccd,
        bhyt=parse_bhyt(details.bhyt) if details.bhyt else None,
        address=nfc(details.address),
        no_id_reason=None if cccd else details.no_id_reason,
    )


def normalised_contacts(contacts: Sequence[ContactDetails]) -> tuple[ContactDetails, ...]:
    """Return the contacts with phones in E.164.

    Raises `phone-invalid`, `contact-twice`, `contacts-too-many`, `contact-agreement-needed` for a health
    worker or neighbour without the patient's word.
    """
    if len(contacts) > CONTACTS_AT_MOST:
        raise InvalidError("contacts-too-many", field="contacts", count=CONTACTS_AT_MOST)
    done: list[ContactDetails] = []
    for position, contact in enumerate(contacts):
        field = f"contacts/{position}/phone"
        phone = parse_phone(contact.phone, field=field)
        if any(phone == earlier.phone for earlier in done):
            raise InvalidError("contact-twice", field=field)
        if contact.relation in OUTSIDE_FAMILY and contact.agreed_on is None:
            raise InvalidError("contact-agreement-needed", field=f"contacts/{position}/agreed_on")
        done.append(replace(contact, phone=phone, name=nfc(contact.name)))
    return tuple(done)


def normalised_guardian(
    guardian: GuardianDetails | None, birth: Birth, *, today: date
) -> GuardianDetails | None:
    """Return the guardian with an end; raise `guardian-needed` for a child without one."""
    if guardian is None or not nfc(guardian.name):
        if is_child(birth, today):
            raise InvalidError("guardian-needed", field="guardian/name")
        return None
    ends_on = guardian.until_on
    if ends_on is None and guardian.basis is GuardianBasis.PARENT:
        ends_on = adult_on(birth)
    return GuardianDetails(
        name=nfc(guardian.name), relation=guardian.relation, basis=guardian.basis, until_on=ends_on
    )


def write_details(session: Session, patient: Patient, details: PatientDetails) -> None:
    """Put normalised details into the row; numbers and address sealed."""
    keyring = keyring_of(session)
    patient.full_name = details.full_name
    patient.folded_name = fold(details.full_name)
    patient.sort_key = sort_key(details.full_name)
    patient.birth_date = details.birth.on
    patient.birth_precision = details.birth.precision
    patient.sex = details.sex
    patient.ethnic_code = details.ethnic_code
    patient.language = details.language
    patient.needs_interpreter = details.needs_interpreter
    patient.no_id_reason = details.no_id_reason
    patient.cccd_index = index_of(keyring, details.cccd) if details.cccd else None
    patient.bhyt_index = index_of(keyring, details.bhyt) if details.bhyt else None
    for field, value in (("cccd", details.cccd), ("bhyt", details.bhyt), ("address", details.address)):
        sealed = keyring.seal(value, place("patient", field, patient.id)) if value else None
        setattr(patient, f"{field}_sealed", sealed)


def write_name_words(session: Session, patient: Patient) -> None:
    """Let a patient be found by the words of the name as it is now; the patient's row is there already."""
    session.exec(delete(NameWord).where(col(NameWord.patient_id) == patient.id))
    name, year = patient.folded_name, patient.birth_date.year
    for word in sorted(set(name.split())):
        session.add(NameWord(word=word, folded_name=name, birth_year=year, patient_id=patient.id))


def write_contacts(
    session: Session, patient_id: UUID, contacts: Sequence[ContactDetails], *, now: datetime
) -> None:
    """Let these contacts take the place of those there were; who acts no more gets no texts from now on."""
    keyring, today = keyring_of(session), policy_of(session).local_date(now)
    wrong = dict(
        session.exec(
            select(Contact.phone_index, Contact.wrong_since_at).where(
                Contact.patient_id == patient_id, col(Contact.wrong_since_at).is_not(None)
            )
        ).all()
    )
    session.exec(delete(Contact).where(col(Contact.patient_id) == patient_id))
    for rank, contact in enumerate(contacts):
        row_id, phone_index = new_id(), keyring.blind(contact.phone, "phone")
        session.add(
            Contact(
                id=row_id,
                patient_id=patient_id,
                rank=rank,
                phone_sealed=keyring.seal(contact.phone, place("contact", "phone", row_id)),
                phone_index=phone_index,
                name=contact.name,
                relation=contact.relation,
                may_mention_health=contact.may_mention_health,
                no_sms=contact.no_sms or (contact.until_on is not None and contact.until_on < today),
                until_on=contact.until_on,
                agreed_on=contact.agreed_on,
                wrong_since_at=wrong.get(phone_index),  # what else was changed makes no number right
                recorded_at=now,
            )
        )


def write_guardian(
    session: Session, patient_id: UUID, guardian: GuardianDetails | None, *, now: datetime
) -> None:
    """Let this guardian take the place of the one there was."""
    for row in session.exec(select(Guardian).where(Guardian.patient_id == patient_id)):
        session.delete(row)
    if guardian is not None:
        session.add(
            Guardian(
                patient_id=patient_id,
                name=guardian.name,
                relation=guardian.relation,
                basis=guardian.basis,
                until_on=guardian.until_on,
                recorded_at=now,
            )
        )
