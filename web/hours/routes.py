"""Working hours: a doctor's week, a house's opening hours, and the appointments a change would strand."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.availability import queries
from telehealth.availability.queries import Sheet
from telehealth.availability.rules import Scope
from telehealth.availability.service import Target, WithdrawException
from telehealth.kit.cursors import cursor_of, read_cursor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import DomainError, NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.scheduling import service as scheduling
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.staff.rules import Role
from web.agreed.elsewhere import REFUSALS
from web.formatting import date_text
from web.forms import FormView, Option, filled, parse
from web.hours.board import hours_board
from web.hours.forms import ExceptionForm, SeatsForm, TermsForm, WeekForm, WithdrawForm
from web.hours.national import router as national
from web.hours.pages import StrandedPage, WeekPage, kind_options, reason_options
from web.hours.preview import shown_or_saved, shown_or_withdrawn
from web.hours.views import (
    change_text,
    day_names,
    exception_views,
    service_names,
    stranded_views,
    week_links,
    week_values,
    week_view,
)
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/hours", include_in_schema=False)
router.include_router(national)

Reader = Annotated[MembershipActor, Allow("availability.read")]
Changer = Annotated[MembershipActor, Allow("availability.change")]
OPENING: Final = "opening"
Whose = UUID | Literal["opening"]

_STRANDED = "/hours/stranded"
_ARRANGED = {
    "overridden": "booking.done.overridden",
    "reassigned": "booking.done.reassigned",
    "moved": "moves.moved_elsewhere",
}
"""What a coordinator of the doctors' house comes back from."""


@router.get("")
def hours_page(
    request: Request, actor: Reader, unit: ReadUnit, week: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Lead doctors to their week, everybody else to the week of the doctors of their house."""
    if actor.role is Role.DOCTOR:
        return redirect(f"/hours/{queries.get_resource_of(unit.session, actor, actor.ref).id}")
    return render(request, hours_board(unit, actor, week))


@router.get("/stranded")
def stranded_page(
    request: Request,
    actor: Reader,
    unit: WriteUnit,
    done: str = "",
    refused: str = "",
    after: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """List agreed appointments the hours no longer hold, with the nearest other times, page by page."""
    session, place, now = unit.session, read_cursor(after), unit.now
    rows = scheduling.list_stranded(session, actor, now=now, after=place)
    if place is not None and not rows:  # what stood here was arranged; what stands before it may not be
        place, rows = None, scheduling.list_stranded(session, actor, now=now)
    if not is_refresh(request):
        scheduling.note_list(session, actor, "availability.read", rows, now=now)
    nearest = scheduling.nearest_slots(session, rows, now=now)
    last = (rows[-1].starts_at, rows[-1].id) if rows else None
    page = StrandedPage(
        done=t(_ARRANGED[done]) if done in _ARRANGED else "",
        refused=t(f"hours.refused.{refused}") if refused in REFUSALS else "",
        address=f"{_STRANDED}?after={after}" if place else _STRANDED,
        count=scheduling.count_stranded(session, actor, now=now).total(),
        stranded=stranded_views(unit, actor, rows, nearest),
        left=scheduling.count_stranded(session, actor, now=now, after=last).total() if last else 0,
        more=f"{_STRANDED}?after={cursor_of(*last)}" if last else "",
        first=_STRANDED if place else "",
    )
    return render(request, page)


@router.get("/{resource_id}")
def week_page(
    request: Request,
    actor: Reader,
    unit: ReadUnit,
    resource_id: Whose,
    done: str = "",
    service: UUID | None = None,
) -> Response:
    """Show a week with the exceptions to come; the form of the week is of every service, or of one."""
    saved = t("hours.saved") if done else ""
    return render(request, _page(actor, unit, resource_id, done=saved, service_id=service))


@router.post("/{resource_id}/week", dependencies=[CsrfProtected])
def change_week(
    request: Request, actor: Changer, unit: WriteUnit, resource_id: Whose, posted: PostedForm
) -> Response:
    """Show what a new week would do, or once that was seen make it so."""
    target = _target(actor, resource_id)
    sent = parse(WeekForm, posted)
    if sent.value is None:
        return render(request, _page(actor, unit, resource_id, form=sent.view), 422)
    if sent.value.edit:
        page = _page(actor, unit, resource_id, form=sent.view, service_id=sent.value.service)
        return render(request, replace(page, is_week_open=True))
    what = t("hours.new_week_from", date=date_text(sent.value.valid_from))
    if sent.value.service is not None:
        name = service_names(unit.session).get(sent.value.service, "")
        what = t("hours.of_service", hours=what, service=name)
    try:
        return shown_or_saved(
            request, actor, unit, sent.value.change(target), what, posted, back=_page_of(resource_id)
        )
    except DomainError as error:
        if error.code not in ("hours-in-past", "bad-hours"):
            raise
        return render(request, _page(actor, unit, resource_id, form=sent.view.with_refusal(error)), 422)


@router.post("/{resource_id}/exception", dependencies=[CsrfProtected])
def add_exception(
    request: Request, actor: Changer, unit: WriteUnit, resource_id: Whose, posted: PostedForm
) -> Response:
    """Show what days off (or more hours) would do, or once that was seen make it so."""
    target, zone = _target(actor, resource_id), policy_of(unit.session).zone
    sent = parse(ExceptionForm, posted)
    if sent.value is None:
        return render(request, _page(actor, unit, resource_id, exception_form=sent.view), 422)
    if sent.value.edit:
        return render(request, _page(actor, unit, resource_id, exception_form=sent.view))
    if slip := sent.value.slip:
        refused = sent.view.with_error(slip[0], t(f"forms.hours_exception.{slip[0]}.{slip[1]}"))
        return render(request, _page(actor, unit, resource_id, exception_form=refused), 422)
    change = sent.value.change(target, zone)
    what = change_text(unit.session, change)
    try:
        return shown_or_saved(request, actor, unit, change, what, posted, back=_page_of(resource_id))
    except DomainError as error:
        if error.code not in ("hours-in-past", "bad-hours"):
            raise
        refused = sent.view.with_error("last_on", t(f"errors.{error.code}"))
        return render(request, _page(actor, unit, resource_id, exception_form=refused), 422)


@router.post("/{resource_id}/terms", dependencies=[CsrfProtected])
def set_terms(
    request: Request, actor: Changer, unit: WriteUnit, resource_id: UUID, posted: PostedForm
) -> Response:
    """Show what other maxima, or holidays off, would do, or once that was seen make it so."""
    sent = parse(TermsForm, posted)
    if sent.value is None:
        return render(request, _page(actor, unit, resource_id, terms_form=sent.view), 422)
    if sent.value.edit:
        return render(request, _page(actor, unit, resource_id, terms_form=sent.view))
    change, what = sent.value.change(_target(actor, resource_id)), t("hours.new_terms")
    return shown_or_saved(request, actor, unit, change, what, posted, back=_page_of(resource_id))


@router.post("/opening/seats", dependencies=[CsrfProtected])
def set_seats(request: Request, actor: Changer, unit: WriteUnit, posted: PostedForm) -> Response:
    """Show what more or fewer seats of the actor's station would do, or once that was seen make it so."""
    sent = parse(SeatsForm, posted)
    if sent.value is None or sent.value.edit:
        status = 422 if sent.value is None else 200
        return render(request, _page(actor, unit, OPENING, seats_form=sent.view), status)
    target = _target(actor, OPENING)
    was = queries.get_sheet(unit.session, actor, target.scope, target.scope_id, now=unit.now).seats
    change, what = sent.value.change(target), t("hours.new_seats", was=was, now=sent.value.seats)
    try:
        with unit.session.begin_nested():
            return shown_or_saved(request, actor, unit, change, what, posted, back=_page_of(OPENING))
    except DomainError as error:
        if error.code != "seats-in-use":
            raise
        return render(request, _page(actor, unit, OPENING, seats_form=sent.view.with_refusal(error)), 422)


@router.post("/{resource_id}/exceptions/{exception_id}/withdraw", dependencies=[CsrfProtected])
def withdraw_exception(
    request: Request,
    actor: Changer,
    unit: WriteUnit,
    resource_id: Whose,
    exception_id: UUID,
    posted: PostedForm,
) -> Response:
    """Show what taking days off back would do, or once that was seen make it so."""
    target = _target(actor, resource_id)
    sent = parse(WithdrawForm, posted)
    if sent.value is None:
        raise NotFoundError("exception-not-found")
    change = WithdrawException(target=target, exception_id=exception_id, version=sent.value.version)
    return shown_or_withdrawn(request, actor, unit, change, posted, back=_page_of(resource_id))


def _page_of(resource_id: Whose) -> str:
    return f"/hours/{resource_id}"


def _target(actor: MembershipActor, resource_id: Whose) -> Target:
    if isinstance(resource_id, UUID):
        return Target(Scope.RESOURCE, resource_id)
    return Target(Scope.FACILITY, actor.here)


def _page(
    actor: MembershipActor,
    unit: Unit,
    resource_id: Whose,
    *,
    done: str = "",
    service_id: UUID | None = None,
    form: FormView | None = None,
    exception_form: FormView | None = None,
    terms_form: FormView | None = None,
    seats_form: FormView | None = None,
) -> WeekPage:
    """Return the page of a week; raise `resource-not-found`, out of reach as well."""
    session, target = unit.session, _target(actor, resource_id)
    today, action = policy_of(session).local_date(unit.now), f"/hours/{resource_id}"
    sheet = queries.get_sheet(session, actor, target.scope, target.scope_id, now=unit.now)
    is_own = sheet.resource is not None and sheet.resource.owner_id == actor.ref
    is_unset = sheet.resource is None and not any(row.valid_from <= today for row in sheet.weekly)
    services = service_names(session)
    form = form or filled(week_values(sheet, today, service_id))
    title, about = _names(session_of=unit, actor=actor, sheet=sheet, is_own=is_own)
    return WeekPage(
        title=title,
        about=about,
        back="" if actor.role is Role.DOCTOR else "/hours",
        done=done,
        days=week_view(sheet, today, services),
        off=t("hours.not_recorded" if is_unset else "hours.off"),
        unset=t("hours.unset") if is_unset else "",
        facts=_facts(sheet),
        exceptions=exception_views(session, sheet.exceptions, action, services),
        may_change=can(actor, "availability.change") and (is_own or actor.role is not Role.DOCTOR),
        action=action,
        may_set_terms=can(actor, "availability.change")
        and actor.role is not Role.DOCTOR
        and sheet.resource is not None,
        may_set_seats=can(actor, "availability.change") and sheet.seats is not None,
        form=form,
        example_day=date_text(today + timedelta(days=7)),
        exception_form=exception_form or filled({"kind": "closed", "reason": "leave"}),
        terms_form=terms_form or filled(_terms(sheet)),
        seats_form=seats_form or filled({"seats": sheet.seats, "version": sheet.version}),
        fields=day_names(),
        weeks=week_links(action, form, services) if sheet.resource is not None else (),
        week_for=services.get(service_id, "") if service_id else "",
        kinds=kind_options(),
        services=tuple(Option(str(each), name) for each, name in services.items()),
        reasons=reason_options(),
    )


def _names(*, session_of: Unit, actor: MembershipActor, sheet: Sheet, is_own: bool) -> tuple[str, str]:
    if sheet.resource is None:
        return t("hours.opening"), actor.facility_name
    card = describe(session_of.session, {sheet.resource.owner_id}).get(sheet.resource.owner_id)
    name = f"{card.title} {card.name}".strip() if card else ""
    about = f"{name}, {card.facility_name}" if card else actor.facility_name
    return (t("hours.mine"), about) if is_own else (t("hours.of", name=name or actor.facility_name), about)


def _terms(sheet: Sheet) -> dict[str, object]:
    names = ("daily_max", "weekly_max", "works_holidays", "version")
    stored = {name: getattr(sheet.resource, name) for name in names} if sheet.resource else {}
    return {name: value for name, value in stored.items() if value is not None}


def _facts(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    resource = sheet.resource
    if resource is None:
        return ((t("hours.seats"), str(sheet.seats)),) if sheet.seats is not None else ()
    duty = t("hours.works_holidays") if resource.works_holidays else t("hours.keeps_holidays")
    rows = [
        (t("hours.daily_max"), str(resource.daily_max or "")),
        (t("hours.weekly_max"), str(resource.weekly_max or "")),
        (t("hours.holidays"), duty),
    ]
    return tuple((term, text) for term, text in rows if text)
