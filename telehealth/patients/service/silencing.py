"""Whom texts must not reach any more: somebody who died, or a stranger at a number that is not theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.queries import current_id, person_ids
from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import keyring_of
from telehealth.kit.events import publish
from telehealth.patients import queries
from telehealth.patients.events import DeathTakenBack, NumberDoubted, PatientDied
from telehealth.patients.models import Contact, Patient
from telehealth.patients.rules import Relation
from telehealth.patients.service.reaching import message_contact


def note_death(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> None:
    """Note that a patient died, as somebody said of a call: no text goes out any more, of any kind.

    For callers that have found the patient in scope. What waits for the patient is ended by who hears of it.
    """
    if _note(session, actor, patient_id, died_at=now, now=now):
        publish(session, PatientDied(patient_id, actor.ref), now=now)


def take_back_death(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> None:
    """Take a mistaken death back: texts go again. Raises `patient-not-found`, `not-allowed`."""
    check(actor, "patient.change")
    queries.get_patient(session, actor, patient_id, now=now)
    if _note(session, actor, patient_id, died_at=None, now=now):
        publish(session, DeathTakenBack(patient_id, actor.ref), now=now)


def has_died(session: Session, patient_id: UUID) -> bool:
    """Tell whether it is on record that a patient died; not scoped, for what the program sends by itself."""
    patient = session.get(Patient, patient_id)
    return patient is not None and patient.died_noted_at is not None


def note_wrong_number(
    session: Session, actor: Actor, patient_id: UUID, *, facility_id: UUID, now: datetime
) -> None:
    """Let no text go to the number texts go to now, until somebody corrects or confirms it.

    On whichever of the person's records it stands. Where texts go to a health worker or nowhere it is the
    first that is phoned. For callers that have found the patient in scope.
    """
    contact = _tried(session, patient_id)
    if contact is None:
        return
    _doubt(session, _contacts(session, patient_id), {contact.phone_index}, now)
    _record(session, actor, patient_id, {"number": "doubted"}, now)
    publish(session, NumberDoubted(patient_id, facility_id), now=now)


def confirm_numbers(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> None:
    """Let texts go again to the numbers that were called wrong: somebody asked, and they are right."""
    for contact in _contacts(session, patient_id):
        if contact.wrong_since_at is not None:
            contact.wrong_since_at = None
            session.add(contact)
    session.flush()
    _record(session, actor, patient_id, {"number": "confirmed"}, now)


def has_wrong_number(session: Session, patient_id: UUID) -> bool:
    """Tell whether a number of a patient was called wrong and nobody has corrected or confirmed it."""
    return any(each.wrong_since_at is not None for each in _used(session, patient_id))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a person by blind index: until which day each acts (None: always), and the wrong."""

    acting: Mapping[str, date | None]
    wrong: frozenset[str]


def numbers_of(session: Session, patient_id: UUID) -> Numbers:
    """Return whose phones act for a person now; not scoped, for what the program closes by itself."""
    used = _used(session, patient_id)
    wrong = frozenset(each.phone_index for each in used if each.wrong_since_at is not None)
    return Numbers({each.phone_index: each.until_on for each in used if each.phone_index not in wrong}, wrong)


def let_hold_for_all(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> None:
    """Let what was said of one record of a person hold for all of them: a death, a number called wrong.

    For whoever finds that records are of one person.
    """
    contacts = _contacts(session, patient_id)
    wrong = {each.phone_index for each in contacts if each.wrong_since_at is not None}
    _doubt(session, contacts, wrong, now)
    if any(each.died_noted_at is not None for each in _records(session, patient_id)):
        note_death(session, actor, patient_id, now=now)


def _note(
    session: Session, actor: Actor, patient_id: UUID, *, died_at: datetime | None, now: datetime
) -> bool:
    """Write on every record of a person whether they died; tell whether that was news."""
    has_died = died_at is not None
    rows = [each for each in _records(session, patient_id) if (each.died_noted_at is not None) != has_died]
    for row in rows:
        row.died_noted_at = died_at
        session.add(row)
    session.flush()
    if rows:
        _record(session, actor, patient_id, {"died": has_died}, now)
    return bool(rows)


def _tried(session: Session, patient_id: UUID) -> Contact | None:
    """Find the number that was dialled in vain; a health worker's only where there is no other."""
    texted = message_contact(session, patient_id)
    index = keyring_of(session).blind(texted.phone_e164, "phone") if texted else ""
    right = [each for each in _used(session, patient_id) if each.wrong_since_at is None]
    right.sort(key=lambda each: (each.relation == Relation.HEALTH_WORKER, each.phone_index != index))
    return right[0] if right else None


def _doubt(session: Session, contacts: Sequence[Contact], wrong: Collection[str], now: datetime) -> None:
    for each in contacts:
        if each.phone_index in wrong:
            each.wrong_since_at = each.wrong_since_at or now
            session.add(each)
    session.flush()


def _records(session: Session, patient_id: UUID) -> Sequence[Patient]:
    query = select(Patient).where(col(Patient.id).in_(person_ids(session, patient_id)))
    return session.exec(query.order_by(col(Patient.id)).with_for_update()).all()


def _used(session: Session, patient_id: UUID) -> Sequence[Contact]:
    """Return the contacts that are used: of the record that is current, of the others where it has none."""
    known, current = _contacts(session, patient_id), current_id(session, patient_id)
    return [each for each in known if each.patient_id == current] or known


def _contacts(session: Session, patient_id: UUID) -> Sequence[Contact]:
    query = select(Contact).where(col(Contact.patient_id).in_(person_ids(session, patient_id)))
    return session.exec(query.order_by(col(Contact.rank), col(Contact.id))).all()


def _record(
    session: Session, actor: Actor, patient_id: UUID, facts: dict[str, object], now: datetime
) -> None:
    record(
        session,
        actor,
        "patient.change",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        facts=facts,
        now=now,
    )
