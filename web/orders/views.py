"""From orders as they are stored to the pages as they are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.orders import queries
from telehealth.orders.models import Order, OrderStep
from telehealth.orders.rules import PARTNERS
from telehealth.orders.states import MACHINE, PENDING, OrderCommand, OrderState
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.models import Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import VITALS
from web.formatting import datetime_text
from web.forms import FormView, Option, filled
from web.i18n import t
from web.orders.pages import (
    OrderPage,
    OrderRow,
    OrdersPartPage,
    code_options,
    decline_options,
    kind_options,
    when_options,
)
from web.visits.people import person_view
from web.visits.vitals import value_text
from web.visits.words import signature_name

_KINDS = {
    OrderState.DRAFT: ("", "pencil"),
    OrderState.OPEN: ("soon", "inbox"),
    OrderState.SEEN: ("info", "eye"),
    OrderState.DONE: ("ok", "check"),
    OrderState.DECLINED: ("error", "circle-x"),
    OrderState.REVOKED: ("", "x"),
}


@dataclass(frozen=True)
class Around:
    """What rows say beside the orders themselves."""

    unit: Unit
    actor: MembershipActor
    cards: Mapping[UUID, PatientCard]
    places: Mapping[UUID, str]
    people: Mapping[UUID, MemberCard]

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return policy_of(self.unit.session).zone


def load_around(unit: Unit, actor: MembershipActor, rows: Sequence[Order]) -> Around:
    """Fetch what the rows say: a constant number of statements, whatever their number."""
    if not rows:
        return Around(unit, actor, {}, {}, {})
    session = unit.session
    people = {row.written_by for row in rows} | {row.seen_by for row in rows if row.seen_by}
    return Around(
        unit,
        actor,
        find_cards(session, actor, {row.patient_id for row in rows}, now=unit.now),
        names_of(session, {row.station_facility_id for row in rows}),
        describe(session, people),
    )


def rows_of(around: Around, rows: Sequence[Order], *, may_clear: bool = False) -> tuple[OrderRow, ...]:
    """Return orders as lists print them."""
    return tuple(order_row(around, row, may_clear=may_clear) for row in rows)


def order_row(around: Around, row: Order, *, may_clear: bool = False) -> OrderRow:
    """Return an order as a list prints it; whose it is only to who may see the patient's data.

    `may_clear`: the reader signs the visit, so that others' drafts are theirs to take out.
    """
    actor, state = around.actor, OrderState(row.state)
    card = around.cards.get(row.patient_id)
    is_late = state in PENDING and row.due_by is not None and row.due_by <= around.unit.now
    at = datetime_text(row.due_by, around.zone) if row.due_by else ""
    kind, icon = _KINDS[state]
    is_station = row.station_facility_id == actor.facility_id and can(actor, "order.do")
    is_own = row.written_by == actor.ref or (may_clear and state is OrderState.DRAFT)
    may_revoke = is_own and MACHINE.allows(state, OrderCommand.REVOKE)
    return OrderRow(
        id=str(row.id),
        href=f"/orders/{row.id}",
        what=row.what,
        kind=t(f"orders.kinds.{row.kind}"),
        patient=card.full_name if card else t("today.unknown"),
        facts=_facts(around, row),
        state=t(f"orders.states.{state}"),
        state_kind=kind,
        state_icon=icon,
        due=_due(row, state, at, is_late),
        is_late=is_late,
        result=_result(row) if card else "",
        version=row.version,
        see_action=f"/orders/{row.id}/seen" if is_station and state is OrderState.OPEN else "",
        revoke_action=f"/orders/{row.id}/revoke" if may_revoke else "",
    )


def order_page(unit: Unit, actor: MembershipActor, order: Order, form: FormView | None = None) -> OrderPage:
    """Return the page of an order as the reader may see it."""
    session, now = unit.session, unit.now
    around = load_around(unit, actor, [order])
    card = around.cards.get(order.patient_id)
    is_station = order.station_facility_id == actor.facility_id and can(actor, "order.do")
    may_end = is_station and OrderState(order.state) in PENDING
    found = queries.attachments_of_patient(session, actor, order.patient_id, now=now) if card else []
    labels = {
        str(each.id): f"{each.caption or t(f'attachments.kinds.{each.kind}')}, "
        f"{datetime_text(each.occurred_at, around.zone)}"
        for each in found
    }
    return OrderPage(
        back_href="/orders",
        row=order_row(around, order),
        note=order.note if card else "",
        person=person_view(card, is_linked=can(actor, "patient.read")) if card else None,
        visit_href=f"/visits/{order.visit_id}" if card else "",
        form=form or FormView(),
        value_label=_value_label(order.code),
        other_label=_value_label(PARTNERS.get(order.code or "")),
        pictures=tuple(Option(key, label) for key, label in labels.items()) if may_end else (),
        reasons=decline_options(),
        finish_action=f"/orders/{order.id}/finish" if may_end else "",
        decline_action=f"/orders/{order.id}/decline" if may_end else "",
        shown=tuple((labels[each], f"/attachments/{each}") for each in order.attachments if each in labels),
        steps=_steps(around, queries.list_steps(session, order.id)),
    )


def _value_label(code: str | None) -> str:
    return f"{t(f'visits.vitals.{code}')} ({VITALS[code].unit})" if code else ""


def part_page(
    unit: Unit, actor: MembershipActor, visit: Visit, form: FormView | None = None
) -> OrdersPartPage:
    """Return the orders of a visit fetched in scope, with the form to add one where the reader may."""
    rows = queries.orders_of(unit.session, visit)
    may_add = visit.state == VisitState.OPEN and can(actor, "order.write") and is_participant(actor, visit)
    here = f"/visits/{visit.id}/orders"
    return OrdersPartPage(
        back_href=f"/visits/{visit.id}",
        rows=rows_of(load_around(unit, actor, rows), rows, may_clear=can(actor, "visit.sign", visit)),
        seen=queries.revision_of(unit.session, visit),
        add_action=here if may_add else "",
        form=form or filled({"id": str(new_id()), "kind": "lab", "when": "week"}),
        kinds=kind_options(),
        whens=when_options(),
        codes=code_options(),
    )


def _facts(around: Around, row: Order) -> tuple[str, ...]:
    facts = [t(f"orders.when.{row.when}"), signature_name(around.people.get(row.written_by))]
    if row.station_facility_id != around.actor.facility_id:
        facts.append(around.places[row.station_facility_id])
    if row.seen_by is not None and row.seen_at is not None:
        name = signature_name(around.people.get(row.seen_by))
        facts.append(t("orders.seen_by", name=name, time=datetime_text(row.seen_at, around.zone)))
    return tuple(facts)


def _due(row: Order, state: OrderState, at: str, is_late: bool) -> str:
    if state not in PENDING:
        return ""
    if is_late:
        return t("orders.late", time=at)
    return t("orders.unseen" if state is OrderState.OPEN and row.remind_at is None else "orders.due", time=at)


def _result(row: Order) -> str:
    value = _value(row.code, row.value)
    reason = t(f"orders.reasons.{row.reason}") if row.reason else ""
    return ". ".join(part for part in (reason, value, row.result) if part)


def _value(code: str | None, value: Decimal | None) -> str:
    if code is None or value is None:
        return ""
    return f"{t(f'visits.vitals.{code}')} {value_text(code, value)} {VITALS[code].unit}"


def _steps(around: Around, steps: Sequence[OrderStep]) -> tuple[tuple[str, str], ...]:
    people = describe(around.unit.session, {step.actor_ref for step in steps})
    return tuple(
        (
            datetime_text(step.at, around.zone),
            t(
                f"orders.step.{step.kind}",
                name=signature_name(people[step.actor_ref]) if step.actor_ref in people else "",
                reason=t(f"orders.reasons.{step.reason}") if step.reason else "",
            ),
        )
        for step in steps
    )
