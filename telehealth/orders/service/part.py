"""Orders as a part of the record: what was ordered, and what had come of it when it was signed."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.text import instant_text
from telehealth.orders import queries
from telehealth.orders.models import Order
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.models import Visit
from telehealth.visits.vitals import VITALS, exact_text


class Orders:
    """The part of the record that orders keep."""

    name = "orders"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002  (as every part)
        """Return what is ordered, in the order it was written, with its result; None where nothing is."""
        orders = queries.orders_of(session, visit)
        people = describe(session, {each.ended_by for each in orders if each.ended_by})
        return [
            {
                "kind": each.kind,
                "what": each.what,
                "code": each.code,
                "when": each.when,
                "note": each.note,
                **_result(each, people),
            }
            for each in orders
        ] or None

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:  # noqa: ARG002  (as every part)
        """Return nothing: a record without orders is whole."""
        return ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return a number that grows with every change of what is ordered and of what came of it."""
        return queries.revision_of(session, visit)


def _result(order: Order, people: Mapping[UUID, MemberCard]) -> dict[str, object]:
    """Return what came of an order that has ended; nothing of one that is still to be done."""
    if order.ended_at is None or order.ended_by is None:
        return {}
    who = people[order.ended_by]
    said = {
        "order_id": str(order.id),
        "state": order.state,
        "reason": order.reason,
        "text": order.result,
        **_measured(order),
        "attachments": order.attachments,
        "by": {"membership_id": str(order.ended_by), "title": who.title, "name": who.name},
        "ended_at": instant_text(order.ended_at),
    }
    return {"result": said}


def _measured(order: Order) -> dict[str, object]:
    if order.code is None or order.value is None:
        return {"value": None, "unit": None}
    return {"value": exact_text(order.code, order.value), "unit": VITALS[order.code].ucum}
