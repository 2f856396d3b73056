"""What came of the orders of a signed visit after its signature: printed beside its record, never in it."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.orders.queries import orders_of
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits.models import SignedRecord, Visit
from web.formatting import datetime_text
from web.i18n import t
from web.orders.views import load_around, order_row
from web.visits.words import signature_name


@dataclass(frozen=True)
class ResultLine:
    """What came of one order: its words, by whom and when, whether the signer could know it."""

    what: str
    href: str
    state: str
    result: str
    by: str
    when: str
    is_after: bool


def results_beside(
    unit: Unit, actor: MembershipActor, visit: Visit, record: SignedRecord
) -> tuple[ResultLine, ...]:
    """Return what came of a visit's orders and is not in its signed record, the latest first."""
    if not can(actor, "order.read"):
        return ()
    inside, signed_at = _signed_results(record), record.signed_at
    rows = [row for row in orders_of(unit.session, visit) if str(row.id) not in inside]
    ended = [(row.ended_at, row) for row in rows if row.ended_at is not None]
    ended.sort(key=lambda pair: pair[0], reverse=True)
    around = load_around(unit, actor, [row for _, row in ended])
    people = describe(unit.session, {row.ended_by for _, row in ended if row.ended_by})
    zone = policy_of(unit.session).zone
    lines = []
    for at, row in ended:
        printed, is_after = order_row(around, row), at > signed_at
        when = t(f"orders.{'after' if is_after else 'before'}_signature", time=datetime_text(at, zone))
        by = signature_name(people.get(row.ended_by)) if row.ended_by else ""
        lines.append(
            ResultLine(printed.what, printed.href, printed.state, printed.result, by, when, is_after)
        )
    return tuple(lines)


def _signed_results(record: SignedRecord) -> Collection[str]:
    """Return the orders whose result is part of the record; those of our first records never were."""
    ordered = json.loads(record.canonical)["parts"].get("orders", [])
    return {each["result"]["order_id"] for each in ordered if "result" in each}
