"""Routes of orders: the part of the workspace, the list, one order."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.ids import new_id
from telehealth.orders import queries, service
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import get_visit
from telehealth.visits.service import read_visit
from web.forms import FormView, VersionForm, parse, parse_own
from web.i18n import t
from web.orders.forms import DeclineForm, OrderForm, ResultForm
from web.orders.pages import OrdersPage
from web.orders.pressure import at_its_fields
from web.orders.views import load_around, order_page, part_page, rows_of
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Writer = Annotated[MembershipActor, Allow("order.write")]
Reader = Annotated[MembershipActor, Allow("order.read")]
Doer = Annotated[MembershipActor, Allow("order.do")]

PART = "part-orders"


@router.get("/orders")
def orders_page(request: Request, actor: Reader, unit: WriteUnit) -> Response:
    """List what is to be done in the reader's scope; the look is on record."""
    rows = queries.list_pending(unit.session, actor, now=unit.now)
    ended = queries.list_ended(unit.session, actor, now=unit.now)
    if not is_refresh(request):
        service.note_list(unit.session, actor, [*rows, *ended], now=unit.now)
    around = load_around(unit, actor, [*rows, *ended])
    page = OrdersPage(
        note=t("orders.note" if can(actor, "order.do") else "orders.note_follow"),
        has_tabs=can(actor, "task.read") and can(actor, "message.read"),
        rows=rows_of(around, rows),
        ended=rows_of(around, ended),
    )
    return render(request, page)


@router.get("/visits/{visit_id}/orders")
def orders_part(request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show the orders of a visit: a part of its workspace, or a page of its own."""
    visit = read_visit(unit.session, actor, visit_id, now=unit.now)
    return render(request, part_page(unit, actor, visit))


@router.post("/visits/{visit_id}/orders", dependencies=[CsrfProtected])
def add_order(request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Add an order, or print the part again with everything typed."""
    sent = parse(OrderForm, form)
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    if sent.value is None:
        return render(request, part_page(unit, actor, visit, sent.view), 422)
    wanted = service.Wanted(**sent.value.model_dump())
    try:
        service.write(unit.session, actor, visit_id, wanted, now=unit.now)
    except InvalidError as error:
        return render(request, part_page(unit, actor, visit, sent.view.with_refusal(error)), 422)
    except ConflictError as error:
        # An order of this id was given or taken back already: what is typed now is another one.
        again = FormView({**sent.view.typed, "id": (str(new_id()),)}).with_refusal(error)
        return render(request, part_page(unit, actor, visit, again), error.status)
    return _part(request, unit, actor, visit_id)


@router.post("/orders/{order_id}/revoke", dependencies=[CsrfProtected])
def revoke_order(
    request: Request, actor: Writer, unit: WriteUnit, order_id: UUID, form: PostedForm
) -> Response:
    """Take an order back; in the workspace its part is printed again."""
    version = parse_own(VersionForm, form).version
    order = service.revoke(unit.session, actor, order_id, version=version, now=unit.now)
    return _part(request, unit, actor, order.visit_id)


@router.get("/orders/{order_id}")
def order_page_of(request: Request, actor: Reader, unit: WriteUnit, order_id: UUID) -> Response:
    """Show one order; the look is on record."""
    order = service.read_order(unit.session, actor, order_id, now=unit.now)
    return render(request, order_page(unit, actor, order))


@router.post("/orders/{order_id}/seen", dependencies=[CsrfProtected])
def see_order(actor: Doer, unit: WriteUnit, order_id: UUID, form: PostedForm) -> Response:
    """Say that it was seen."""
    queries.get_order(unit.session, actor, order_id, now=unit.now)
    version = parse_own(VersionForm, form).version
    service.acknowledge(unit.session, actor, order_id, version=version, now=unit.now)
    return redirect(f"/orders/{order_id}")


@router.post("/orders/{order_id}/finish", dependencies=[CsrfProtected])
def finish_order(
    request: Request, actor: Doer, unit: WriteUnit, order_id: UUID, form: PostedForm
) -> Response:
    """Say that it is done, or print the page again with everything typed."""
    sent = parse(ResultForm, form)
    if sent.value is None:
        return _again(request, unit, actor, order_id, sent.view, 422)
    said = sent.value
    result = service.Result(
        text=said.result, value=said.value, other=said.other, attachments=said.attachments
    )
    try:
        service.finish(unit.session, actor, order_id, result, version=said.version, now=unit.now)
    except (InvalidError, StaleError, ConflictError) as error:
        return _again(request, unit, actor, order_id, sent.view.with_refusal(error), error.status)
    return redirect("/orders")


@router.post("/orders/{order_id}/decline", dependencies=[CsrfProtected])
def decline_order(
    request: Request, actor: Doer, unit: WriteUnit, order_id: UUID, form: PostedForm
) -> Response:
    """Say why it cannot be done."""
    sent = parse(DeclineForm, form)
    if sent.value is None:
        return _again(request, unit, actor, order_id, sent.view, 422)
    said = sent.value
    try:
        service.decline(
            unit.session,
            actor,
            order_id,
            reason=said.reason,
            note=said.result,
            version=said.version,
            now=unit.now,
        )
    except (InvalidError, StaleError, ConflictError) as error:
        return _again(request, unit, actor, order_id, sent.view.with_refusal(error), error.status)
    return redirect("/orders")


def _part(request: Request, unit: Unit, actor: MembershipActor, visit_id: UUID) -> Response:
    """Answer a change: htmx gets the part anew and tells the page, a browser without script goes back."""
    if "hx-request" not in request.headers:
        return redirect(f"/visits/{visit_id}/orders")
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    response = render(request, part_page(unit, actor, visit), part=PART)
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response


def _again(
    request: Request, unit: Unit, actor: MembershipActor, order_id: UUID, view: FormView, status: int
) -> Response:
    """Print the page as things stand now with what was typed."""
    order = queries.get_order(unit.session, actor, order_id, now=unit.now)
    return render(request, order_page(unit, actor, order, at_its_fields(order.code, view)), status)
