"""Gateways' reports: twice, in any order, about texts of others, before we noted the sending."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from telehealth.messaging.models import Delivery, OutboxMessage, Receipt
from telehealth.messaging.ports import Outcome, Report
from telehealth.messaging.service.moves import move, tell_undelivered
from telehealth.messaging.states import (
    DELIVERY,
    MESSAGE,
    DeliveryCommand,
    DeliveryState,
    MessageCommand,
    MessageState,
)

_COMMANDS = {
    Outcome.DELIVERED: (DeliveryCommand.DELIVER, MessageCommand.DELIVER),
    Outcome.UNDELIVERED: (DeliveryCommand.BOUNCE, MessageCommand.BOUNCE),
}


def record_report(session: Session, gateway: str, report: Report, *, now: datetime) -> bool:
    """Keep a report once and apply it to the attempt it is about; return whether it was new.

    A report about nothing we know is kept and changes nothing until the attempt is noted.
    """
    receipt = Receipt(
        gateway=gateway,
        provider_ref=report.provider_ref,
        outcome=report.outcome,
        occurred_at=report.occurred_at,
        recorded_at=now,
    )
    try:
        with session.begin_nested():
            session.add(receipt)
            session.flush()
    except IntegrityError:
        return False
    query = (
        select(Delivery)
        .where(Delivery.gateway == gateway, Delivery.provider_ref == report.provider_ref)
        .order_by(col(Delivery.number).desc())
    )
    attempt = session.exec(query).first()
    if attempt is not None:
        locked = select(OutboxMessage).where(OutboxMessage.id == attempt.message_id).with_for_update()
        _apply(session, receipt, attempt, session.exec(locked).one(), now)
    return True


def apply_waiting_receipts(
    session: Session, attempt: Delivery, message: OutboxMessage, *, now: datetime
) -> None:
    """Apply reports that came before the attempt was noted as accepted."""
    query = select(Receipt).where(
        Receipt.gateway == attempt.gateway,
        Receipt.provider_ref == attempt.provider_ref,
        col(Receipt.delivery_id).is_(None),
    )
    for receipt in session.exec(query.order_by(col(Receipt.recorded_at))).all():
        _apply(session, receipt, attempt, message, now)


def _apply(
    session: Session, receipt: Receipt, attempt: Delivery, message: OutboxMessage, now: datetime
) -> None:
    receipt.delivery_id = attempt.id
    session.add(receipt)
    of_attempt, of_message = _COMMANDS[Outcome(receipt.outcome)]
    if DELIVERY.allows(DeliveryState(attempt.state), of_attempt):
        attempt.state = DELIVERY.move(DeliveryState(attempt.state), of_attempt)
        attempt.ended_at = now
        session.add(attempt)
    if MESSAGE.allows(MessageState(message.state), of_message):
        reason = "" if of_message is MessageCommand.DELIVER else "no-answer-from-phone"
        move(session, message, of_message, reason=reason, now=now)
        if of_message is MessageCommand.BOUNCE:
            tell_undelivered(session, message, reason, now)
