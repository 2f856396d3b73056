"""Where a text for a patient may go, and stopping texts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.kit.phones import is_textable
from telehealth.kit.text import mask_name
from telehealth.patients.models import Contact, Patient
from telehealth.patients.queries import contact_card
from telehealth.patients.rules import Relation


@dataclass(frozen=True, slots=True)
class MessageContact:
    """The phone a message goes to, and how the patient may be named there."""

    phone_e164: str
    name: str
    relation: Relation
    given_name_masked: str
    may_mention_health: bool


def message_contact(session: Session, patient_id: UUID) -> MessageContact | None:
    """Return the first contact a text can reach; None without one, or if none are wanted.

    Where all are landlines the first of them is returned: the caller says why it did not send. Not
    scoped by an actor: the program sends on behalf of care that was in scope.
    """
    patient = session.get(Patient, patient_id)
    query = (
        select(Contact)
        .where(Contact.patient_id == patient_id, col(Contact.no_sms).is_(False))
        .order_by(col(Contact.rank))
    )
    cards = [contact_card(session, contact) for contact in session.exec(query)]
    card = next((each for each in cards if is_textable(each.phone_e164)), cards[0] if cards else None)
    if patient is None or card is None:
        return None
    return MessageContact(
        phone_e164=card.phone_e164,
        name=card.name or (patient.full_name if card.relation is Relation.SELF else ""),
        relation=card.relation,
        given_name_masked=mask_name(patient.full_name),
        may_mention_health=card.may_mention_health,
    )


def allow_messages(session: Session, patient_id: UUID, *, is_allowed: bool, now: datetime) -> None:
    """Let texts go to the patient's contacts, or let none go: what a consent for SMS decides."""
    for contact in session.exec(select(Contact).where(Contact.patient_id == patient_id)):
        contact.no_sms = not is_allowed
        contact.recorded_at = now
        session.add(contact)
    session.flush()
