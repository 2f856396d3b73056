"""What an order asks of the station: to see it, then to do it."""

from datetime import datetime

from sqlmodel import Session

from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.orders.events import OrderAcknowledged, OrderFact, OrderReleased, OrderSettled


def on_order_released(session: Session, event: OrderReleased, now: datetime) -> None:
    """Ask the station to see it in time."""
    _open(session, event, TaskKind.SEE_ORDER, event.seen_by_at, now)


def on_order_acknowledged(session: Session, event: OrderAcknowledged, now: datetime) -> None:
    """It was seen: now it is to be done."""
    close_tasks(session, event.order_id, Outcome.SEEN, kind=TaskKind.SEE_ORDER, now=now)
    _open(session, event, TaskKind.DO_ORDER, event.due_by, now)


def on_order_settled(session: Session, event: OrderSettled, now: datetime) -> None:
    """Nothing is to be done about it any more."""
    close_tasks(session, event.order_id, Outcome.NOT_NEEDED, now=now)


def _open(session: Session, event: OrderFact, kind: TaskKind, due_at: datetime, now: datetime) -> None:
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=kind,
        subject_kind=Subject.ORDER,
        subject_id=event.order_id,
        due_at=due_at,
        detail=event.when,
        now=now,
    )
