"""Every select of orders.

A station sees its own, a doctor what they ordered, a coordinator what climbed to the doctor's house or
their own station.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import visible_patients
from telehealth.access.rules import can
from telehealth.kit.actors import Actor
from telehealth.orders.errors import OrderNotFoundError
from telehealth.orders.models import Order, OrderStep
from telehealth.orders.states import PENDING, OrderState
from telehealth.staff.models import Membership
from telehealth.visits.models import Attachment, Visit

SHOWN_FOR: Final = timedelta(days=14)
"""How long a doctor's list shows what became of an order."""


def get_order(session: Session, actor: Actor, order_id: UUID, *, now: datetime, lock: bool = False) -> Order:
    """Return an order in scope, locked against other writers if asked; raise `order-not-found`."""
    query = _scoped(actor, now).where(Order.id == order_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    order = session.exec(query).first()
    if order is None:
        raise OrderNotFoundError
    return order


def find_order(session: Session, order_id: UUID) -> Order | None:
    """Find an order by its id alone, for the service to tell whose it is; a reader asks `get_order`."""
    return session.get(Order, order_id)


def get_draft(session: Session, actor: Actor, order_id: UUID, *, now: datetime) -> Order:
    """Return an order nobody has to do yet, whoever wrote it, of a patient in scope.

    Raises `order-not-found`.
    """
    query = select(Order).where(
        Order.id == order_id,
        Order.state == OrderState.DRAFT,
        col(Order.patient_id).in_(visible_patients(actor, now)),
    )
    order = session.exec(query.with_for_update().execution_options(populate_existing=True)).first()
    if order is None:
        raise OrderNotFoundError
    return order


def lock_visit(session: Session, visit_id: UUID) -> Visit:
    """Lock the visit of an order in scope, before the order: what is being signed waits, or is waited for."""
    query = select(Visit).where(Visit.id == visit_id)
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).one()


def list_pending(session: Session, actor: Actor, *, now: datetime, limit: int = 200) -> list[Order]:
    """List what is still to be done in the actor's scope, what is due first at the head."""
    query = _scoped(actor, now).where(col(Order.state).in_(PENDING))
    return list(session.exec(query.order_by(col(Order.due_by), col(Order.id)).limit(limit)))


def list_ended(session: Session, actor: Actor, *, now: datetime, limit: int = 50) -> list[Order]:
    """List what became of orders lately in the actor's scope, the latest first."""
    query = _scoped(actor, now).where(
        col(Order.state).in_([OrderState.DONE, OrderState.DECLINED]), col(Order.ended_at) > now - SHOWN_FOR
    )
    return list(session.exec(query.order_by(col(Order.ended_at).desc()).limit(limit)))


def orders_of(session: Session, visit: Visit) -> list[Order]:
    """List the orders of a visit fetched in scope as they were written, without those revoked."""
    query = select(Order).where(Order.visit_id == visit.id, Order.state != OrderState.REVOKED)
    return list(session.exec(query.order_by(col(Order.id))))


def count_orders(session: Session, visit: Visit) -> int:
    """Count what `orders_of` lists."""
    query = select(func.count(col(Order.id))).where(
        Order.visit_id == visit.id, Order.state != OrderState.REVOKED
    )
    return session.exec(query).one()


def revision_of(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of what is ordered at a visit, and of what came of it."""
    query = select(func.coalesce(func.sum(Order.revision), 0)).where(Order.visit_id == visit.id)
    return int(session.exec(query).one())


def lock_of_visit(session: Session, visit_id: UUID, states: Collection[OrderState]) -> list[Order]:
    """Lock the orders of a visit in these states, in one order."""
    query = select(Order).where(Order.visit_id == visit_id, col(Order.state).in_(states))
    locked = query.order_by(col(Order.id)).with_for_update().execution_options(populate_existing=True)
    return list(session.exec(locked))


def list_due(session: Session, *, now: datetime, limit: int = 500) -> list[UUID]:
    """List the orders of which a clock has gone off; one statement while nothing is due."""
    query = select(Order.id).where(col(Order.state).in_(PENDING), col(Order.due_at) <= now)
    return list(session.exec(query.order_by(col(Order.due_at)).limit(limit)))


def lock_due(session: Session, order_id: UUID) -> Order | None:
    """Lock an order a tick found; None while another node is at it."""
    query = select(Order).where(Order.id == order_id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).first()


def list_steps(session: Session, order_id: UUID) -> list[OrderStep]:
    """List the steps of an order fetched in scope, oldest first."""
    query = select(OrderStep).where(OrderStep.order_id == order_id)
    return list(session.exec(query.order_by(col(OrderStep.seq))))


def attachments_of_patient(
    session: Session, actor: Actor, patient_id: UUID, *, now: datetime, limit: int = 12
) -> list[Attachment]:
    """List the latest photos and papers of a patient in scope: one of them may show a result."""
    query = select(Attachment).where(
        Attachment.patient_id == patient_id,
        col(Attachment.patient_id).in_(visible_patients(actor, now)),
        col(Attachment.withdrawn_at).is_(None),
    )
    return list(session.exec(query.order_by(col(Attachment.recorded_at).desc()).limit(limit)))


def _scoped(actor: Actor, now: datetime) -> SelectOfScalar[Order]:
    """Select what the actor ordered, what their station is to do, and what coordinators follow."""
    seen: ColumnElement[bool] = col(Order.written_by) == actor.ref
    if actor.facility_id is not None:
        of_station = and_(
            col(Order.station_facility_id) == actor.facility_id,
            col(Order.patient_id).in_(visible_patients(actor, now)),
            Order.state != OrderState.DRAFT,
        )
        seen = or_(seen, of_station)
        if can(actor, "order.follow"):
            house = select(Membership.id).where(Membership.facility_id == actor.facility_id)
            seen = or_(seen, and_(col(Order.has_climbed), col(Order.written_by).in_(house)))
    return select(Order).where(seen)
