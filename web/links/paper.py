"""The doctor's words on paper, for whom no code can reach: what the link's page would show."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.audit.service import record
from telehealth.followup.queries import find_link_subject
from telehealth.followup.service import is_for_paper
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.phones import display
from telehealth.leaflets.queries import find_leaflet, get_own_visit
from telehealth.links.queries import get_link
from telehealth.staff.actors import MembershipActor
from web.links.leaflets import words_paper
from web.render import render

router = APIRouter(prefix="/patients/{patient_id}/links", include_in_schema=False)

Printer = Annotated[MembershipActor, Allow("visit.print")]


@router.get("/{link_id}/paper")
def words_paper_page(
    request: Request, actor: Printer, unit: WriteUnit, patient_id: UUID, link_id: UUID
) -> Response:
    """Show the doctor's words to be printed and handed over; it is on record. Raises `link-not-found`."""
    link = get_link(unit.session, actor, link_id, patient_id=patient_id, now=unit.now)
    if not is_for_paper(unit.session, link):
        raise NotFoundError("link-not-found")
    visit = get_own_visit(unit.session, actor, link.subject_id, now=unit.now)
    leaflet = find_leaflet(unit.session, visit.id)
    subject = find_link_subject(unit.session, link, now=unit.now)
    if leaflet is None or subject is None:
        raise NotFoundError("link-not-found")
    record(
        unit.session,
        actor,
        "visit.print",
        subject_kind="visit",
        subject_id=visit.id,
        patient_id=patient_id,
        facts={"document": "words"},
        now=unit.now,
    )
    phone = display(subject.station.phone) if subject.station.phone else ""
    page = words_paper(unit, leaflet, subject, phone=phone, back=f"/patients/{patient_id}/links")
    return render(request, page)
