"""What the station adds to an open visit: without script one form, with it parts that save themselves."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import ClashError, InvalidError, NotFoundError, StaleError
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import VITALS, accept_all
from web.forms import FormView, error_text, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.forms import StationForm
from web.visits.groups import GROUPS, PARTS, TEXTS, PartSent, split
from web.visits.settling import settled
from web.visits.vitals import asks_text
from web.visits.writing import Answer, station_page

router = APIRouter(include_in_schema=False)

Measurer = Annotated[MembershipActor, Allow("visit.measure")]

CLASH = 422
"""htmx swaps answers of this status; a conflict must reach the page with both texts."""


@dataclass(frozen=True)
class _Text:
    """One text as `settled` reads it."""

    text: str
    version: int
    theirs: int | None
    keep: str | None
    before: tuple[str, ...]


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
    fields, beside = split(form)
    sent = parse(StationForm, fields)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now, lock=True)
    if sent.value is None:
        return render(request, station_page(unit, actor, visit, sent.view), 422)
    rare = sent.value.rare(VITALS)
    view, clashes = _refusals(unit, actor, visit, sent.value, beside, sent.view)
    for code in rare:
        view = (
            view if code in view.errors else view.with_error(code, asks_text(code, getattr(sent.value, code)))
        )
    if view.errors:
        page = station_page(unit, actor, visit, view, clashes=clashes, asks_again=bool(rare))
        return render(request, page, 422)
    for name in _changed(unit, visit, sent.value):
        _write(unit, actor, visit, name, sent.value, beside[name])
    for group, codes in GROUPS.items():
        if sent.value.values(codes):
            _measure(unit, actor, visit, group, sent.value, beside[group])
    return redirect(f"/visits/{visit_id}?done=station")


@router.post("/visits/{visit_id}/station/{name}", dependencies=[CsrfProtected])
def save_one_part(
    request: Request, actor: Measurer, unit: WriteUnit, visit_id: UUID, name: str, form: PostedForm
) -> Response:
    """Save one text or one group of measurements; a conflict shows both sides, nothing is replaced."""
    if name not in PARTS:
        raise NotFoundError("page-not-found")
    fields, beside = split(form)
    sent = parse(StationForm, fields)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now, lock=True)
    view, answer = sent.view, Answer(name)
    if sent.value is None:
        answer = Answer(name, error=" ".join(sent.view.errors.values()))
    else:
        answer = _answered(unit, actor, visit, name, sent.value, beside[name])
    is_saved = not answer.error and answer.clash is None
    is_settled = is_saved and sent.value is not None and sent.value.keep in ("mine", "theirs", "both")
    page = station_page(unit, actor, visit, None if is_settled else view, answer=answer)
    part = f"section-{name}" if is_settled else f"{name}-state"
    if "hx-request" not in request.headers:
        return redirect(f"/visits/{visit_id}/station") if is_saved else render(request, page, CLASH)
    return render(request, page, 200 if is_saved else CLASH, part=part)


def _answered(
    unit: Unit, actor: MembershipActor, visit: Visit, name: str, sent: StationForm, beside: PartSent
) -> Answer:
    """Save a part and say what came of it; what cannot be is refused before what is rare is asked about."""
    codes = GROUPS.get(name, ())
    try:
        accept_all(sent.values(codes))
        if rare := sent.rare(codes):
            return Answer(
                name, error=" ".join(asks_text(code, getattr(sent, code)) for code in rare), asks_again=True
            )
        _save(unit, actor, visit, name, sent, beside)
    except ClashError as error:
        return Answer(name, clash=error.shown["theirs"])
    except InvalidError as error:
        return Answer(name, error=error_text(error))
    return Answer(name)


def _save(
    unit: Unit, actor: MembershipActor, visit: Visit, name: str, sent: StationForm, beside: PartSent
) -> None:
    if name in GROUPS:
        _measure(unit, actor, visit, name, sent, beside)
    else:
        _write(unit, actor, visit, Section(name), sent, beside)


def _write(
    unit: Unit, actor: MembershipActor, visit: Visit, name: Section, sent: StationForm, beside: PartSent
) -> None:
    typed = _Text(getattr(sent, name), beside.version, beside.theirs, sent.keep, sent.before)
    text, version = settled(queries.sections_of(unit.session, visit).get(name), actor, typed)
    if name == Section.REASON and not text.strip():
        raise InvalidError("reason-missing", field="reason")
    service.write_section(unit.session, actor, visit.id, name, text, version=version, now=unit.now)


def _measure(
    unit: Unit, actor: MembershipActor, visit: Visit, group: str, sent: StationForm, beside: PartSent
) -> None:
    if sent.keep == "theirs":
        return
    is_chosen = sent.keep == "mine" and beside.theirs is not None
    service.measure_group(
        unit.session,
        actor,
        visit.id,
        sent.values(GROUPS[group]),
        GROUPS[group],
        version=beside.theirs if is_chosen and beside.theirs is not None else beside.version,
        # What one insists on is the newest: it was looked at again just now.
        at=None if is_chosen else beside.at,
        now=unit.now,
    )


def _changed(unit: Unit, visit: Visit, sent: StationForm) -> list[Section]:
    """Return the sections whose text differs from what is stored."""
    stored = queries.sections_of(unit.session, visit)
    return [name for name in TEXTS if getattr(sent, name) != (stored[name].text if name in stored else "")]


def _refusals(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    sent: StationForm,
    beside: dict[str, PartSent],
    view: FormView,
) -> tuple[FormView, frozenset[str]]:
    """Look for everything that would be refused before anything is written."""
    stored = queries.sections_of(unit.session, visit)
    clashes: set[str] = set()
    for name in _changed(unit, visit, sent):
        current = stored[name].version if name in stored else 0
        if current != beside[name].version:
            clashes.add(name)
            view = view.with_error(name, t("errors.stale-version"))
    if not sent.reason:
        view = view.with_error("reason", t("errors.reason-missing"))
    try:
        accept_all(sent.values(VITALS))
    except InvalidError as error:
        return view.with_refusal(error), frozenset(clashes)
    for group, codes in GROUPS.items():
        try:
            service.check_group(
                unit.session,
                actor,
                visit,
                sent.values(codes),
                codes,
                version=beside[group].version,
                at=beside[group].at,
                now=unit.now,
            )
        except StaleError as error:
            clashes.add(group)
            view = view.with_error(next(iter(sent.values(codes))), error_text(error))
    return view, frozenset(clashes)
