"""Orders are written with the record; signed, or marked to be done now, they become the station's tasks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import can, check
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.ids import is_uuid7, new_id
from telehealth.orders import queries
from telehealth.orders.errors import OrderNotFoundError
from telehealth.orders.events import OrderReleased, OrderSettled
from telehealth.orders.models import Order
from telehealth.orders.rules import (
    MAX_ORDERS,
    OrderKind,
    StepKind,
    When,
    accept_code,
    accept_what,
    accept_words,
    clocks,
)
from telehealth.orders.service.history import change, facts_of, note
from telehealth.orders.states import MACHINE, PENDING, OrderCommand, OrderState
from telehealth.staff.actors import MembershipActor
from telehealth.visits.events import VisitSigned, VisitWithdrawn
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.rules import is_participant
from telehealth.visits.states import VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is ordered, as its writer gives it; an id its writer chose makes sending it again harmless."""

    kind: OrderKind
    what: str
    when: When = When.WEEK
    note: str = ""
    code: str | None = None
    id: UUID | None = None


def write(
    session: Session, actor: MembershipActor, visit_id: UUID, wanted: Wanted, *, now: datetime
) -> Order:
    """Add an order to an open visit; one to be done now is the station's task at once.

    Sent again it is the one there is, in its last words while nobody has it to do. Raises
    `visit-not-found`, `not-allowed`, `visit-closed`, `too-many-orders`, `order-empty`, `text-too-long`,
    `order-code-unknown`, `id-not-v7`, `id-taken`, `order-released`.
    """
    check(actor, "order.write")
    visit = get_visit(session, actor, visit_id, now=now, lock=True)
    _check_open(actor, visit)
    if wanted.id is not None and (known := session.get(Order, wanted.id)) is not None:
        return _written_before(session, actor, visit, known, wanted, now=now)
    if queries.count_orders(session, visit) >= MAX_ORDERS:
        raise InvalidError("too-many-orders", limit=MAX_ORDERS)
    order = Order(
        id=_own_id(wanted.id),
        state=OrderState.DRAFT,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        station_facility_id=visit.station_facility_id,
        written_by=actor.ref,
        written_at=now,
        kind=wanted.kind,
        what="",
        when=wanted.when,
    )
    _fill(order, wanted)
    session.add(order)
    session.flush()
    note(session, actor, order, StepKind.WRITTEN, now=now)
    if wanted.when is When.NOW:
        release(session, actor, order, now=now)
    return order


def rewrite(
    session: Session, actor: MembershipActor, order_id: UUID, wanted: Wanted, *, version: int, now: datetime
) -> Order:
    """Change an order that is nobody's task yet.

    Raises `order-not-found`, `stale-version`, `order-released`, and what `write` raises.
    """
    check(actor, "order.write")
    order = _fetch(session, actor, order_id, version=version, now=now)
    if order.state != OrderState.DRAFT:
        raise ConflictError("order-released")
    _check_open(actor, get_visit(session, actor, order.visit_id, now=now))
    _change(session, actor, order, wanted, now=now)
    return order


def revoke(session: Session, actor: MembershipActor, order_id: UUID, *, version: int, now: datetime) -> Order:
    """Take an order back, by whoever wrote it; signed it stays in the record, as revoked for the station.

    What is not signed yet is also taken out by whoever may sign the visit. Raises `order-not-found`,
    `stale-version`, `invalid-transition`.
    """
    check(actor, "order.write")
    order = _fetch(session, actor, order_id, version=version, now=now, is_signer_enough=True)
    _revoke(session, actor, order, now=now)
    return order


def release(session: Session, actor: Actor, order: Order, *, now: datetime) -> None:
    """Make a locked draft the station's task, with its clocks."""
    table = clocks(When(order.when), now)
    order.released_at, order.due_by = now, table.due_by
    order.remind_at, order.climb_at, order.overdue_at = table.remind_at, table.climb_at, table.due_by
    change(session, actor, order, OrderCommand.RELEASE, StepKind.RELEASED, now=now)
    publish(session, OrderReleased(**facts_of(order)), now=now)


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """What was ordered is signed: it becomes the station's tasks."""
    for order in queries.lock_of_visit(session, event.visit_id, [OrderState.DRAFT]):
        release(session, SYSTEM, order, now=now)


def on_visit_withdrawn(session: Session, event: VisitWithdrawn, now: datetime) -> None:
    """The visit did not take place: nothing of it is to be done."""
    for order in queries.lock_of_visit(session, event.visit_id, [OrderState.DRAFT, *sorted(PENDING)]):
        _revoke(session, SYSTEM, order, now=now)


def _revoke(session: Session, actor: Actor, order: Order, *, now: datetime) -> None:
    MACHINE.move(OrderState(order.state), OrderCommand.REVOKE)
    was_pending = order.state in PENDING
    facts = facts_of(order)
    order.ended_by, order.ended_at = actor.ref, now
    order.revision += 1
    change(session, actor, order, OrderCommand.REVOKE, StepKind.REVOKED, now=now)
    if was_pending:
        publish(session, OrderSettled(**facts), now=now)


def _accepted(wanted: Wanted) -> tuple[str, str, str | None]:
    what, said = accept_what(wanted.what), accept_words(wanted.note, "note")
    return what, said, accept_code(wanted.kind, wanted.code)


def _fill(order: Order, wanted: Wanted) -> None:
    order.what, order.note, order.code = _accepted(wanted)


def _check_open(actor: MembershipActor, visit: Visit) -> None:
    if not is_participant(actor, visit):
        raise ForbiddenError
    if visit.state != VisitState.OPEN:
        raise ConflictError("visit-closed")


def _change(session: Session, actor: MembershipActor, order: Order, wanted: Wanted, *, now: datetime) -> None:
    _fill(order, wanted)
    order.kind, order.when = wanted.kind, wanted.when
    order.revision += 1
    order.version += 1
    note(session, actor, order, StepKind.WRITTEN, now=now)
    if wanted.when is When.NOW:
        release(session, actor, order, now=now)


def _own_id(wanted: UUID | None) -> UUID:
    if wanted is not None and not is_uuid7(wanted):
        raise InvalidError("id-not-v7", field="id")
    return wanted or new_id()


def _written_before(
    session: Session, actor: MembershipActor, visit: Visit, order: Order, wanted: Wanted, *, now: datetime
) -> Order:
    """Return the order whose answer got lost; what was typed on since is kept while it is a draft."""
    if (order.visit_id, order.written_by) != (visit.id, actor.ref) or order.state == OrderState.REVOKED:
        raise ConflictError("id-taken")
    is_said = (order.what, order.note, order.code) == _accepted(wanted)
    if is_said and (order.kind, order.when) == (wanted.kind, wanted.when):
        return order
    if order.state != OrderState.DRAFT:
        raise ConflictError("order-released")
    _change(session, actor, order, wanted, now=now)
    return order


def _fetch(
    session: Session,
    actor: MembershipActor,
    order_id: UUID,
    *,
    version: int,
    now: datetime,
    is_signer_enough: bool = False,
) -> Order:
    """Return the order, locked after its visit as the signature locks them."""
    known = queries.find_order(session, order_id)
    if known is None:
        raise OrderNotFoundError
    queries.lock_visit(session, known.visit_id)
    if is_signer_enough and known.written_by != actor.ref:
        order = queries.get_draft(session, actor, order_id, now=now)
        if not can(actor, "visit.sign", get_visit(session, actor, order.visit_id, now=now)):
            raise OrderNotFoundError
    else:
        order = queries.get_order(session, actor, order_id, now=now, lock=True)
        if order.written_by != actor.ref:
            raise OrderNotFoundError
    if order.version != version:
        raise StaleError
    return order
