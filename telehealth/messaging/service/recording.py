"""Noting what became of an attempt.

A crash leaves one of two traces. Leased without an attempt: nothing left us, it is queued again.
With an attempt that was being sent: nobody knows, it becomes `unknown` and the gateway is asked.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.ports import Fault
from telehealth.messaging.rules import retry_after
from telehealth.messaging.service.moves import move, tell_undelivered
from telehealth.messaging.service.receipts import apply_waiting_receipts
from telehealth.messaging.states import (
    DELIVERY,
    MESSAGE,
    DeliveryCommand,
    DeliveryState,
    MessageCommand,
    MessageState,
)


def record_accepted(session: Session, attempt_id: UUID, provider_ref: str, *, now: datetime) -> None:
    """Note that the gateway took the text; reports that came before this note are applied.

    An attempt that was meanwhile given up as unknown is put right; one that is settled stays.
    """
    attempt, message = _attempt(session, attempt_id)
    if not _end(session, attempt, DeliveryCommand.ACCEPT, now=now):
        return
    attempt.provider_ref = provider_ref
    session.add(attempt)
    if MESSAGE.allows(MessageState(message.state), MessageCommand.SEND):
        move(session, message, MessageCommand.SEND, now=now)
    apply_waiting_receipts(session, attempt, message, now=now)


def record_fault(session: Session, attempt_id: UUID, fault: Fault, code: str, *, now: datetime) -> None:
    """Note that the gateway did not take the text, or that nobody knows.

    Temporary: tried again after a while. Permanent, configuration, or tries used up: failed, and
    told so that a person can phone. Unknown: left for the gateway to be asked.
    """
    attempt, message = _attempt(session, attempt_id)
    if fault is Fault.UNKNOWN:
        if _end(session, attempt, DeliveryCommand.LOSE, now=now, reason=code):
            move(session, message, MessageCommand.LOSE, reason=code, now=now)
        return
    if not _end(session, attempt, DeliveryCommand.REFUSE, now=now, reason=code):
        return
    wait = retry_after(message.attempts) if fault is Fault.TEMPORARY else None
    if wait is None:
        move(session, message, MessageCommand.REFUSE, reason=code, now=now)
        tell_undelivered(session, message, code, now)
        return
    move(session, message, MessageCommand.RETRY, reason=code, now=now)
    message.next_try_at = now + wait
    session.add(message)


def recover_leases(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Take back what workers leased and died over; return how many."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.state == MessageState.LEASED, col(OutboxMessage.lease_until_at) <= now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    messages = session.exec(query).all()
    for message in messages:
        being_sent = select(Delivery).where(
            Delivery.message_id == message.id, Delivery.state == DeliveryState.SENDING
        )
        attempt = session.exec(being_sent).first()
        command = MessageCommand.RELEASE
        if attempt is not None:
            _end(session, attempt, DeliveryCommand.LOSE, now=now, reason="lease-ended")
            command = MessageCommand.LOSE
        move(session, message, command, reason="lease-ended", now=now)
    return len(messages)


def _attempt(session: Session, attempt_id: UUID) -> tuple[Delivery, OutboxMessage]:
    # The message first: whoever prepares or receives locks it first, too.
    attempt = session.get_one(Delivery, attempt_id)
    query = select(OutboxMessage).where(OutboxMessage.id == attempt.message_id)
    message = session.exec(query.with_for_update()).one()
    session.refresh(attempt)
    return attempt, message


def _end(
    session: Session, attempt: Delivery, command: DeliveryCommand, *, now: datetime, reason: str = ""
) -> bool:
    """Move the attempt if its state allows; what is settled already stays as it is."""
    state = DeliveryState(attempt.state)
    if not DELIVERY.allows(state, command):
        return False
    attempt.state = DELIVERY.move(state, command)
    attempt.reason = reason
    attempt.ended_at = now
    session.add(attempt)
    session.flush()
    return True
