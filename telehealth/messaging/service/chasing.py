"""Asking a person to phone before it is too late, where no report says that a text has arrived."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.links.queries import was_used_since
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.ports import Checkers
from telehealth.messaging.service.moves import tell_if_true
from telehealth.messaging.states import MessageState


def chase_undelivered(checkers: Checkers, session: Session, message_id: UUID, *, now: datetime) -> bool:
    """Tell of a message that should have arrived by now if it is still true; return whether that was done.

    It is sent on all the same; a report that comes later makes the call needless. Where somebody opened the
    link in it since it was written, or answered through it, what it says is known: no report says more.
    """
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id, col(OutboxMessage.chase_at) <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    message = session.exec(query).one_or_none()
    if message is None:
        return False
    is_settled = message.state in (MessageState.FAILED, MessageState.SKIPPED)  # nobody could be told then
    if not is_settled and _was_used(session, message):
        message.chase_at = None
        session.add(message)
        session.flush()
        return True
    message.chased_at = now
    reason = message.reason if is_settled else "not-in-time"
    is_told = tell_if_true(session, checkers, message, reason, now)
    session.flush()
    return is_told


def _was_used(session: Session, message: OutboxMessage) -> bool:
    """Tell whether its link was used; who chose a time on the phone had it open before the text left."""
    link_id, is_tried = message.link_id, message.tried_at is not None
    return is_tried and link_id is not None and was_used_since(session, link_id, message.queued_at)
