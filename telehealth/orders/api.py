"""Orders over the API. Writing one needs an Idempotency-Key, every change the version it was read at."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.access.queries import is_visible
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteRuns, WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.orders import queries, service
from telehealth.orders.models import Order
from telehealth.orders.schemas import DeclineIn, OrderDetail, OrderIn, OrderOut, OrderStepOut, ResultIn
from telehealth.scheduling.api import OnceKey
from telehealth.scheduling.service import act_once
from telehealth.staff.actors import as_person
from telehealth.visits.queries import get_visit

router = APIRouter(prefix="/api/v1", tags=["orders"])

Writer = Annotated[Actor, AllowToken("order.write")]
Reader = Annotated[Actor, AllowToken("order.read")]
Doer = Annotated[Actor, AllowToken("order.do")]


@router.post("/visits/{visit_id}/orders", status_code=201)
def create_order(
    actor: Writer, writer: WriteRuns, key: OnceKey, visit_id: UUID, body: OrderIn, response: Response
) -> OrderOut:
    """Add an order to an open visit."""
    wanted = service.Wanted(**body.model_dump())

    def act(unit: Unit) -> OrderOut:
        written = service.write(unit.session, as_person(actor), visit_id, wanted, now=unit.now)
        return _out(unit, actor, written)

    answer = act_once(writer, actor, key, f"visits/{visit_id}/orders", body, act)
    set_version(response, answer.body["version"])
    return OrderOut.model_validate(answer.body)


@router.get("/visits/{visit_id}/orders")
def list_orders_of_visit(actor: Reader, unit: WriteUnit, visit_id: UUID) -> list[OrderOut]:
    """List the orders of a visit in scope as they were written."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    rows = queries.orders_of(unit.session, visit)
    service.note_list(unit.session, actor, rows, now=unit.now)
    return [_out(unit, actor, row) for row in rows]


@router.get("/orders")
def list_orders(actor: Reader, unit: WriteUnit) -> list[OrderOut]:
    """List what is still to be done in scope, what is due first at the head."""
    rows = queries.list_pending(unit.session, actor, now=unit.now)
    service.note_list(unit.session, actor, rows, now=unit.now)
    return [_out(unit, actor, row) for row in rows]


@router.get("/orders/{order_id}")
def get_order(actor: Reader, unit: WriteUnit, order_id: UUID, response: Response) -> OrderDetail:
    """Return an order with its steps; reading it is on record."""
    row = service.read_order(unit.session, actor, order_id, now=unit.now)
    set_version(response, row.version)
    steps = queries.list_steps(unit.session, row.id)
    return OrderDetail(
        **_fields(unit, actor, row),
        steps=[OrderStepOut.model_validate(each, from_attributes=True) for each in steps],
    )


@router.put("/orders/{order_id}")
def change_order(
    actor: Writer, unit: WriteUnit, order_id: UUID, body: OrderIn, version: IfMatch, response: Response
) -> OrderOut:
    """Change an order that is nobody's task yet."""
    wanted = service.Wanted(**body.model_dump())
    row = service.rewrite(unit.session, as_person(actor), order_id, wanted, version=version, now=unit.now)
    return _answer(unit, actor, row, response)


@router.post("/orders/{order_id}/revoke")
def revoke_order(
    actor: Writer, unit: WriteUnit, order_id: UUID, version: IfMatch, response: Response
) -> OrderOut:
    """Take an order back."""
    row = service.revoke(unit.session, as_person(actor), order_id, version=version, now=unit.now)
    return _answer(unit, actor, row, response)


@router.post("/orders/{order_id}/acknowledge")
def acknowledge_order(
    actor: Doer, unit: WriteUnit, order_id: UUID, version: IfMatch, response: Response
) -> OrderOut:
    """Say that it was seen."""
    row = service.acknowledge(unit.session, as_person(actor), order_id, version=version, now=unit.now)
    return _answer(unit, actor, row, response)


@router.post("/orders/{order_id}/finish")
def finish_order(
    actor: Doer, unit: WriteUnit, order_id: UUID, body: ResultIn, version: IfMatch, response: Response
) -> OrderOut:
    """Say that it is done, with its result."""
    result = service.Result(
        text=body.text, value=body.value, other=body.other, attachments=tuple(body.attachments)
    )
    row = service.finish(unit.session, as_person(actor), order_id, result, version=version, now=unit.now)
    return _answer(unit, actor, row, response)


@router.post("/orders/{order_id}/decline")
def decline_order(
    actor: Doer, unit: WriteUnit, order_id: UUID, body: DeclineIn, version: IfMatch, response: Response
) -> OrderOut:
    """Say why it cannot be done."""
    row = service.decline(
        unit.session,
        as_person(actor),
        order_id,
        reason=body.reason,
        note=body.note,
        version=version,
        now=unit.now,
    )
    return _answer(unit, actor, row, response)


def _answer(unit: Unit, actor: Actor, order: Order, response: Response) -> OrderOut:
    set_version(response, order.version)
    return _out(unit, actor, order)


def _out(unit: Unit, actor: Actor, order: Order) -> OrderOut:
    return OrderOut(**_fields(unit, actor, order))


def _fields(unit: Unit, actor: Actor, order: Order) -> dict[str, Any]:
    """Return an order as the actor may see it: whose it is, only with a right to the patient's data."""
    fields = {name: getattr(order, name) for name in OrderOut.model_fields}
    if not is_visible(unit.session, actor, order.patient_id, now=unit.now):
        fields |= {"patient_id": None, "note": "", "result": "", "value": None, "attachments": []}
    return fields
