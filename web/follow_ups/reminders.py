"""Reminding many patients at once, and what became of each."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.audit.service import record
from telehealth.followup import service
from telehealth.followup.models import Plan
from telehealth.followup.service import Reminded, ToRemind
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.staff.actors import MembershipActor
from web.follow_ups.forms import RemindForm
from web.follow_ups.reminder_pages import RemindedPage, RemindedRow, RemindersPage, RemindRow
from web.formatting import date_text, datetime_text
from web.forms import FormView, parse
from web.i18n import t
from web.render import render
from web.security import CsrfProtected, PostedForm
from web.visits.people import about_text

router = APIRouter(prefix="/reminders", include_in_schema=False)

Sender = Annotated[MembershipActor, Allow("reminder.send")]

_PAGE = 100
_SHOWN = {
    Reminded.SENT: ("ok", "check"),
    Reminded.LATER: ("", "clock"),
    Reminded.ALREADY: ("", "message"),
    Reminded.NO_PHONE: ("soon", "phone"),
}


@router.get("")
def reminders_page(request: Request, actor: Sender, unit: WriteUnit, cursor: str | None = None) -> Response:
    """Show whom the station can remind: tomorrow's appointments, next visits that are due."""
    return render(request, _page(unit, actor, cursor, FormView()))


@router.post("", dependencies=[CsrfProtected])
def send_reminders(
    request: Request, actor: Sender, unit: WriteUnit, settings: AppSettings, form: PostedForm
) -> Response:
    """Send the reminders of the chosen, and say of each what became of it; sent anew, nothing goes twice."""
    sent = parse(RemindForm, form)
    if sent.value is None:
        return render(request, _page(unit, actor, None, sent.view), 422)
    before = tuple(timedelta(minutes=each) for each in settings.sms_reminders)
    try:
        done = service.remind(unit.session, actor, set(sent.value.chosen), before, now=unit.now)
    except InvalidError as refusal:
        return render(request, _page(unit, actor, None, sent.view.with_refusal(refusal)), 422)
    cards = find_cards(unit.session, actor, {each.row.patient_id for each, _ in done}, now=unit.now)
    counts = [(outcome, sum(each is outcome for _, each in done)) for outcome in Reminded]
    page = RemindedPage(
        counts=tuple(
            t(f"follow_ups.reminders.counts.{each}", count=count) for each, count in counts if count
        ),
        has_calls=any(outcome is Reminded.NO_PHONE for _, outcome in done),
        gone=len(set(sent.value.chosen)) - len(done),
        rows=tuple(
            RemindedRow(
                _name(cards, each),
                when_text(unit, each),
                t(f"follow_ups.reminders.{outcome}"),
                *_SHOWN[outcome],
            )
            for each, outcome in done
        ),
    )
    return render(request, page)


def _page(unit: Unit, actor: MembershipActor, cursor: str | None, form: FormView) -> RemindersPage:
    after = read_place(cursor, date, UUID)
    found = service.list_to_remind(unit.session, actor, now=unit.now, limit=_PAGE + 1, after=after)
    plans = [each.row for each in found if isinstance(each.row, Plan)]
    shown = found[: len(found) - (len(plans) - _PAGE)] if len(plans) > _PAGE else found
    facts = {"ids": [str(each.row.id) for each in shown]}
    record(unit.session, actor, "plan.read", subject_kind="plan", facts=facts, now=unit.now)
    cards = find_cards(unit.session, actor, {each.row.patient_id for each in shown}, now=unit.now)
    rows = [(each, _row(unit, cards, each)) for each in shown]
    behind = place_after(plans[_PAGE - 1].due_on, plans[_PAGE - 1].id) if len(plans) > _PAGE else ""
    return RemindersPage(
        form=form,
        appointments=tuple(row for each, row in rows if not isinstance(each.row, Plan)),
        plans=tuple(row for each, row in rows if isinstance(each.row, Plan)),
        next_href=f"/reminders?cursor={behind}" if behind else "",
        first_href="/reminders" if after else "",
    )


def _row(unit: Unit, cards: dict[UUID, PatientCard], each: ToRemind) -> RemindRow:
    card = cards.get(each.row.patient_id)
    return RemindRow(
        id=str(each.row.id),
        who=_name(cards, each),
        about=about_text(card) if card else "",
        when=when_text(unit, each),
        is_told=each.is_told,
    )


def _name(cards: dict[UUID, PatientCard], each: ToRemind) -> str:
    card = cards.get(each.row.patient_id)
    return card.full_name if card else t("today.unknown")


def when_text(unit: Unit, each: ToRemind) -> str:
    """Return when the patient is to come: to the minute, or on which day."""
    if isinstance(each.row, Plan):
        return t("follow_ups.one_day", date=date_text(each.row.due_on))
    return datetime_text(each.starts_at, policy_of(unit.session).zone)
