"""What the station does with an order: sees it, does it, or says why it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.orders import queries
from telehealth.orders.errors import OrderNotFoundError
from telehealth.orders.events import OrderAcknowledged, OrderSettled
from telehealth.orders.models import Order
from telehealth.orders.rules import DeclineReason, StepKind, accept_values, accept_words, with_pressure
from telehealth.orders.service.history import change, facts_of
from telehealth.orders.states import MACHINE, OrderCommand, OrderState
from telehealth.staff.actors import MembershipActor
from telehealth.visits.service import keep_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it: words, a measured value, photos or papers; none is needed for what was explained.

    Where a value was asked, that or the words why there is none; of a blood pressure `other` is the second
    number.
    """

    text: str = ""
    value: Decimal | None = None
    other: Decimal | None = None
    attachments: Sequence[UUID] = ()


def acknowledge(
    session: Session, actor: MembershipActor, order_id: UUID, *, version: int, now: datetime
) -> Order:
    """Say that it was seen. Raises `order-not-found`, `stale-version`, `invalid-transition`."""
    order = _fetch(session, actor, order_id, OrderCommand.ACKNOWLEDGE, version=version, now=now)
    facts = facts_of(order)
    order.seen_by, order.seen_at = actor.ref, now
    change(session, actor, order, OrderCommand.ACKNOWLEDGE, StepKind.SEEN, now=now)
    publish(session, OrderAcknowledged(**facts), now=now)
    return order


def finish(
    session: Session, actor: MembershipActor, order_id: UUID, result: Result, *, version: int, now: datetime
) -> Order:
    """Say that it is done, with its result; whoever does it has seen it.

    What was measured is an observation of the visit from then on, even where its record is signed already.

    Raises `order-not-found`, `stale-version`, `invalid-transition`, `text-too-long`, `order-value-unasked`,
    `order-value-missing`, `attachment-not-found`, and what the rules of vital signs refuse.
    """
    order = _fetch(session, actor, order_id, OrderCommand.FINISH, version=version, now=now)
    words = accept_words(result.text, "result")
    measured = accept_values(order.code, result.value, result.other)
    if order.code is not None and not measured and not words:
        raise InvalidError("order-value-missing", field="value")
    shown = _known(session, actor, order, result.attachments, now)
    order.result, order.attachments = with_pressure(measured, words), shown
    order.value = measured.get(order.code or "")
    if measured:
        keep_result(session, actor, order.visit_id, measured, now=now)
    _end(session, actor, order, OrderCommand.FINISH, StepKind.DONE, now=now)
    return order


def decline(
    session: Session,
    actor: MembershipActor,
    order_id: UUID,
    *,
    reason: DeclineReason,
    note: str = "",
    version: int,
    now: datetime,
) -> Order:
    """Say why it cannot be done; the doctor sees it.

    Raises `order-not-found`, `stale-version`, `invalid-transition`, `text-too-long`.
    """
    order = _fetch(session, actor, order_id, OrderCommand.DECLINE, version=version, now=now)
    order.result = accept_words(note, "result")
    order.reason = reason
    _end(session, actor, order, OrderCommand.DECLINE, StepKind.DECLINED, now=now, reason=reason)
    return order


def _end(
    session: Session,
    actor: MembershipActor,
    order: Order,
    command: OrderCommand,
    kind: StepKind,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    facts = facts_of(order)
    order.ended_by, order.ended_at = actor.ref, now
    # What came of it is signed too: whoever signs must have read it.
    order.revision += 1
    if order.seen_at is None:
        order.seen_by, order.seen_at = actor.ref, now
    change(session, actor, order, command, kind, now=now, reason=reason)
    publish(session, OrderSettled(**facts), now=now)


def _known(
    session: Session, actor: MembershipActor, order: Order, wanted: Sequence[UUID], now: datetime
) -> list[str]:
    known = {each.id for each in queries.attachments_of_patient(session, actor, order.patient_id, now=now)}
    if not set(wanted) <= known:
        raise InvalidError("attachment-not-found", field="attachments")
    return [str(each) for each in wanted]


def _fetch(
    session: Session,
    actor: MembershipActor,
    order_id: UUID,
    command: OrderCommand,
    *,
    version: int,
    now: datetime,
) -> Order:
    """Return the order, locked, if the command may be given: what is refused has changed nothing of it."""
    check(actor, "order.do")
    queries.lock_visit(session, queries.get_order(session, actor, order_id, now=now).visit_id)
    order = queries.get_order(session, actor, order_id, now=now, lock=True)
    if order.station_facility_id != actor.facility_id or order.state == OrderState.DRAFT:
        raise OrderNotFoundError
    if order.version != version:
        raise StaleError
    MACHINE.move(OrderState(order.state), command)
    return order
