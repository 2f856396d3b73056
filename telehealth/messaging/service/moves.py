"""Changing a message's state: through the machine, with a history row and a change row."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.kit.changes import note_change, note_changes
from telehealth.kit.events import publish
from telehealth.kit.logs import logger
from telehealth.kit.retries import is_of_database
from telehealth.messaging import queries
from telehealth.messaging.events import MessageDelivered, MessageUndelivered
from telehealth.messaging.models import OutboxMessage, OutboxMessageHistory
from telehealth.messaging.ports import Checkers
from telehealth.messaging.service.truth import those_true
from telehealth.messaging.states import MESSAGE, MessageCommand, MessageState

TELL_AGAIN: Final = timedelta(minutes=5)
"""How soon again it is told that a message did not arrive, where nobody could be asked to phone."""

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


def tell_if_true(
    session: Session, checkers: Checkers, message: OutboxMessage, reason: str, now: datetime
) -> bool:
    """Publish that the message did not reach the phone, unless nobody needs to hear what it says any more.

    So it is where it is untrue by now, and where a newer text about the same has arrived. What only a newer
    release knows about is left for that one to tell: its next look for what should have arrived finds it.
    Returns False where it could not be looked up or told, which is tried again some minutes later.
    """
    message.chase_at = None
    session.add(message)
    if message.subject_kind not in checkers:
        message.chase_at = now
        return False
    try:
        with session.begin_nested():
            is_true = bool(those_true(session, checkers, [message], now))
            is_wanted = is_true and not queries.is_overtaken(session, message)
    except Exception as error:
        return _tell_later(session, message, error, now)
    return tell_undelivered(session, message, reason, now) if is_wanted else True


def tell_undelivered(session: Session, message: OutboxMessage, reason: str, now: datetime) -> bool:
    """Publish it, asking nobody whether it holds.

    Where that cannot be acted on, what became of the message is noted all the same, it returns False, and it
    is told again some minutes later.
    """
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
    try:
        with session.begin_nested():
            publish(session, event, now=now)
    except Exception as error:
        return _tell_later(session, message, error, now)
    return True


def _tell_later(session: Session, message: OutboxMessage, error: Exception, now: datetime) -> bool:
    """Let what cannot be told now be told later; raise what is the database's fault."""
    if is_of_database(error):
        raise error
    logger().error("call not asked for", message=str(message.id), error=type(error).__name__)
    message.chase_at = now + TELL_AGAIN
    session.add(message)
    return False


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
