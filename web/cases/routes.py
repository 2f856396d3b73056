"""Routes of the workspace: the doctor's case, the practitioner's record, the list of codes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.scheduling.queries import get_appointment
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import service as urgent
from telehealth.visits import codes, queries, service
from telehealth.visits.models import DiagnosisCode, Visit
from telehealth.visits.states import VisitState
from web.cases.pages import CodesPage, CodeView
from web.cases.views import CALL_PART, Typed, case_page, load_case
from web.i18n import t
from web.render import go_on, is_refresh, render

router = APIRouter(include_in_schema=False)

Writer = Annotated[MembershipActor, Allow("visit.write")]
Reader = Annotated[MembershipActor, Allow("visit.read")]
Seen = Annotated[list[int] | None, Query(alias="version", max_length=80)]
"""The versions of the parts a page shows, sent when it asks for its signature part anew."""


@router.get("/cases/{appointment_id}")
def case_page_of_appointment(
    request: Request,
    actor: Writer,
    unit: WriteUnit,
    appointment_id: UUID,
    embed: str = "",
    seen: Seen = None,
) -> Response:
    """Show the case of an appointment to its doctor; `embed=record` is the record beside the call."""
    appointment = get_appointment(unit.session, actor, appointment_id, now=unit.now)
    urgent.attend(unit.session, actor, appointment_id, now=unit.now)
    visit = _read(request, actor, unit, appointment.visit_id)
    if visit.appointment_id != appointment.id:
        raise NotFoundError("appointment-not-found")
    return _workspace(request, actor, unit, visit, embed, seen)


@router.get("/visits/{visit_id}/write")
def write_page(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, embed: str = "", seen: Seen = None
) -> Response:
    """Show the same workspace to the station's practitioner."""
    return _workspace(request, actor, unit, _read(request, actor, unit, visit_id), embed, seen)


@router.get("/diagnosis-codes")
def codes_page(
    request: Request,
    actor: Reader,
    unit: ReadUnit,
    q: Annotated[str, Query(max_length=100)] = "",
    pick: Annotated[str, Query(max_length=10, pattern=r"^[\w.*†+]*$")] = "",
) -> Response:
    """Search the list of diagnosis codes, or look where one comes from; the address names no patient."""
    on = policy_of(unit.session).local_date(unit.now)
    listed = codes.codes_of(unit.session, [pick], on=on).get(pick)
    found = find_codes(unit, actor, q)
    page = CodesPage(
        q=q,
        codes=found,
        is_none_found=bool(q.strip()) and not found,
        picked=_origin(listed) if listed else (),
    )
    return render(request, page)


def find_codes(unit: Unit, actor: MembershipActor, q: str) -> tuple[CodeView, ...]:
    """Return the codes a search finds, what the actor often uses first."""
    found = codes.search_codes(unit.session, actor, q, now=unit.now)
    return tuple(CodeView(row.code, row.name) for row in found)


def _origin(row: DiagnosisCode) -> tuple[tuple[str, str], ...]:
    return (
        (t("cases.code"), row.code),
        (t("cases.code_name"), row.name),
        (t("cases.code_list"), row.code_list),
        (t("cases.code_source"), row.source),
        (t("cases.code_reviewed"), t("cases.reviewed" if row.is_reviewed else "cases.unreviewed")),
    )


def _workspace(
    request: Request, actor: MembershipActor, unit: Unit, visit: Visit, embed: str, seen: list[int] | None
) -> Response:
    """Print the workspace; one closed meanwhile leads to its record, or is closed beside the call."""
    is_embedded = embed == "record" or request.headers.get("hx-target") == CALL_PART
    is_closed = visit.state != VisitState.OPEN
    if is_closed and not is_embedded:
        # This part of the page may hear of the signature before its own form does: both lead to the same.
        is_told = visit.state == VisitState.SIGNED and "hx-request" in request.headers
        return go_on(request, f"/visits/{visit.id}{'?done=signed' if is_told else ''}")
    typed = Typed(seen=None if seen is None else sum(seen))
    page = case_page(load_case(unit, actor, visit), typed=typed, is_embedded=is_embedded)
    return render(request, page, part=CALL_PART if is_closed else "")


def _read(request: Request, actor: MembershipActor, unit: Unit, visit_id: UUID) -> Visit:
    """Fetch the visit; what a page asks again by itself is not read by anybody anew."""
    if is_refresh(request):
        return queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    return service.read_visit(unit.session, actor, visit_id, now=unit.now)
