"""Routes of service types: what can be booked, and when patients are reminded of it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.availability import service
from telehealth.availability.models import ServiceType
from telehealth.availability.queries import get_service, list_services
from telehealth.availability.rules import leads_of
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.scheduling.rules import URGENT_SERVICE
from telehealth.staff.actors import MembershipActor
from web.forms import FormView, filled, parse
from web.i18n import has_text, t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.services.forms import HOLD_UNIT, HOUR, How, RemindersForm, TermsForm, typed_leads, with_impossible
from web.services.pages import ServiceLine, ServicePage, ServicesPage, accept_options, how_options

router = APIRouter(prefix="/services", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("service.read")]
Changer = Annotated[MembershipActor, Allow("service.change")]


@router.get("")
def services_page(request: Request, actor: Reader, unit: ReadUnit, settings: AppSettings) -> Response:  # noqa: ARG001  (the marker)
    """List what can be booked; what is made at once is reminded of by nobody."""
    rows = [row for row in list_services(unit.session) if row.code != URGENT_SERVICE]
    lines = (
        ServiceLine(_name(row), _note(row, settings.sms_reminders), f"/services/{row.code}") for row in rows
    )
    return render(request, ServicesPage(services=tuple(lines)))


@router.get("/{code}")
def service_page(
    request: Request, actor: Reader, unit: ReadUnit, settings: AppSettings, code: str, done: str = ""
) -> Response:
    """Show one service type."""
    row = get_service(unit.session, code)
    flash = {"changed": t("services.done"), "terms": t("services.terms_done")}.get(done, "")
    return render(request, _page(actor, row, settings.sms_reminders, flash=flash))


@router.post("/{code}", dependencies=[CsrfProtected])
def set_reminders(
    request: Request,
    actor: Changer,
    unit: WriteUnit,
    settings: AppSettings,
    posted: PostedForm,
    code: str,
) -> Response:
    """Set when patients are reminded, or say what cannot be read."""
    sent = parse(RemindersForm, posted)
    form, wanted = sent.view, sent.value
    if wanted is not None:
        try:
            if wanted.how is How.OWN and not wanted.leads:
                raise InvalidError("reminders-missing", field="leads")
            service.set_reminders(
                unit.session,
                actor,
                code,
                wanted.minutes,
                default=settings.sms_reminders,
                version=wanted.version,
                now=unit.now,
            )
            return redirect(f"/services/{code}?done=changed")
        except InvalidError as refusal:
            form = form.with_refusal(refusal)
    row = get_service(unit.session, code)
    return render(request, _page(actor, row, settings.sms_reminders, form=form), 422)


@router.post("/{code}/terms", dependencies=[CsrfProtected])
def set_terms(
    request: Request,
    actor: Changer,
    unit: WriteUnit,
    settings: AppSettings,
    posted: PostedForm,
    code: str,
) -> Response:
    """Set how long appointments take and how they are booked, or say which numbers cannot be."""
    sent = parse(TermsForm, posted)
    form, wanted = with_impossible(sent), sent.value
    if wanted is not None and not form.errors:
        service.set_terms(unit.session, actor, code, wanted.terms, version=wanted.version, now=unit.now)
        return redirect(f"/services/{code}?done=terms")
    row = get_service(unit.session, code)
    return render(request, _page(actor, row, settings.sms_reminders, terms=form), 422)


def _page(
    actor: MembershipActor,
    row: ServiceType,
    default: Sequence[int],
    *,
    flash: str = "",
    form: FormView | None = None,
    terms: FormView | None = None,
) -> ServicePage:
    own = row.reminder_minutes
    how = How.DEFAULT if own is None else How.OWN if own else How.NONE
    return ServicePage(
        flash=flash,
        name=_name(row),
        note=_note(row, default),
        path=f"/services/{row.code}",
        may_change=can(actor, "service.change"),
        options=how_options(_reminders(leads_of(None, default))),
        version=row.version,
        form=form or filled({"how": how, "leads": typed_leads(own or [])}),
        terms=terms or filled(_terms(row)),
        accepts=accept_options(),
    )


def _terms(row: ServiceType) -> dict[str, object]:
    values = {name: getattr(row, name) for name in TermsForm.model_fields if hasattr(row, name)}
    return values | {"hold_minutes": row.hold_seconds // HOLD_UNIT}


def _name(row: ServiceType) -> str:
    key = f"booking.service.{row.code}"
    return t(key) if has_text(key) else row.code


def _note(row: ServiceType, default: Sequence[int]) -> str:
    length = t("services.minutes", count=row.duration_minutes)
    return f"{length} · {_reminders(leads_of(row.reminder_minutes, default))}"


def _reminders(leads: Sequence[int]) -> str:
    """Return leads in words: reminded 24 hours, 90 minutes before."""
    if not leads:
        return t("services.never")
    words = (
        t("services.hours", count=each // HOUR) if each % HOUR == 0 else t("services.minutes", count=each)
        for each in leads
    )
    return t("services.reminded", leads=", ".join(words))
