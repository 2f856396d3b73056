"""Putting messages into the outbox, and taking them out before they leave."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.kit.crypto import keyring_of, place
from telehealth.kit.phones import is_textable, mask
from telehealth.kit.policy import policy_of
from telehealth.links import rules
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.pacing import chase_at, quiet_hours
from telehealth.messaging.rules import fitting_facility
from telehealth.messaging.service.moves import move, note_all
from telehealth.messaging.states import MessageCommand, MessageState
from telehealth.messaging.templates import forbidden_words, get_template
from telehealth.patients.service import MessageContact, message_contacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A text somebody wants sent: which, to whom, about what, from when and until when it is of use.

    `dedupe_key`: act and version of its subject. An urgent one goes in quiet hours, too, and whatever was
    sent before. `lead_minutes`: of a reminder, how long before the time it tells of.
    """

    template: str
    params: Mapping[str, str]
    facility_id: UUID
    patient_id: UUID
    dedupe_key: str
    subject_kind: str
    subject_id: UUID
    subject_version: int
    due_at: datetime
    not_after_at: datetime
    link_id: UUID | None = None
    is_urgent: bool = False
    lead_minutes: int | None = None


def queue_message(session: Session, wanted: Wanted, *, now: datetime) -> OutboxMessage:
    """Write a message into the outbox, or return the one that already has the dedupe key.

    The number is the contact's as it is now, sealed. Without a contact that takes SMS, or with a
    landline, the row is written as skipped (`no-contact`, `not-textable`) so that the log says why
    nothing was sent. Raises KeyError for an unknown template.
    """
    return queue_messages(session, [wanted], now=now)[0]


def queue_messages(session: Session, wanted: Sequence[Wanted], *, now: datetime) -> list[OutboxMessage]:
    """Do the same for many, in their order, with the looks and writes of one."""
    keys = [each.dedupe_key for each in wanted]
    query = select(OutboxMessage).where(col(OutboxMessage.dedupe_key).in_(keys))
    by_key = {each.dedupe_key: each for each in session.exec(query)}
    fresh = {
        each.dedupe_key: _written(session, each, now) for each in wanted if each.dedupe_key not in by_key
    }
    _put(session, list(fresh.values()), now)
    by_key |= fresh
    return [by_key[key] for key in keys]


def _written(session: Session, wanted: Wanted, now: datetime) -> OutboxMessage:
    get_template(wanted.template)
    quiet = quiet_hours(policy_of(session))
    return OutboxMessage(
        **asdict(wanted) | {"params": _bounded(wanted.params)},
        state=MessageState.QUEUED,
        next_try_at=wanted.due_at,
        chase_at=chase_at(wanted.due_at, wanted.not_after_at, quiet, is_urgent=wanted.is_urgent),
        queued_at=now,
    )


def _put(session: Session, messages: Sequence[OutboxMessage], now: datetime) -> None:
    contacts = contacts_of(session, messages)
    reasons = {each.id: _address_to(session, each, contacts.get(each.id)) for each in messages}
    session.add_all(messages)
    session.flush()  # before their history refers to them
    for each in messages:
        if reason := reasons[each.id]:
            move(session, each, MessageCommand.SKIP, reason=reason, now=now, is_told=False)
    note_all(session, messages, now)


def contacts_of(session: Session, messages: Sequence[OutboxMessage]) -> dict[UUID, MessageContact]:
    """Return whose phone each message goes to, by the message's id, with one look for all.

    Of what leads to somebody's health: the patient's own, or one where it may be mentioned. A message for
    which there is none is left out.
    """
    private = {each.id for each in messages if _is_private(session, each)}
    found: dict[UUID, MessageContact] = {}
    for is_private in (True, False):
        some = [each for each in messages if (each.id in private) is is_private]
        patients = {each.patient_id for each in some}
        contacts = message_contacts(session, patients, is_private=is_private) if patients else {}
        found |= {each.id: contacts[each.patient_id] for each in some if each.patient_id in contacts}
    return found


def _is_private(session: Session, message: OutboxMessage) -> bool:
    """Tell whether a text is a code, or holds a link that leads to somebody's health."""
    if "code" in get_template(message.template).names:
        return True
    # Whoever queues or sends many holds their links: then this asks the session's memory, no database.
    link = session.get(PatientLink, message.link_id) if message.link_id is not None else None
    return link is not None and rules.is_private(link.purpose)


def skip_messages(session: Session, *, subject_id: UUID, reason: str, now: datetime) -> int:
    """Take every message about a subject out of the outbox that has not left yet; return how many.

    A message being sent at this very moment is found untrue or sent; it cannot be called back.
    """
    query = select(OutboxMessage).where(
        OutboxMessage.subject_id == subject_id, OutboxMessage.state == MessageState.QUEUED
    )
    messages = session.exec(query.with_for_update()).all()
    for message in messages:
        move(session, message, MessageCommand.SKIP, reason=reason, now=now)
    return len(messages)


def _address_to(session: Session, message: OutboxMessage, contact: MessageContact | None) -> str:
    """Seal the contact's number into the message; return the reason when there is none to send to."""
    if contact is None:
        return "no-contact"
    message.phone_masked = mask(contact.phone_e164)
    if not is_textable(contact.phone_e164):
        return "not-textable"
    address(session, message, contact.phone_e164)
    return ""


def address(session: Session, message: OutboxMessage, phone_e164: str) -> None:
    """Seal a number into a message, and keep what budgets know it by."""
    keyring = keyring_of(session)
    message.phone_masked = mask(phone_e164)
    message.phone_sealed = keyring.seal(phone_e164, place("outbox_message", "phone", message.id))
    message.number_index = number_index(session, phone_e164)


def number_index(session: Session, phone_e164: str) -> str:
    """Return the blind index of a number among texts: of no use elsewhere."""
    return keyring_of(session).blind(phone_e164, "outbox-number")


def _bounded(params: Mapping[str, str]) -> dict[str, str]:
    values = dict(params)
    if "facility" in values:
        values["facility"] = fitting_facility(values["facility"], forbidden_words())
    return values
