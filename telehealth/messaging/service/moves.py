"""Changing a message's state: through the machine, with a history row and a change row."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.kit.changes import note_change, note_changes
from telehealth.kit.events import publish
from telehealth.messaging.events import MessageDelivered, MessageUndelivered
from telehealth.messaging.models import OutboxMessage, OutboxMessageHistory
from telehealth.messaging.states import MESSAGE, MessageCommand, MessageState

_SETTLED = {MessageState.DELIVERED, MessageState.FAILED, MessageState.SKIPPED}


def move(
    session: Session,
    message: OutboxMessage,
    command: MessageCommand,
    *,
    now: datetime,
    reason: str = "",
    is_told: bool = True,
) -> None:
    """Let a command change the message; raise `invalid-transition` when the table has no such move.

    Only the program moves messages: people queue them and read what became of them. Written at the next
    flush, so that the rows of many messages go together; who moves many tells of all at once (`note_all`).
    """
    before = MessageState(message.state)
    after = MESSAGE.move(before, command)
    message.state = after
    message.reason = reason
    if after is not MessageState.LEASED:
        message.lease_token = None
        message.lease_until_at = None
    if after is MessageState.SENT:
        message.sent_at = message.sent_at or now
    if after in _SETTLED:
        message.settled_at = now
        message.chase_at = None
    session.add(message)
    session.add(
        OutboxMessageHistory(
            message_id=message.id,
            from_state=before,
            to_state=after,
            command=command,
            actor_kind=SYSTEM.kind,
            actor_ref=SYSTEM.ref,
            reason=reason,
            recorded_at=now,
        )
    )
    if is_told:
        note(session, message, now)


def note_all(session: Session, messages: Iterable[OutboxMessage], now: datetime) -> None:
    """Tell the live pages of the facilities that these messages changed."""
    note_changes(session, "message", [(each.id, each.facility_id) for each in messages], now=now)


def note(session: Session, message: OutboxMessage, now: datetime) -> None:
    """Tell the facility's live pages, and the sender, that a message changed."""
    note_change(session, "message", message.id, scopes={message.facility_id}, now=now)


def tell_undelivered(session: Session, message: OutboxMessage, reason: str, now: datetime) -> None:
    """Publish that the message did not reach the phone, so that a person can."""
    message.chase_at = None
    session.add(message)
    event = MessageUndelivered(
        message_id=message.id,
        facility_id=message.facility_id,
        patient_id=message.patient_id,
        template=message.template,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
        reason=reason,
    )
    publish(session, event, now=now)


def tell_delivered(session: Session, message: OutboxMessage, now: datetime) -> None:
    """Publish that the message reached the phone: nobody needs to phone any more."""
    event = MessageDelivered(
        message_id=message.id,
        facility_id=message.facility_id,
        patient_id=message.patient_id,
        template=message.template,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
    )
    publish(session, event, now=now)
