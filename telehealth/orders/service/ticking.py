"""What time does to an order: a reminder, coordinators follow what nobody saw, what is late."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.orders import queries
from telehealth.orders.rules import StepKind
from telehealth.orders.service.history import note, rearm
from telehealth.orders.states import PENDING


def list_due(session: Session, *, now: datetime) -> list[UUID]:
    """List the orders a tick has something to do for."""
    return queries.list_due(session, now=now)


def tick(session: Session, order_id: UUID, *, now: datetime) -> bool:
    """Do what is due for one order; each clock goes off once. False where another node was there."""
    order = queries.lock_due(session, order_id)
    if order is None or order.state not in PENDING or order.due_at is None or order.due_at > now:
        return False
    if order.remind_at is not None and order.remind_at <= now:
        order.remind_at = None
        note(session, SYSTEM, order, StepKind.REMINDED, now=now)
    if order.climb_at is not None and order.climb_at <= now:
        order.climb_at, order.has_climbed = None, True
        note(session, SYSTEM, order, StepKind.CLIMBED, now=now)
    if order.overdue_at is not None and order.overdue_at <= now:
        order.overdue_at, order.has_climbed = None, True
        note(session, SYSTEM, order, StepKind.OVERDUE, now=now)
    rearm(order)
    session.add(order)
    session.flush()
    return True
