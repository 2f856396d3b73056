"""Where a text for a patient may go, and stopping texts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_
from sqlmodel import Session, col, select

from telehealth.access.models import SamePerson
from telehealth.access.queries import person_ids
from telehealth.kit.phones import is_textable
from telehealth.kit.policy import policy_of
from telehealth.kit.text import mask_name
from telehealth.patients.models import Contact, Patient
from telehealth.patients.queries import ContactCard, and_kept, birth_of, contact_card
from telehealth.patients.rules import ADULT_FROM, Relation, adult_on


@dataclass(frozen=True, slots=True)
class MessageContact:
    """The phone a message goes to, and how the patient may be named there."""

    phone_e164: str
    name: str
    relation: Relation
    given_name_masked: str
    may_mention_health: bool
    language: str
    until_on: date | None = None


def message_contact(session: Session, patient_id: UUID, *, is_private: bool = False) -> MessageContact | None:
    """Return the first contact a text can reach; None without one, or if none are wanted still act.

    None of a patient who died, nor a number that was called wrong.

    `is_private`: of what leads to somebody's health, the patient's own phone, or one where it may be
    mentioned; on another its holder would read what is not theirs to know.

    Where all are landlines the first of them is returned: the caller says why it did not send. Not
    scoped by an actor: the program sends on behalf of care that was in scope.
    """
    return message_contacts(session, [patient_id], is_private=is_private).get(patient_id)


def message_contacts(
    session: Session, patient_ids: Collection[UUID], *, is_private: bool = False
) -> dict[UUID, MessageContact]:
    """Return the same for many patients with one look; those without a contact are left out.

    A record that was merged is reached by the phones of the one that is kept, which are those the station
    sees and changes; by its own where the kept one has none at all.
    """
    is_kept = and_(
        col(SamePerson.current_id) == Contact.patient_id, col(SamePerson.patient_id).in_(patient_ids)
    )
    query = (
        select(Contact, Patient, SamePerson.patient_id)
        .join(Patient, col(Patient.id) == Contact.patient_id)
        .outerjoin(SamePerson, is_kept)
        .where(col(Contact.patient_id).in_(and_kept(patient_ids)))
        .order_by(col(Contact.rank))
    )
    own: dict[UUID, list[tuple[Contact, Patient]]] = {}
    kept: dict[UUID, list[tuple[Contact, Patient]]] = {}
    for contact, patient, merged_id in session.exec(query):
        own.setdefault(patient.id, []).append((contact, patient))
        if merged_id is not None:
            kept.setdefault(merged_id, []).append((contact, patient))
    ways = {each: kept.get(each) or own.get(each, []) for each in patient_ids}
    found = {each: _first_reached(session, ways[each], is_private=is_private) for each in patient_ids}
    return {each: contact for each, contact in found.items() if contact is not None}


def _may_know(contact: Contact) -> bool:
    return contact.relation == Relation.SELF or contact.may_mention_health


def _first_reached(
    session: Session, contacts: Sequence[tuple[Contact, Patient]], *, is_private: bool
) -> MessageContact | None:
    first = None
    for contact, patient in contacts:
        if patient.died_noted_at is not None or contact.no_sms or contact.wrong_since_at is not None:
            continue
        if is_private and not _may_know(contact):
            continue
        card = contact_card(session, contact)
        if is_textable(card.phone_e164):
            return _reached_by(patient, card)
        first = first or _reached_by(patient, card)
    return first


def _reached_by(patient: Patient, card: ContactCard) -> MessageContact:
    return MessageContact(
        phone_e164=card.phone_e164,
        name=card.name or (patient.full_name if card.relation is Relation.SELF else ""),
        relation=card.relation,
        given_name_masked=mask_name(patient.full_name),
        may_mention_health=card.may_mention_health,
        language=patient.language,
        until_on=card.until_on,
    )


def allow_messages(session: Session, patient_id: UUID, *, is_allowed: bool, now: datetime) -> None:
    """Let texts go to the patient's contacts, or let none go: what a consent for SMS decides."""
    ids = person_ids(session, patient_id)
    today = policy_of(session).local_date(now)
    for contact in session.exec(select(Contact).where(col(Contact.patient_id).in_(ids))):
        has_lapsed = contact.until_on is not None and contact.until_on < today
        contact.no_sms = not is_allowed or has_lapsed
        contact.recorded_at = now
        session.add(contact)
    session.flush()


def lapse_contacts(session: Session, *, now: datetime) -> int:
    """Let no more texts go to phones whose holders acted for the patient until a day that is over.

    Nor any about health to who might hear of a child that is grown up now, until the station says so anew.
    Returns how many. What they opened before closes by itself that day.
    """
    today = policy_of(session).local_date(now)
    query = select(Contact).where(col(Contact.until_on) < today, col(Contact.no_sms).is_(False))
    found = session.exec(query.with_for_update(skip_locked=True)).all()
    grown = _marked_in_childhood(session, today)
    for contact in found:
        contact.no_sms = True
    for contact in grown:
        contact.may_mention_health = False
    for contact in (*found, *grown):
        contact.recorded_at = now
        session.add(contact)
    session.flush()
    return len(found) + len(grown)


_LATELY: Final = timedelta(days=2 * 366)
"""Who grew up longer ago was looked at before; a birth of which only the year is known counts to its end."""


def _marked_in_childhood(session: Session, today: date) -> list[Contact]:
    """Find the phones on which health may be mentioned since before their patients came of age."""
    latest = today.replace(year=today.year - ADULT_FROM, day=min(today.day, 28)) + timedelta(days=3)
    query = (
        select(Contact, Patient)
        .join(Patient, col(Patient.id) == Contact.patient_id)
        .where(
            col(Contact.may_mention_health).is_(True),
            Contact.relation != Relation.SELF,
            col(Patient.birth_date).between(latest - _LATELY, latest),
        )
        .with_for_update(of=Contact, skip_locked=True)
    )
    policy = policy_of(session)
    return [
        contact
        for contact, patient in session.exec(query)
        if policy.local_date(contact.recorded_at) < adult_on(birth_of(patient)) <= today
    ]
