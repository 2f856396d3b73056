"""Asking a person to phone before it is too late, where no report says that a text has arrived."""

from datetime import datetime

from sqlmodel import Session, col, select

from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.ports import Checkers, Claimed
from telehealth.messaging.service.moves import tell_undelivered


def chase_undelivered(session: Session, checkers: Checkers, *, now: datetime, limit: int = 100) -> int:
    """Tell of messages that should have arrived by now and are still true; return how many were looked at.

    They are sent on all the same; a report that comes later makes the call needless.
    """
    query = (
        select(OutboxMessage)
        .where(col(OutboxMessage.chase_at) <= now)
        .order_by(col(OutboxMessage.chase_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    messages = session.exec(query).all()
    for message in messages:
        message.chase_at = None
        message.chased_at = now
        session.add(message)
        claimed = Claimed(message.template, message.subject_id, message.subject_version)
        if checkers[message.subject_kind](session, claimed, now):
            tell_undelivered(session, message, "not-in-time", now)
    session.flush()
    return len(messages)
