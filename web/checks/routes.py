"""Staff routes of check questions: set, list, call, visit, take an alarm, see what became of it."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.checks import queries, service
from telehealth.checks.listed import count_calls, list_calls
from telehealth.checks.questions import read_content
from telehealth.checks.states import RoundState
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.patients.service import message_contact
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from web.checks.calls import call_rows, load_beside, note_calls
from web.checks.forms import DaysForm, OutcomeForm, SetForm, answers_in, answers_view, without_answers
from web.checks.pages import AskedPage, CallsPage, FollowedPage, SetPage, day_options, way_options
from web.checks.views import load_around, round_page, rows_of, series_views
from web.forms import FormView, Option, VersionForm, filled, parse, parse_own
from web.i18n import current_language, t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("check.read")]
Setter = Annotated[MembershipActor, Allow("check.set")]
Taker = Annotated[MembershipActor, Allow("check.take")]

_DONE = {each: f"checks.done.{each}" for each in ("noted", "set", "days", "withdrawn", "red")} | {
    "completed": "tasks.completed",
    "later": "tasks.tried",
    "home": "tasks.handed_on",
}
_PAGE = 50


@router.get("/checks")
def checks_page(
    request: Request, actor: Reader, unit: WriteUnit, done: str = "", cursor: str | None = None
) -> Response:
    """Show a station whom to phone and to visit, others what became of the questions they set."""
    if not can(actor, "check.call"):
        return _asked_page(request, actor, unit, cursor)
    after = read_place(cursor, int, int, datetime, UUID)
    found = list_calls(unit.session, actor, now=unit.now, limit=_PAGE + 1, after=after)
    calls = found[:_PAGE]
    ended = [] if after else queries.list_ended(unit.session, actor, now=unit.now)
    if not is_refresh(request):
        note_calls(unit, actor, calls, ended)
    beside = load_beside(unit, actor, calls, ended)
    page = CallsPage(
        flash=t(_DONE[done]) if done in _DONE else "",
        count=count_calls(unit.session, actor, now=unit.now),
        calls=call_rows(beside, [each for each in calls if not each.is_home]),
        visits=call_rows(beside, [each for each in calls if each.is_home]),
        ended=rows_of(beside.rounds, ended),
        url=f"/checks?cursor={cursor}" if after else "/checks",
        next_href=f"/checks?cursor={place_after(*calls[-1].place)}" if len(found) > _PAGE else "",
    )
    return render(request, page)


def _asked_page(request: Request, actor: MembershipActor, unit: Unit, cursor: str | None) -> Response:
    after = read_place(cursor, int, int, date, UUID)
    found = queries.list_asked(unit.session, actor, now=unit.now, limit=_PAGE + 1, after=after)
    rounds = found[:_PAGE]
    if not is_refresh(request):
        service.note_list(unit.session, actor, rounds, now=unit.now)
    behind = place_after(*queries.asked_place(rounds[-1])) if len(found) > _PAGE else ""
    has_tabs = can(actor, "task.read") and can(actor, "message.read")
    kind = FollowedPage if has_tabs else AskedPage
    page = kind(
        has_tabs=has_tabs,
        rows=rows_of(load_around(unit, actor, rounds), rounds),
        url=f"/checks?cursor={cursor}" if after else "/checks",
        next_href=f"/checks?cursor={behind}" if behind else "",
    )
    return render(request, page)


@router.get("/checks/rounds/{round_id}")
def round_page_of(
    request: Request, actor: Reader, unit: WriteUnit, round_id: UUID, done: str = ""
) -> Response:
    """Show one round; the look is on record."""
    row = service.read_round(unit.session, actor, round_id, now=unit.now)
    form = FormView().with_error("", t("checks.done.red")) if done == "red" else FormView()
    flash = t("checks.done.noted") if done == "noted" else ""
    return render(request, round_page(unit, actor, row, form, flash=flash))


@router.post("/checks/rounds/{round_id}/outcome", dependencies=[CsrfProtected])
def record_outcome(
    request: Request, actor: Taker, unit: WriteUnit, round_id: UUID, form: PostedForm
) -> Response:
    """Note what came of a call or a visit, or print the page again with everything typed."""
    row = queries.get_round(unit.session, actor, round_id, now=unit.now)
    sent = parse(OutcomeForm, without_answers(form))
    sheet = queries.sources_of(unit.session, [row]).get(row.id)
    content = read_content(sheet.source) if sheet else None
    given = answers_in(form, content) if content else {}
    typed = answers_view(content, given) if content else FormView()
    view = FormView({**sent.view.typed, **typed.typed}, sent.view.errors)
    if sent.value is None:
        return render(request, round_page(unit, actor, row, view), 422)
    said = service.Said(outcome=sent.value.outcome, note=sent.value.note, given=given)
    version = sent.value.version
    try:
        after = service.record_outcome(unit.session, actor, round_id, said, version=version, now=unit.now)
    except (InvalidError, StaleError, ConflictError) as error:
        row = queries.get_round(unit.session, actor, round_id, now=unit.now)
        return render(request, round_page(unit, actor, row, view.with_refusal(error)), error.status)
    if given and after.outcome is None and after.level == "red":
        return redirect(f"/checks/rounds/{round_id}?done=red")
    if not can(actor, "check.call"):
        return redirect(f"/checks/rounds/{round_id}?done=noted")
    return redirect("/checks?done=noted")


@router.post("/checks/rounds/{round_id}/seen", dependencies=[CsrfProtected])
def see_round(actor: Reader, unit: WriteUnit, round_id: UUID) -> Response:
    """Note that whoever asked has seen how it stands."""
    service.see_round(unit.session, actor, round_id, now=unit.now)
    return redirect("/checks")


@router.post("/checks/alarms/{alarm_id}/take", dependencies=[CsrfProtected])
def take_alarm(actor: Taker, unit: WriteUnit, alarm_id: UUID) -> Response:
    """Quiet the bell: whoever takes it phones now."""
    alarm = service.take_alarm(unit.session, actor, alarm_id, now=unit.now)
    return redirect(f"/checks/rounds/{alarm.round_id}")


@router.get("/visits/{visit_id}/checks")
def set_page(request: Request, actor: Setter, unit: WriteUnit, visit_id: UUID, done: str = "") -> Response:
    """Ask what is to be asked after a signed visit, and show what is set."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    has_contact = message_contact(unit.session, visit.patient_id) is not None
    view = filled({"via": "sms" if has_contact else "home"})
    return render(request, _set_page(unit, actor, visit, view, t(_DONE[done]) if done in _DONE else ""))


@router.post("/visits/{visit_id}/checks", dependencies=[CsrfProtected])
def set_checks(
    request: Request, actor: Setter, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Set questions, or print the form again with everything typed."""
    sent = parse(SetForm, form)
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    if sent.value is None:
        return render(request, _set_page(unit, actor, visit, sent.view), 422)
    today = policy_of(unit.session).local_date(unit.now)
    days = tuple(today + timedelta(days=each) for each in sent.value.days)
    days += (sent.value.other_on,) if sent.value.other_on else ()
    wanted = service.Wanted(questionnaire=sent.value.questionnaire, days=days, via=sent.value.via)
    try:
        service.set_checks(unit.session, actor, visit_id, wanted, now=unit.now)
    except (InvalidError, ConflictError) as error:
        return render(request, _set_page(unit, actor, visit, sent.view.with_refusal(error)), error.status)
    return redirect(f"/visits/{visit_id}/checks?done=set")


@router.post("/checks/{series_id}/days", dependencies=[CsrfProtected])
def move_days(
    request: Request, actor: Setter, unit: WriteUnit, series_id: UUID, form: PostedForm
) -> Response:
    """Ask on one day more, from now on."""
    series = queries.get_series(unit.session, actor, series_id, now=unit.now)
    sent = parse(DaysForm, form)
    visit = get_visit(unit.session, actor, series.visit_id, now=unit.now)
    if sent.value is None:
        return render(request, _set_page(unit, actor, visit, sent.view), 422)
    rounds = queries.rounds_of(unit.session, [series.id])
    days = [row.due_on for row in rounds if row.state == RoundState.PLANNED]
    try:
        service.change_days(
            unit.session,
            actor,
            series_id,
            [*days, sent.value.other_on],
            version=sent.value.version,
            now=unit.now,
        )
    except (InvalidError, ConflictError, StaleError) as error:
        return render(request, _set_page(unit, actor, visit, sent.view.with_refusal(error)), error.status)
    return redirect(f"/visits/{series.visit_id}/checks?done=days")


@router.post("/checks/{series_id}/withdraw", dependencies=[CsrfProtected])
def withdraw(actor: Setter, unit: WriteUnit, series_id: UUID, form: PostedForm) -> Response:
    """Ask no more."""
    series = queries.get_series(unit.session, actor, series_id, now=unit.now)
    version = parse_own(VersionForm, form).version
    service.withdraw_checks(unit.session, actor, series_id, version=version, now=unit.now)
    return redirect(f"/visits/{series.visit_id}/checks?done=withdrawn")


def _set_page(unit: Unit, actor: MembershipActor, visit: Visit, form: FormView, flash: str = "") -> SetPage:
    cards = find_cards(unit.session, actor, [visit.patient_id], now=unit.now)
    card = cards.get(visit.patient_id)
    series = queries.list_series(unit.session, actor, visit.id, now=unit.now)
    return SetPage(
        back_href=f"/visits/{visit.id}",
        patient=card.full_name if card else "",
        flash=flash,
        form=form,
        action=f"/visits/{visit.id}/checks",
        sheets=tuple(
            Option(row.code, read_content(row.source).name.get(current_language()))
            for row in queries.list_approved(unit.session)
        ),
        days=day_options(),
        ways=way_options(),
        no_phone=message_contact(unit.session, visit.patient_id) is None,
        series=series_views(unit, actor, series),
    )
