"""Noting what a gateway answered, and taking back what dead workers held."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.kit.policy import policy_of
from telehealth.messaging import queries
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.pacing import ask_after, may_repeat, wait_after
from telehealth.messaging.ports import Checkers, Fault, Traits
from telehealth.messaging.routing import ways_for
from telehealth.messaging.service.moves import move, note_all, tell_if_true
from telehealth.messaging.service.receipts import apply_waiting_receipts
from telehealth.messaging.states import (
    DELIVERY,
    MESSAGE,
    DeliveryCommand,
    DeliveryState,
    MessageCommand,
    MessageState,
)


def record_all_accepted(
    session: Session, accepted: Sequence[tuple[UUID, str, Traits]], checkers: Checkers, *, now: datetime
) -> None:
    """Note which texts gateways took, each with their reference; earlier reports are applied.

    An attempt that was meanwhile given up as unknown is put right; one that is settled stays.
    """
    attempts, messages = _load(session, [attempt_id for attempt_id, _, _ in accepted])
    noted = []
    for attempt_id, provider_ref, traits in accepted:
        attempt = attempts[attempt_id]
        message = messages[attempt.message_id]
        if not _end(session, attempt, DeliveryCommand.ACCEPT, now=now):
            continue
        attempt.provider_ref = provider_ref
        if MESSAGE.allows(MessageState(message.state), MessageCommand.SEND):
            move(session, message, MessageCommand.SEND, now=now, is_told=False)
        if not traits.reports:
            # Nobody will ever say that it arrived: to phone after every text would help no one.
            message.chase_at = None
        noted.append((attempt, message))
    session.flush()
    note_all(session, [message for _, message in noted], now)
    apply_waiting_receipts(session, noted, checkers, now=now)


def record_fault(
    session: Session,
    attempt_id: UUID,
    fault: Fault,
    code: str,
    gateways: Sequence[str],
    checkers: Checkers,
    *,
    now: datetime,
) -> None:
    """Note that the gateway did not take the text, or that nobody knows.

    Another of the `gateways` is tried at once; else again after a while, or the message has failed, which is
    told, as long as it holds, so that a person can phone. Unknown: left for the gateway to be asked, and so
    is what an earlier attempt may have brought already.
    """
    attempt, message = _attempt(session, attempt_id)
    if fault is Fault.UNKNOWN:
        if _end(session, attempt, DeliveryCommand.LOSE, now=now, fault=fault, reason=code):
            _lose(session, message, code, now)
        return
    if not _end(session, attempt, DeliveryCommand.REFUSE, now=now, fault=fault, reason=code):
        return
    message.parts -= attempt.parts
    message.cost -= attempt.cost
    session.flush()
    tried = queries.list_tried(session, [message.id]).get(message.id, [])
    if any(each.fault == Fault.UNKNOWN for each in tried):
        _lose(session, message, code, now)
        return
    before = {each.gateway for each in tried}
    has_another_way = any(name not in before for name in ways_for(gateways, tried))
    wait = wait_after(fault, code, attempts=message.attempts, has_another_way=has_another_way)
    if wait is None:
        move(session, message, MessageCommand.REFUSE, reason=code, now=now)
        tell_if_true(session, checkers, message, code, now)
        return
    if MESSAGE.allows(MessageState(message.state), MessageCommand.RETRY):
        move(session, message, MessageCommand.RETRY, reason=code, now=now)
    message.next_try_at = now + wait
    session.add(message)
    session.flush()


def ask_later(session: Session, attempt_id: UUID, *, now: datetime) -> None:
    """Note that the gateway could not tell of a lost answer: it is asked again, less often."""
    attempt, _ = _attempt(session, attempt_id)
    attempt.asked += 1
    wait = ask_after(attempt.asked)
    attempt.ask_at = now + wait if wait is not None else None
    session.add(attempt)
    session.flush()


def repeat_lost(session: Session, attempt_id: UUID, traits: Traits, *, now: datetime) -> bool:
    """Queue a text again whose answer was lost, where the vendor knows a repetition by our reference.

    Returns False, and never asks again, where it would by now be a second text.
    """
    attempt, message = _attempt(session, attempt_id)
    attempt.ask_at = None
    session.add(attempt)
    first = select(Delivery.started_at).where(
        Delivery.message_id == message.id, Delivery.gateway == attempt.gateway
    )
    started_at = session.exec(first.order_by(col(Delivery.number)).limit(1)).one()
    zone = policy_of(session).zone
    can_repeat = may_repeat(traits.repeats_within, started_at, now, zone)
    if can_repeat and MESSAGE.allows(MessageState(message.state), MessageCommand.RETRY):
        move(session, message, MessageCommand.RETRY, reason="repeated", now=now)
        message.next_try_at = now
        session.add(message)
    session.flush()
    return can_repeat


def recover_leases(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Take back what workers leased and died over; return how many.

    Such a text may have left: it is unknown until the gateway says, and never just sent again.
    """
    query = (
        select(OutboxMessage)
        .where(queries.is_lease_over(now))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    messages = session.exec(query).all()
    for message in messages:
        being_sent = select(Delivery).where(
            Delivery.message_id == message.id, Delivery.state == DeliveryState.SENDING
        )
        for attempt in session.exec(being_sent).all():
            _end(session, attempt, DeliveryCommand.LOSE, now=now, fault=Fault.UNKNOWN, reason="lease-ended")
        _lose(session, message, "lease-ended", now)
    session.flush()
    return len(messages)


def _lose(session: Session, message: OutboxMessage, reason: str, now: datetime) -> None:
    if MESSAGE.allows(MessageState(message.state), MessageCommand.LOSE):
        move(session, message, MessageCommand.LOSE, reason=reason, now=now)
    session.flush()


def _attempt(session: Session, attempt_id: UUID) -> tuple[Delivery, OutboxMessage]:
    attempts, messages = _load(session, [attempt_id])
    attempt = attempts[attempt_id]
    return attempt, messages[attempt.message_id]


def _load(
    session: Session, attempt_ids: Sequence[UUID]
) -> tuple[dict[UUID, Delivery], dict[UUID, OutboxMessage]]:
    """Lock the messages of attempts, in one order, then read the attempts.

    The messages first: whoever takes one up or receives a report locks it first, too.
    """
    about = select(Delivery.message_id).where(col(Delivery.id).in_(attempt_ids))
    locked = (
        select(OutboxMessage)
        .where(col(OutboxMessage.id).in_(about))
        .order_by(col(OutboxMessage.id))
        .with_for_update(of=OutboxMessage)
        .execution_options(populate_existing=True)
    )
    messages = {each.id: each for each in session.exec(locked)}
    tried = select(Delivery).where(col(Delivery.id).in_(attempt_ids))
    found = session.exec(tried.execution_options(populate_existing=True))
    return {each.id: each for each in found}, messages


def _end(
    session: Session,
    attempt: Delivery,
    command: DeliveryCommand,
    *,
    now: datetime,
    fault: str = "",
    reason: str = "",
) -> bool:
    """Move the attempt if its state allows; what is settled already stays as it is."""
    state = DeliveryState(attempt.state)
    if not DELIVERY.allows(state, command):
        return False
    attempt.state = DELIVERY.move(state, command)
    attempt.fault = fault
    attempt.reason = reason
    attempt.ended_at = now
    wait = ask_after(0) if command is DeliveryCommand.LOSE else None
    attempt.ask_at = now + wait if wait is not None else None
    session.add(attempt)
    return True
