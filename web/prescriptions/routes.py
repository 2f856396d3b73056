"""Pages of prescriptions that only read: the prescription of a visit, medicines found, paper."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.papers.press import Size
from telehealth.prescriptions import finding, service
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries as visits
from telehealth.visits import service as visit_service
from web.i18n import t
from web.prescriptions.pages import MedicinesPage
from web.prescriptions.sheet import sheet_page
from web.prescriptions.views import medicine_views, open_desk, prescription_page
from web.render import is_refresh, render

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("visit.read")]
Printer = Annotated[MembershipActor, Allow("visit.print")]
Prescriber = Annotated[MembershipActor, Allow("visit.prescribe")]

DONE = {"dropped": "prescriptions.dropped_flash"}


@router.get("/visits/{visit_id}/prescription")
def prescription_of_visit(
    request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID, done: str = ""
) -> Response:
    """Show what is prescribed at a visit, as far as the reader may see it; reading it is on record."""
    if is_refresh(request):
        visit = visits.get_visit(unit.session, actor, visit_id, now=unit.now)
    else:
        visit = visit_service.read_visit(unit.session, actor, visit_id, now=unit.now)
    flash = t(DONE[done]) if done in DONE else ""
    return render(request, prescription_page(open_desk(unit, actor, visit), flash=flash))


@router.get("/medicines")
def medicines_page(
    request: Request,
    _: Prescriber,
    unit: ReadUnit,
    q: Annotated[str, Query(max_length=100)] = "",
    list_id: Annotated[str, Query(alias="list", max_length=36)] = "",
) -> Response:
    """Search a list of medicines; the address names no patient and no visit."""
    found = []
    try:
        formulary = finding.get_formulary(unit.session, UUID(list_id), None) if list_id else None
    except ValueError:
        formulary = None
    if formulary is not None:
        found = finding.search_medicines(unit.session, formulary.id, q)
    is_none_found = formulary is not None and bool(q.strip()) and not found
    return render(
        request,
        MedicinesPage(q=q, list_id=list_id, medicines=medicine_views(found), is_none_found=is_none_found),
    )


@router.get("/prescriptions/{prescription_id}/print")
def print_prescription(
    request: Request,
    actor: Printer,
    unit: WriteUnit,
    settings: AppSettings,
    prescription_id: UUID,
    size: Size | None = None,
) -> Response:
    """Show a signed prescription as it leaves the printer; printing it is on record."""
    prescription, visit = service.read_prescription(
        unit.session, actor, prescription_id, now=unit.now, action="visit.print"
    )
    page = sheet_page(unit, prescription, visit, base_url=settings.base_url, size=size)
    return render(request, page)
