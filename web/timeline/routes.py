"""The whole timeline of a person, page by page."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.kit.deps import WriteUnit
from telehealth.patients.queries import card_of, get_patient
from telehealth.staff.actors import MembershipActor
from telehealth.timeline.queries import kinds_for
from telehealth.timeline.rules import Cursor, Kind
from telehealth.timeline.service import read_slice
from web.i18n import t
from web.patients.pages import person_line
from web.render import render
from web.timeline.pages import KindChoice, TimelinePage
from web.timeline.views import timeline_lines

router = APIRouter(prefix="/patients", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("patient.read")]


@router.get("/{patient_id}/timeline")
def timeline_page(
    request: Request,
    actor: Reader,
    unit: WriteUnit,
    patient_id: UUID,
    kind: Kind | None = None,
    before: str = "",
) -> Response:
    """Show a page of the timeline, all kinds or one; the look is on record."""
    patient = get_patient(unit.session, actor, patient_id, now=unit.now)
    page = read_slice(
        unit.session,
        actor,
        patient_id,
        now=unit.now,
        kinds=(kind,) if kind else tuple(Kind),
        before=Cursor.parse(before[:60]) if before else None,
    )
    address = f"/patients/{patient_id}/timeline"
    choices: tuple[Kind | None, ...] = (None, *kinds_for(actor))
    return render(
        request,
        TimelinePage(
            person=person_line(card_of(unit.session, patient, now=unit.now)),
            filters=tuple(
                KindChoice(
                    t(f"timeline.filters.{each or 'all'}"), _address(address, each), is_current=each is kind
                )
                for each in choices
            ),
            lines=timeline_lines(unit, actor, page),
            older_href=_address(address, kind, page.older) if page.older else "",
            newest_href=_address(address, kind) if before else "",
            trends_href=f"/patients/{patient_id}/trends" if can(actor, "visit.read") else "",
        ),
    )


def _address(path: str, kind: Kind | None, before: Cursor | None = None) -> str:
    values = {"kind": kind, "before": before}
    query = urlencode({name: str(value) for name, value in values.items() if value})
    return f"{path}?{query}" if query else path
