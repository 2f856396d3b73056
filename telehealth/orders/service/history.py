"""The one way an order changes: state, version, a row of its record, audit row, change rows."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from telehealth.audit.steps import append_step, record_step
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.changes import note_change
from telehealth.orders.models import Order, OrderStep
from telehealth.orders.rules import StepKind
from telehealth.orders.states import MACHINE, PENDING, OrderCommand, OrderState
from telehealth.staff.models import Membership

_ACTIONS = {
    StepKind.WRITTEN: "order.write",
    StepKind.RELEASED: "order.write",
    StepKind.REVOKED: "order.write",
}


def change(
    session: Session,
    actor: Actor,
    order: Order,
    command: OrderCommand,
    kind: StepKind,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Carry out a command on an order the caller has locked; raise `invalid-transition`."""
    before = OrderState(order.state)
    after = MACHINE.move(before, command)
    order.state = after
    order.version += 1
    if after is not OrderState.OPEN:
        order.remind_at = order.climb_at = None
    if after not in PENDING:
        order.overdue_at = None
        order.has_climbed = False
    rearm(order)
    note(session, actor, order, kind, now=now, before=before, command=command, reason=reason)


def note(
    session: Session, actor: Actor, order: Order, kind: StepKind, *, now: datetime, **about: Any
) -> None:
    """Write a step with its audit row, and wake the pages of whoever it concerns."""
    append_step(session, actor, order, OrderStep, kind, now=now, order_id=order.id, **about)
    action = _ACTIONS.get(kind, "order.do" if actor is not SYSTEM else "order.follow")
    record_step(session, actor, action, "order", order, kind, now=now, reason=about.get("reason"))
    house = session.exec(select(Membership.facility_id).where(Membership.id == order.written_by)).one()
    scopes = (order.station_facility_id, order.written_by, house)
    note_change(session, "order", order.id, scopes=scopes, now=now)


def rearm(order: Order) -> None:
    """Set when the next clock goes off."""
    pending = [at for at in (order.remind_at, order.climb_at, order.overdue_at) if at is not None]
    order.due_at = min(pending, default=None)


def facts_of(order: Order) -> dict[str, Any]:
    """Return the fields of an `OrderFact`, of one that is released."""
    due = order.due_by or order.written_at
    return {
        "order_id": order.id,
        "patient_id": order.patient_id,
        "visit_id": order.visit_id,
        "station_facility_id": order.station_facility_id,
        "kind": order.kind,
        "when": order.when,
        "seen_by_at": order.remind_at or due,
        "due_by": due,
    }
