"""Putting messages into the outbox, and taking them out before they leave."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, select

from telehealth.kit.crypto import keyring_of, place
from telehealth.kit.phones import is_textable, mask
from telehealth.kit.policy import policy_of
from telehealth.links import rules
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.pacing import chase_at, quiet_hours
from telehealth.messaging.rules import fitting_facility
from telehealth.messaging.service.moves import move, note
from telehealth.messaging.states import MessageCommand, MessageState
from telehealth.messaging.templates import forbidden_words, get_template
from telehealth.patients.service import message_contact

_KNOWN = select(OutboxMessage).where(OutboxMessage.dedupe_key == bindparam("dedupe_key"))


def queue_message(
    session: Session,
    *,
    template: str,
    params: Mapping[str, str],
    facility_id: UUID,
    patient_id: UUID,
    dedupe_key: str,
    subject_kind: str,
    subject_id: UUID,
    subject_version: int,
    due_at: datetime,
    not_after_at: datetime,
    now: datetime,
    link_id: UUID | None = None,
    is_urgent: bool = False,
    lead_minutes: int | None = None,
) -> OutboxMessage:
    """Write a message into the outbox, or return the one that already has the dedupe key.

    The number is the contact's as it is now, sealed. Without a contact that takes SMS, or with a
    landline, the row is written as skipped (`no-contact`, `not-textable`) so that the log says why
    nothing was sent. An urgent one goes in quiet hours, too, and whatever was sent before. Raises
    KeyError for an unknown template.
    """
    known = session.exec(_KNOWN, params={"dedupe_key": dedupe_key}).first()
    if known is not None:
        return known
    get_template(template)
    message = OutboxMessage(
        dedupe_key=dedupe_key,
        facility_id=facility_id,
        patient_id=patient_id,
        template=template,
        params=_bounded(params),
        link_id=link_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_version=subject_version,
        state=MessageState.QUEUED,
        due_at=due_at,
        not_after_at=not_after_at,
        next_try_at=due_at,
        lead_minutes=lead_minutes,
        is_urgent=is_urgent,
        chase_at=chase_at(due_at, not_after_at, quiet_hours(policy_of(session)), is_urgent=is_urgent),
        queued_at=now,
    )
    return _put(session, message, now)


def _put(session: Session, message: OutboxMessage, now: datetime) -> OutboxMessage:
    reason = _address_to_contact(session, message)
    session.add(message)
    session.flush()  # before its history refers to it
    if reason:
        move(session, message, MessageCommand.SKIP, reason=reason, now=now)
    else:
        note(session, message, now)
    return message


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


def _address_to_contact(session: Session, message: OutboxMessage) -> str:
    """Seal the contact's number into the message; return the reason when there is none to send to."""
    contact = message_contact(session, message.patient_id, is_private=is_private(session, message))
    if contact is None:
        return "no-contact"
    message.phone_masked = mask(contact.phone_e164)
    if not is_textable(contact.phone_e164):
        return "not-textable"
    address(session, message, contact.phone_e164)
    return ""


def is_private(session: Session, message: OutboxMessage) -> bool:
    """Tell whether a text is a code, or holds a link that leads to somebody's health."""
    if "code" in get_template(message.template).names:
        return True
    link = session.get(PatientLink, message.link_id) if message.link_id is not None else None
    return link is not None and rules.is_private(link.purpose)


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
