"""Complete minutes as they leave the printer."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.papers.press import Size
from telehealth.staff.actors import MembershipActor
from telehealth.visits.service import read_visit
from web.conferences.pages import MinutesSheetPage
from web.conferences.paper import complete_signatures, fact_rows, signed_state
from web.conferences.words import signer_views, text_rows
from web.formatting import datetime_text
from web.papers.content import code_of
from web.papers.sizes import A4_FIRST, sizing
from web.render import render

router = APIRouter(include_in_schema=False)

Printer = Annotated[MembershipActor, Allow("visit.print")]


@router.get("/visits/{visit_id}/minutes/print")
def minutes_sheet(
    request: Request,
    actor: Printer,
    unit: WriteUnit,
    settings: AppSettings,
    visit_id: UUID,
    size: Size | None = None,
) -> Response:
    """Show the minutes as they leave the printer; printing them is on record."""
    visit = read_visit(unit.session, actor, visit_id, now=unit.now, action="visit.print")
    signatures = complete_signatures(unit, visit)
    content, zone = json.loads(signatures[0].canonical), policy_of(unit.session).zone
    code = code_of(unit, visit, signed_state(content, signatures), settings.base_url)
    here = f"/visits/{visit.id}"
    page = MinutesSheetPage(
        back_href=f"{here}/minutes",
        sizing=sizing(f"{here}/minutes/print", A4_FIRST, size, f"{here}/papers/minutes.pdf"),
        facility=content["place"],
        mrn=content["patient"]["mrn"],
        hash=signatures[0].sha256[:16],
        facts=tuple(fact_rows(content, zone)),
        texts=text_rows(content),
        signers=signer_views(content, signatures, zone),
        printed=datetime_text(unit.now, zone),
        code=code,
    )
    return render(request, page)
