"""Reading orders on record: who looked at whose."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.orders import queries
from telehealth.orders.models import Order


def read_order(session: Session, actor: Actor, order_id: UUID, *, now: datetime) -> Order:
    """Return an order in scope and note that it was read. Raises `order-not-found`."""
    order = queries.get_order(session, actor, order_id, now=now)
    record(
        session,
        actor,
        "order.read",
        subject_kind="order",
        subject_id=order.id,
        patient_id=order.patient_id,
        now=now,
    )
    return order


def note_list(session: Session, actor: Actor, orders: Sequence[Order], *, now: datetime) -> None:
    """Note that a list was read: one row with the ids inside, none for an empty list."""
    if orders:
        ids = [str(order.id) for order in orders]
        record(session, actor, "order.read", subject_kind="order", facts={"ids": ids}, now=now)
