"""What of check questions is printed: the lists for days without power, the questions on a slip."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.checks import queries, service
from telehealth.checks.listed import list_calls
from telehealth.checks.questions import read_content
from telehealth.facilities.queries import get_facility
from telehealth.followup.service import slip_token
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.links.queries import count_tokens, find_open_link
from telehealth.messaging.rules import link_address
from telehealth.patients.queries import get_patient
from telehealth.staff.actors import MembershipActor
from web.checks.calls import load_beside, note_calls, outcome_words, printed_calls
from web.checks.pages import ListPaper, SlipPaper
from web.checks.words import question_views
from web.formatting import datetime_text, long_date_text
from web.i18n import current_language
from web.render import redirect, render
from web.security import CsrfProtected
from web.staff.printing import qr_of

router = APIRouter(include_in_schema=False)

Caller = Annotated[MembershipActor, Allow("check.call")]


@router.get("/checks/print")
def print_lists(request: Request, actor: Caller, unit: WriteUnit) -> Response:
    """Show all calls and visits of the day on A4."""
    calls = list_calls(unit.session, actor, now=unit.now)
    note_calls(unit, actor, calls)
    beside = load_beside(unit, actor, calls)
    page = ListPaper(
        facility=get_facility(unit.session, actor.here).name,
        day=long_date_text(unit.now, policy_of(unit.session).zone),
        printed=datetime_text(unit.now, policy_of(unit.session).zone),
        calls=printed_calls(beside, [each for each in calls if not each.is_home]),
        visits=printed_calls(beside, [each for each in calls if each.is_home]),
        outcomes=outcome_words(),
    )
    return render(request, page)


@router.post("/checks/rounds/{round_id}/slip", dependencies=[CsrfProtected])
def make_slip(actor: Caller, unit: WriteUnit, round_id: UUID) -> Response:
    """Make a further way into a round's link, for paper; raise `link-not-found` where none is open."""
    row = queries.get_round(unit.session, actor, round_id, now=unit.now)
    link = find_open_link(unit.session, row.id, now=unit.now)
    if link is None:
        return redirect(f"/checks/rounds/{round_id}/slip/0")
    slip_token(unit.session, actor, link.id, None, now=unit.now)
    return redirect(f"/checks/rounds/{round_id}/slip/{count_tokens(unit.session, link.id)}")


@router.get("/checks/rounds/{round_id}/slip/{number}")
def slip_page(
    request: Request, actor: Caller, unit: WriteUnit, settings: AppSettings, round_id: UUID, number: int
) -> Response:
    """Show the questions on a slip; without an open link, without the way in."""
    row = service.read_round(unit.session, actor, round_id, now=unit.now)
    sheet = queries.sources_of(unit.session, [row]).get(row.id)
    if sheet is None:
        raise NotFoundError("questionnaire-not-found")
    link, url = find_open_link(unit.session, row.id, now=unit.now), ""
    if number:
        if link is None or not 1 <= number <= count_tokens(unit.session, link.id):
            raise NotFoundError("link-not-found")
        url = link_address(settings.base_url, slip_token(unit.session, actor, link.id, number, now=unit.now))
    content, station = read_content(sheet.source), get_facility(unit.session, row.station_facility_id)
    size, path = qr_of(url) if url else (0, "")
    page = SlipPaper(
        back_href=f"/checks/rounds/{row.id}",
        facility=station.name,
        phone=display(station.phone) if station.phone else "",
        name=get_patient(unit.session, actor, row.patient_id, now=unit.now).full_name,
        title=content.name.get(current_language()),
        day=long_date_text(row.due_on),
        questions=question_views(content),
        url=url,
        qr_size=size,
        qr_path=path,
    )
    return render(request, page)
