"""Gateways' reports: twice, in any order, about texts of others, before we noted the sending."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from telehealth.messaging.models import Delivery, OutboxMessage, Receipt
from telehealth.messaging.ports import Checkers, Outcome, Report
from telehealth.messaging.service.moves import move, tell_delivered, tell_if_true
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


def record_report(
    session: Session, gateway: str, report: Report, checkers: Checkers, *, now: datetime
) -> bool:
    """Keep a report once and apply it to the attempt it is about; return whether it was new.

    A report about nothing we know is kept and changes nothing until the attempt is noted. That a text did
    not arrive is told only as long as it holds.
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
    attempt = _find_attempt(session, gateway, report)
    if attempt is not None:
        locked = select(OutboxMessage).where(OutboxMessage.id == attempt.message_id).with_for_update()
        message = session.exec(locked.execution_options(populate_existing=True)).one()
        session.refresh(attempt)
        _apply(session, checkers, receipt, attempt, message, now)
    session.flush()
    return True


def _find_attempt(session: Session, gateway: str, report: Report) -> Delivery | None:
    """Find the attempt a report is about: by the vendor's reference, or by ours where its answer was lost.

    Whoever knows the one cannot make the other mean something else: both are looked for at this gateway only.
    """
    of_gateway = select(Delivery).where(Delivery.gateway == gateway).order_by(col(Delivery.number).desc())
    found = session.exec(of_gateway.where(Delivery.provider_ref == report.provider_ref)).first()
    if found is None and report.reference is not None:
        by_ours = of_gateway.where(
            Delivery.message_id == report.reference,
            col(Delivery.state).in_((DeliveryState.UNKNOWN, DeliveryState.ACCEPTED)),
        )
        found = session.exec(by_ours).first()
    return found


def apply_waiting_receipts(
    session: Session, noted: Sequence[tuple[Delivery, OutboxMessage]], checkers: Checkers, *, now: datetime
) -> None:
    """Apply reports that came before their attempts were noted as accepted."""
    by_ref = {(attempt.gateway, attempt.provider_ref): (attempt, message) for attempt, message in noted}
    query = select(Receipt).where(
        col(Receipt.provider_ref).in_([ref for _, ref in by_ref]), col(Receipt.delivery_id).is_(None)
    )
    for receipt in session.exec(query.order_by(col(Receipt.recorded_at))).all() if by_ref else ():
        if (found := by_ref.get((receipt.gateway, receipt.provider_ref))) is not None:
            _apply(session, checkers, receipt, *found, now)
    session.flush()


def _apply(
    session: Session,
    checkers: Checkers,
    receipt: Receipt,
    attempt: Delivery,
    message: OutboxMessage,
    now: datetime,
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
            tell_if_true(session, checkers, message, reason, now)
        else:
            tell_delivered(session, message, now)
