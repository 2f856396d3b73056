"""The check of a remote examination against the list: seen in the workspace, answered there."""

from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.conditions import service
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.scheduling.queries import find_for_visit
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.service import can_support, convert_to_support, read_part
from telehealth.visits.states import VisitState
from web.conditions.pages import RemoteListPage
from web.forms import Form, FormView, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Writer = Annotated[MembershipActor, Allow("visit.write")]
Signer = Annotated[MembershipActor, Allow("visit.sign")]

PART = "part-remote_list"


class BasisForm(Form):
    """A basis named or taken back, for the version that was read."""

    act: Annotated[str, Field(pattern="^(name|clear)$")]
    version: Annotated[int, Field(ge=0)]


class ConvertForm(Form):
    """Why the station answers for the visit from now on."""

    words: ClassVar[str] = "conversion"
    convert_reason: Annotated[str, Field(min_length=1, max_length=300)]


@router.get("/visits/{visit_id}/remote-list")
def remote_list_page(
    request: Request,
    actor: Writer,
    unit: WriteUnit,
    visit_id: UUID,
    embed: str = "",  # noqa: ARG001  (sent by the workspace beside a call)
) -> Response:
    """Show what stands outside the list; asked for by the workspace it is no new reading."""
    visit = read_part(unit.session, actor, visit_id, now=unit.now, is_refresh=is_refresh(request))
    return render(request, _page(unit, actor, visit))


@router.post("/visits/{visit_id}/remote-list/basis", dependencies=[CsrfProtected])
def set_basis(request: Request, actor: Signer, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Say on which basis the visit is signed as it is, or take that back."""
    sent = parse(BasisForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    service.name_basis(
        unit.session, actor, visit_id, is_on=sent.act == "name", version=sent.version, now=unit.now
    )
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    if "hx-request" not in request.headers:
        return redirect(_back(actor, visit))
    response = render(request, _page(unit, actor, visit), part=PART)
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response


@router.post("/visits/{visit_id}/remote-list/convert", dependencies=[CsrfProtected])
def convert(request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Make the visit a support between facilities, and go back to it."""
    sent = parse(ConvertForm, form)
    if sent.value is None:
        visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
        return render(request, _page(unit, actor, visit, sent.view), 422)
    try:
        visit = convert_to_support(
            unit.session, actor, visit_id, reason=sent.value.convert_reason, now=unit.now
        )
    except ConflictError as error:
        if error.code != "station-cannot-sign":
            raise
        visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
        return render(request, _page(unit, actor, visit, sent.view), error.status)
    return redirect(_back(actor, visit))


def _back(actor: MembershipActor, visit: Visit) -> str:
    is_doctor = actor.ref == visit.doctor_membership_id and visit.appointment_id is not None
    return f"/cases/{visit.appointment_id}" if is_doctor else f"/visits/{visit.id}/write"


def _page(
    unit: Unit, actor: MembershipActor, visit: Visit, convert_form: FormView | None = None
) -> RemoteListPage:
    checked, here = service.check_visit(unit.session, visit), f"/visits/{visit.id}"
    is_open = visit.state == VisitState.OPEN
    may_sign = is_open and can(actor, "visit.sign", visit)
    may_refer = is_open and can(actor, "referral.write") and is_participant(actor, visit)
    is_station = actor.facility_id == visit.station_facility_id
    # A live appointment is the visit's way to a doctor: nobody else is rung beside it.
    may_ring = is_open and is_station and can(actor, "urgent.ring")
    can_ring = may_ring and find_for_visit(unit.session, actor, visit.id, now=unit.now) is None
    can_convert = is_open and can_support(unit.session, visit, now=unit.now)
    return RemoteListPage(
        here=f"{here}/remote-list?embed=1",
        back_href=here,
        version=checked.version,
        label=checked.label,
        outside=tuple(f"{each.code or ''} {each.text}".strip() for each in checked.outside),
        basis=checked.basis,
        is_referred=checked.is_referred,
        offered_basis=policy_of(unit.session).remote_basis if may_sign else "",
        basis_action=f"{here}/remote-list/basis" if may_sign else "",
        convert_action=f"{here}/remote-list/convert" if can_convert else "",
        convert_refusal=t("errors.station-cannot-sign") if is_open and not can_convert else "",
        convert_form=convert_form or FormView(),
        refer_href=f"{here}/referral?write=true" if may_refer else "",
        emergency_href=f"{here}/ring" if can_ring else "",
    )
