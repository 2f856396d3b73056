"""Routes of a visit: reading, adding from the station, signing, amending, printing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import Allow, prove
from telehealth.access.rules import check
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.papers.press import Size
from telehealth.papers.service import check_records
from telehealth.prescriptions.queries import active_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.models import Visit
from telehealth.visits.parts import amended_version, compose_amended_parts, missing_of_amended
from telehealth.visits.states import VisitState
from web.cases.views import CALL_PART, Typed, case_page, load_case
from web.formatting import datetime_text
from web.forms import FormView, Submission, parse
from web.i18n import t
from web.papers.content import code_of
from web.papers.seals import digital_text
from web.papers.sizes import A5_FIRST, sizing
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.forms import AmendForm, SignForm
from web.visits.pages import AmendPage, SheetPage
from web.visits.paper import beside, signed_state
from web.visits.parts import part_views
from web.visits.record import record_view
from web.visits.views import open_page, record_page

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("visit.read")]
Printer = Annotated[MembershipActor, Allow("visit.print")]
Signer = Annotated[MembershipActor, Allow("visit.sign")]
Amender = Annotated[MembershipActor, Allow("visit.amend")]

DONE = {
    "signed": "visits.signed_flash",
    "amended": "visits.amended_flash",
    "station": "visits.measured_flash",
}


async def prove_signer(request: Request, actor: Signer, form: PostedForm) -> bool:
    """Check PIN or password before the unit of the act is opened."""
    return await prove(request, actor, form.get("secret"))


Proven = Annotated[bool, Depends(prove_signer)]


@router.get("/visits/{visit_id}")
def visit_page(request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID, done: str = "") -> Response:
    """Show what is there so far, or the signed record; reading it is on record."""
    session, now = unit.session, unit.now
    if is_refresh(request):
        visit = queries.get_visit(session, actor, visit_id, now=now)
    else:
        visit = service.read_visit(session, actor, visit_id, now=now)
    flash = t(DONE[done]) if done in DONE else ""
    if visit.state == VisitState.SIGNED:
        return render(request, record_page(unit, actor, visit, flash=flash))
    return render(request, open_page(unit, actor, visit, flash=flash))


@router.get("/visits/{visit_id}/print")
def print_page(
    request: Request,
    actor: Printer,
    unit: WriteUnit,
    settings: AppSettings,
    visit_id: UUID,
    size: Size | None = None,
) -> Response:
    """Show the signed record as it leaves the printer; printing it is on record."""
    visit = service.read_visit(unit.session, actor, visit_id, now=unit.now, action="visit.print")
    if visit.state != VisitState.SIGNED:
        return redirect(f"/visits/{visit_id}")
    zone = policy_of(unit.session).zone
    records = queries.records_of(unit.session, visit)
    view = record_view(records, zone)
    page = SheetPage(
        back_href=f"/visits/{visit_id}",
        sizing=sizing(f"/visits/{visit_id}/print", A5_FIRST, size, f"/visits/{visit_id}/papers/visit.pdf"),
        beside=beside(view),
        record=view,
        digital=digital_text(check_records(unit.session, records)),
        printed=datetime_text(unit.now, zone),
        code=code_of(unit, visit, signed_state(records, view.facility), settings.base_url),
    )
    return render(request, page)


@router.post("/visits/{visit_id}/sign", dependencies=[CsrfProtected])
def sign_visit(
    request: Request,
    actor: Signer,
    is_proven: Proven,
    unit: WriteUnit,
    visit_id: UUID,
    form: PostedForm,
    embed: str = "",
) -> Response:
    """Freeze the record, or print the workspace again with what is wrong; beside a call only its part."""
    if embed == "record" and "hx-request" in request.headers:
        return _sign_beside(request, unit, actor, visit_id, parse(SignForm, form), is_proven=is_proven)
    sent = parse(SignForm, form)
    if sent.value is None or not is_proven:
        view = sent.view if sent.value is None else _wrong(sent.view)
        return _unsigned(request, unit, actor, visit_id, view, 422)
    try:
        service.sign(unit.session, actor, visit_id, version=sent.value.version, now=unit.now)
    except StaleError as error:
        view = sent.view.with_error("", t("cases.changed_since"))
        return _unsigned(request, unit, actor, visit_id, view, error.status)
    except InvalidError as error:
        return _unsigned(request, unit, actor, visit_id, sent.view.with_refusal(error), error.status)
    return redirect(f"/visits/{visit_id}?done=signed")


def _sign_beside(
    request: Request,
    unit: Unit,
    actor: MembershipActor,
    visit_id: UUID,
    sent: Submission[SignForm],
    *,
    is_proven: bool,
) -> Response:
    """Answer a signature beside a call: a wrong one at its field, else the record as it is now.

    What htmx swaps bears 200 or 422, whatever stands against it.
    """
    view, part = sent.view, CALL_PART
    if sent.value is None or not is_proven:
        view, part = view if sent.value is None else _wrong(view), ""
    else:
        try:
            service.sign(unit.session, actor, visit_id, version=sent.value.version, now=unit.now)
        except StaleError:
            view = view.with_error("", t("cases.changed_since"))
        except ConflictError:
            view = FormView()  # signed or closed already: the record says so
        except InvalidError as error:
            view, part = view.with_refusal(error), ""
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    check(actor, "visit.sign", visit)
    page = case_page(load_case(unit, actor, visit), typed=Typed(sign=view), is_embedded=True)
    return render(request, page, 422 if view.errors else 200, part=part)


@router.get("/visits/{visit_id}/amend")
def amend_page(request: Request, actor: Amender, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show the form of an amendment beside what it is about."""
    visit = service.read_visit(unit.session, actor, visit_id, now=unit.now)
    check(actor, "visit.amend", visit)
    if visit.state != VisitState.SIGNED:
        return redirect(f"/visits/{visit_id}")
    return render(request, _amend_page(unit, visit, FormView()))


@router.post("/visits/{visit_id}/amend", dependencies=[CsrfProtected])
def amend_visit(
    request: Request, actor: Amender, is_proven: Proven, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Sign an amendment, or print the form again with what is wrong."""
    sent = parse(AmendForm, form)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    check(actor, "visit.amend", visit)
    if visit.state != VisitState.SIGNED:
        return redirect(f"/visits/{visit_id}")
    if sent.value is None or not is_proven:
        view = sent.view if sent.value is None else _wrong(sent.view)
        return render(request, _amend_page(unit, visit, view), 422)
    try:
        service.amend(
            unit.session,
            actor,
            visit_id,
            reason=sent.value.reason,
            text=sent.value.text,
            parts_version=sent.value.parts_version,
            after=sent.value.after,
            now=unit.now,
        )
    except StaleError as error:
        view = sent.view.with_error("", t("cases.changed_since"))
        return render(request, _amend_page(unit, visit, view), error.status)
    except InvalidError as error:
        return render(request, _amend_page(unit, visit, sent.view.with_refusal(error)), error.status)
    return redirect(f"/visits/{visit_id}?done=amended")


def _amend_page(unit: Unit, visit: Visit, form: FormView) -> AmendPage:
    records = queries.records_of(unit.session, visit)
    policy = policy_of(unit.session)
    anew = compose_amended_parts(unit.session, visit, today=policy.local_date(unit.now))
    stays = "prescription" not in anew and active_of(unit.session, visit.id) is not None
    return AmendPage(
        back_href=f"/visits/{visit.id}",
        record=record_view(records, policy.zone),
        form=form,
        anew=part_views(anew) if not missing_of_amended(unit.session, visit) else (),
        parts_version=amended_version(unit.session, visit),
        after=records[-1].number,
        standing_href=f"/visits/{visit.id}/prescription" if stays else "",
    )


def _wrong(view: FormView) -> FormView:
    return view.with_refusal(InvalidError("secret-wrong", field="secret"))


def _unsigned(
    request: Request, unit: Unit, actor: MembershipActor, visit_id: UUID, view: FormView, status: int
) -> Response:
    """Print the workspace with the refusal at its signature; whoever may not sign hears only that."""
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    check(actor, "visit.sign", visit)
    case = load_case(unit, actor, visit)
    return render(request, case_page(case, typed=Typed(sign=view)), status)
