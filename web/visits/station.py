"""What the station adds while a visit is open."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import VITALS, accept_all
from web.forms import FormView, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.forms import StationForm
from web.visits.views import station_page

router = APIRouter(include_in_schema=False)

Measurer = Annotated[MembershipActor, Allow("visit.measure")]


@router.get("/visits/{visit_id}/station")
def station_form(request: Request, actor: Measurer, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show the form of the station's part."""
    visit = service.read_visit(unit.session, actor, visit_id, now=unit.now)
    if visit.state != VisitState.OPEN:
        return redirect(f"/visits/{visit_id}")
    return render(request, station_page(unit, actor, visit))


@router.post("/visits/{visit_id}/station", dependencies=[CsrfProtected])
def save_station_part(
    request: Request, actor: Measurer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Save texts and measurements together, or print the form again with everything typed."""
    sent = parse(StationForm, form)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    if sent.value is None:
        return render(request, station_page(unit, actor, visit, sent.view), 422)
    rare = sent.value.rare(VITALS)
    view, clashes = _refusals(unit, visit, sent.value, sent.view)
    for code in rare:
        words = t("visits.station.unusual", name=t(f"visits.vitals.{code}"))
        view = view if code in view.errors else view.with_error(code, words)
    if view.errors:
        page = station_page(unit, actor, visit, view, clashes=clashes, asks_again=bool(rare))
        return render(request, page, 422)
    for name, (text, version) in _changed(unit, visit, sent.value).items():
        service.write_section(unit.session, actor, visit_id, name, text, version=version, now=unit.now)
    values = sent.value.values(VITALS)
    if values:
        service.measure(unit.session, actor, visit_id, values, at=unit.now, now=unit.now)
    return redirect(f"/visits/{visit_id}?done=station")


def _changed(unit: Unit, visit: Visit, sent: StationForm) -> dict[Section, tuple[str, int]]:
    """Return the sections whose text differs from what is stored."""
    stored = queries.sections_of(unit.session, visit)
    return {
        name: (text, version)
        for name, (text, version) in sent.texts().items()
        if text != (stored[name].text if name in stored else "")
    }


def _refusals(
    unit: Unit, visit: Visit, sent: StationForm, view: FormView
) -> tuple[FormView, frozenset[Section]]:
    """Look for everything that would be refused before anything is written."""
    stored = queries.sections_of(unit.session, visit)
    clashes = set()
    for name, (_, version) in _changed(unit, visit, sent).items():
        current = stored[name].version if name in stored else 0
        if current != version:
            clashes.add(name)
            view = view.with_error(name, t("errors.stale-version"))
    if not sent.reason:
        view = view.with_error("reason", t("errors.reason-missing"))
    try:
        accept_all(sent.values(VITALS))
    except InvalidError as error:
        view = view.with_refusal(error)
    return view, frozenset(clashes)
