"""What a call has led to, and what comes next: told to the station during the call, to all after it."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.access.rules import can
from telehealth.facilities.queries import names_of
from telehealth.followup.todo import list_tasks_about
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.orders.queries import orders_of
from telehealth.orders.states import OrderState
from telehealth.prescriptions.queries import find_active
from telehealth.referrals.queries import find_sent
from telehealth.scheduling.models import Appointment
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits.models import Visit
from telehealth.visits.queries import records_of
from telehealth.visits.states import VisitState
from web.formatting import date_text, time_text
from web.i18n import t
from web.pages import Layout, Page
from web.tasks.views import task_href
from web.visits.words import signature_name


@dataclass(frozen=True)
class Step:
    """One thing that was decided, or is to be done: in words, how it stands, where it is read or done."""

    icon: str
    text: str
    state: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class OutcomePage(Page):
    """A part of the call page: a line of news while the call runs, the whole once it is over."""

    template: ClassVar[str] = "calls/outcome.html"
    layout: ClassVar[Layout] = "call"
    fragments: ClassVar[dict[str, str]] = {"outcome": "outcome"}
    back_href: str
    news: tuple[str, ...] = ()
    read_href: str = ""
    decided: tuple[Step, ...] = ()
    to_do: tuple[Step, ...] = ()
    is_signed: bool = False
    """Nothing is left that could go on in writing."""

    @classmethod
    def example(cls) -> Self:
        """Return what an invented call has led to."""
        return cls(
            back_href="/calls/0190",
            news=(t("calls.outcome.signed", name="BS. Trần Văn Minh", time="09:42"), "Điện tim"),
            read_href="/visits/0191",
            decided=(
                Step("signature", t("calls.outcome.signed", name="BS. Trần Văn Minh", time="09:42")),
                Step("clipboard-list", "Điện tim", t("orders.states.open"), "/orders/0192"),
            ),
            to_do=(Step("list-check", t("tasks.kinds.see_order"), "", "/orders/0192"),),
        )


def outcome_page(
    unit: Unit,
    actor: MembershipActor,
    appointment: Appointment,
    visit: Visit | None,
    *,
    record_href: str = "",
) -> OutcomePage:
    """Return what a call has led to; nothing for whoever may not read its visit (None).

    What is only being written is nobody's yet: orders and referral count from when they were sent.
    `record_href`: where the reader writes the record, if they do; to them it is no news.
    """
    back_href = f"/calls/{appointment.id}"
    if visit is None:
        return OutcomePage(back_href=back_href)
    decided = (*_signature(unit, visit), *_orders(unit, actor, visit), *_sent(unit, actor, visit))
    return OutcomePage(
        back_href=back_href,
        news=() if record_href else tuple(each.text for each in decided),
        read_href=f"/visits/{visit.id}",
        decided=decided or (Step("pencil", t("calls.outcome.unsigned")),),
        to_do=_to_do(unit, actor, visit, record_href),
        is_signed=visit.state == VisitState.SIGNED,
    )


def _signature(unit: Unit, visit: Visit) -> tuple[Step, ...]:
    """Return who signed and when, and when the patient is to come back."""
    if visit.state != VisitState.SIGNED:
        return ()
    record = records_of(unit.session, visit)[0]
    name = signature_name(describe(unit.session, {record.signed_by}).get(record.signed_by))
    at = time_text(record.signed_at, policy_of(unit.session).zone)
    signed = Step("signature", t("calls.outcome.signed", name=name, time=at), "", f"/visits/{visit.id}")
    if visit.follow_up_on is None:
        return (signed,)
    return (signed, Step("calendar-event", t("calls.outcome.back", day=date_text(visit.follow_up_on))))


def _orders(unit: Unit, actor: MembershipActor, visit: Visit) -> tuple[Step, ...]:
    if not can(actor, "order.read"):
        return ()
    return tuple(
        Step(
            "clipboard-list",
            t("calls.outcome.order", what=row.what),
            t(f"orders.states.{row.state}"),
            f"/orders/{row.id}",
        )
        for row in orders_of(unit.session, visit)
        if row.state != OrderState.DRAFT
    )


def _sent(unit: Unit, actor: MembershipActor, visit: Visit) -> tuple[Step, ...]:
    """Return where the patient is referred to, and the prescription."""
    session, found = unit.session, []
    if can(actor, "referral.read") and (sent := find_sent(session, actor, visit, now=unit.now)) is not None:
        place = names_of(session, {sent.to_facility_id})[sent.to_facility_id]
        text = t("calls.outcome.referral", place=place)
        found.append(
            Step("building-hospital", text, t(f"referrals.states.{sent.state}"), f"/referrals/{sent.id}")
        )
    prescribed = find_active(session, actor, visit, now=unit.now)
    if prescribed is not None:
        href = f"/prescriptions/{prescribed.id}/print" if can(actor, "visit.print") else ""
        found.append(Step("pill", t("visits.sections.prescription"), "", href))
    return tuple(found)


def _to_do(unit: Unit, actor: MembershipActor, visit: Visit, record_href: str) -> tuple[Step, ...]:
    """Return what waits for the reader: the record, or the station's tasks about the patient."""
    if record_href:
        is_open = visit.state == VisitState.OPEN
        return (Step("pencil", t("calls.outcome.write"), "", record_href),) if is_open else ()
    if not can(actor, "task.read"):
        return ()
    tasks = list_tasks_about(unit.session, actor, visit.patient_id, now=unit.now)
    steps = tuple(Step("list-check", t(f"tasks.kinds.{each.kind}"), "", task_href(each)) for each in tasks)
    return steps or (Step("list-check", t("calls.outcome.tasks"), "", "/tasks"),)
