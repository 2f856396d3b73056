"""Hours of the whole country: the calendar day by day, and dated exceptions, seen before they hold."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.availability import queries, service
from telehealth.availability.models import NationalDay
from telehealth.availability.rules import Scope
from telehealth.availability.service import Target, WithdrawException
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.scheduling import service as scheduling
from telehealth.staff.actors import MembershipActor
from web.formatting import date_text
from web.forms import FormView, Option, filled, parse
from web.hours.forms import NATIONAL_REASONS, NationalExceptionForm, WithdrawForm
from web.hours.national_pages import (
    DayForm,
    DayView,
    NationalPage,
    becomes_options,
    day_in_words,
    day_values,
)
from web.hours.pages import kind_options, reason_options
from web.hours.preview import shown_first, shown_or_saved, shown_or_withdrawn
from web.hours.views import change_text, day_names, exception_views, service_names
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("availability.read")]
Changer = Annotated[MembershipActor, Allow("holiday.change")]

_HERE: Final = "/hours/national"
_SLIPS: Final = ("hours-in-past", "bad-hours")


@router.get("/national")
def national_page(request: Request, actor: Reader, unit: ReadUnit, done: str = "", day: str = "") -> Response:
    """Show holidays, make-up days and closures of the country to come; a day of them in the form."""
    said = t("hours.national.saved") if done else ""
    return render(request, _page(actor, unit, done=said, chosen=day))


@router.post("/national/day", dependencies=[CsrfProtected])
def set_day(request: Request, actor: Changer, unit: WriteUnit, posted: PostedForm) -> Response:
    """Show what another kind of day would do, or once that was seen make it so."""
    sent = parse(DayForm, posted)
    if sent.value is None:
        return render(request, _page(actor, unit, day_form=sent.view), 422)
    typed, session, now = sent.value, unit.session, unit.now
    if typed.edit:
        return render(request, _page(actor, unit, day_form=sent.view))
    if slip := typed.slip:
        refused = sent.view.with_error(slip, t(f"forms.national_day.{slip}.missing"))
        return render(request, _page(actor, unit, day_form=refused), 422)
    try:
        if typed.sure:
            service.set_national_day(session, actor, typed.day, typed.wanted, now=now)
            return redirect(f"{_HERE}?done=saved")
        effects = scheduling.foresee(
            session,
            Target(Scope.NATIONAL),
            lambda: service.apply_national_day(session, actor, typed.day, typed.wanted, now=now),
            now=now,
        )
    except InvalidError as refusal:
        return render(request, _page(actor, unit, day_form=sent.view.with_refusal(refusal)), 422)
    what = f"{day_in_words(typed.day)}: {t(f'hours.national.make.{typed.becomes}')}"
    return shown_first(request, actor, unit, effects, posted, back=_HERE, what=what)


@router.post("/national/exception", dependencies=[CsrfProtected])
def add_national_exception(request: Request, actor: Changer, unit: WriteUnit, posted: PostedForm) -> Response:
    """Show what closing or opening the whole country for a time would do, or once that was seen do it."""
    sent = parse(NationalExceptionForm, posted)
    if sent.value is None:
        return render(request, _page(actor, unit, exception_form=sent.view), 422)
    if sent.value.edit:
        return render(request, _page(actor, unit, exception_form=sent.view))
    if slip := sent.value.slip:
        refused = sent.view.with_error(slip[0], t(f"forms.hours_exception.{slip[0]}.{slip[1]}"))
        return render(request, _page(actor, unit, exception_form=refused), 422)
    change = sent.value.change(Target(Scope.NATIONAL), policy_of(unit.session).zone)
    what = change_text(unit.session, change)
    try:
        return shown_or_saved(request, actor, unit, change, what, posted, back=_HERE)
    except InvalidError as error:
        if error.code not in _SLIPS:
            raise
        refused = sent.view.with_error("last_on", t(f"errors.{error.code}"))
        return render(request, _page(actor, unit, exception_form=refused), 422)


@router.post("/national/exceptions/{exception_id}/withdraw", dependencies=[CsrfProtected])
def withdraw_national_exception(
    request: Request, actor: Changer, unit: WriteUnit, exception_id: UUID, posted: PostedForm
) -> Response:
    """Show what taking it back would do, or once that was seen make it so."""
    sent = parse(WithdrawForm, posted)
    if sent.value is None:
        raise NotFoundError("exception-not-found")
    target, version = Target(Scope.NATIONAL), sent.value.version
    change = WithdrawException(target=target, exception_id=exception_id, version=version)
    return shown_or_withdrawn(request, actor, unit, change, posted, back=_HERE)


def _page(
    actor: MembershipActor,
    unit: Unit,
    *,
    done: str = "",
    chosen: str = "",
    day_form: FormView | None = None,
    exception_form: FormView | None = None,
) -> NationalPage:
    session, today = unit.session, policy_of(unit.session).local_date(unit.now)
    sheet = queries.get_sheet(session, actor, Scope.NATIONAL, None, now=unit.now)
    services, days = service_names(session), queries.list_days_ahead(session, today)
    return NationalPage(
        back="/hours",
        done=done,
        days=tuple(_day(row) for row in days),
        exceptions=exception_views(session, sheet.exceptions, _HERE, services),
        may_change=can(actor, "holiday.change"),
        action=_HERE,
        day_form=day_form or filled(day_values(days, chosen)),
        becomes=becomes_options(),
        weekdays=tuple(Option(str(n), name) for n, (_, name) in enumerate(day_names())),
        exception_form=exception_form or filled({"kind": "closed", "reason": "other"}),
        kinds=kind_options(),
        services=tuple(Option(str(each), name) for each, name in services.items()),
        reasons=reason_options(NATIONAL_REASONS),
        example_day=date_text(today + timedelta(days=7)),
    )


def _day(row: NationalDay) -> DayView:
    names = [name for _, name in day_names()]
    is_off = row.weekday is None
    return DayView(
        day_in_words(row.day),
        row.name,
        t("hours.national.closed")
        if row.weekday is None
        else t("hours.national.works_as", day=names[row.weekday]),
        "calendar-off" if is_off else "calendar",
        t("hours.national.provisional") if row.is_provisional else "",
        f"{_HERE}?day={row.day}#day-form",
    )
