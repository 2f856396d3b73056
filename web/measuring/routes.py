"""Routes of measurements at a visit: taking them, asking once about rare ones, a pregnancy."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.background import queries as background_queries
from telehealth.background import service as background
from telehealth.background.rules import DatedBy, gestation, may_be_pregnant
from telehealth.examination.rules import read_content
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.patients.rules import Sex
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.models import Visit
from telehealth.visits.ranges import age_span
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import MEASUREMENTS, accept_all, is_unusual
from web.examination.views import template_for
from web.formatting import date_text
from web.forms import FormView, error_text, filled, parse
from web.i18n import t
from web.measuring.forms import EndForm, MeasureForm, PregnancyForm
from web.measuring.pages import MeasureField, MeasurePage, PregnancyView, dating_options
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import person_view
from web.visits.vitals import asks_text, value_text

router = APIRouter(prefix="/visits/{visit_id}", include_in_schema=False)

Measurer = Annotated[MembershipActor, Allow("visit.measure")]

DONE = {
    "measured": "measuring.saved",
    "dated": "measuring.pregnancy.saved",
    "ended": "measuring.pregnancy.over",
}


@router.get("/measurements")
def measure_page(
    request: Request, actor: Measurer, unit: WriteUnit, visit_id: UUID, done: str = ""
) -> Response:
    """Show the measurements the visit's template asks for, and all others."""
    visit = service.read_visit(unit.session, actor, visit_id, now=unit.now)
    if visit.state != VisitState.OPEN:
        return redirect(f"/visits/{visit_id}")
    flash = t(DONE[done]) if done in DONE else ""
    return render(request, _page(unit, actor, visit, flash=flash))


@router.post("/measurements", dependencies=[CsrfProtected])
def measure(request: Request, actor: Measurer, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Save what was measured, or print the form again with everything typed."""
    sent = parse(MeasureForm, form)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now, lock=True)
    if sent.value is None:
        return render(request, _page(unit, actor, visit, form=sent.view), 422)
    given = sent.value.model_dump()
    values: dict[str, Decimal] = {code: given[code] for code in MEASUREMENTS if given[code] is not None}
    view = sent.view
    try:
        accept_all(values)
    except InvalidError as error:
        view = view.with_refusal(error)
    rare = [] if sent.value.measured_again else [c for c, value in values.items() if is_unusual(c, value)]
    for code in rare:
        if code not in view.errors:
            view = view.with_error(code, asks_text(code, values[code]))
    if not values and not view.errors:
        view = view.with_error("", t("measuring.nothing"))
    if view.errors:
        return render(request, _page(unit, actor, visit, form=view, asks_again=bool(rare)), 422)
    said = _said_since(unit, actor, visit, sent.value.seen)
    fresh = {code: value for code, value in values.items() if (code, value) not in said}
    if fresh:
        service.measure(unit.session, actor, visit_id, fresh, at=unit.now, now=unit.now)
    return redirect(f"/visits/{visit_id}/measurements?done=measured")


@router.post("/pregnancy", dependencies=[CsrfProtected])
def date_pregnancy(
    request: Request, actor: Measurer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Note or correct a pregnancy."""
    sent = parse(PregnancyForm, form)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    if sent.value is None:
        return render(request, _page(unit, actor, visit, dating=sent.view), 422)
    try:
        background.date_pregnancy(
            unit.session,
            actor,
            visit_id,
            dated_by=DatedBy(sent.value.dated_by),
            dated_on=sent.value.dated_on,
            gravida=sent.value.gravida,
            para=sent.value.para,
            version=sent.value.version,
            now=unit.now,
        )
    except InvalidError as error:
        return render(request, _page(unit, actor, visit, dating=sent.view.with_refusal(error)), error.status)
    except StaleError as error:
        view = sent.view.with_error("", error_text(error))
        return render(request, _page(unit, actor, visit, dating=view), error.status)
    return redirect(f"/visits/{visit_id}/measurements?done=dated")


@router.post("/pregnancy/end", dependencies=[CsrfProtected])
def end_pregnancy(
    request: Request, actor: Measurer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Say since when a pregnancy is over."""
    sent = parse(EndForm, form)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    if sent.value is None:
        return render(request, _page(unit, actor, visit, dating=sent.view), 422)
    try:
        background.end_pregnancy(
            unit.session,
            actor,
            visit_id,
            ended_on=sent.value.ended_on,
            version=sent.value.version,
            now=unit.now,
        )
    except InvalidError as error:
        return render(request, _page(unit, actor, visit, dating=sent.view.with_refusal(error)), error.status)
    return redirect(f"/visits/{visit_id}/measurements?done=ended")


def _said_since(
    unit: Unit, actor: MembershipActor, visit: Visit, seen: int | None
) -> set[tuple[str, Decimal]]:
    """Return what the page has sent already: a form that comes twice was measured once."""
    if seen is None:
        return set()
    rows = queries.all_observations_of(unit.session, visit, list(MEASUREMENTS))[seen:]
    return {(row.code, row.value) for row in rows if row.measured_by == actor.ref}


def _page(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    *,
    form: FormView | None = None,
    asks_again: bool = False,
    dating: FormView | None = None,
    flash: str = "",
) -> MeasurePage:
    session, zone = unit.session, policy_of(unit.session).zone
    card = find_cards(session, actor, [visit.patient_id], now=unit.now)[visit.patient_id]
    template = template_for(unit, visit)
    asked = read_content(template.content).measurements
    rows = queries.all_observations_of(session, visit, list(MEASUREMENTS))
    before = queries.earlier_observations(session, actor, visit, now=unit.now)
    last = {code: found[0] for code, found in before.items()} | queries.newest_of(rows)
    texts = {
        code: t("visits.last_value", value=value_text(code, row.value), date=date_text(row.occurred_at, zone))
        for code, row in last.items()
    }
    return MeasurePage(
        action=f"/visits/{visit.id}/measurements",
        back_href=f"/visits/{visit.id}",
        trends_href=f"/patients/{visit.patient_id}/trends",
        person=person_view(card),
        template_name=t("examination.version", name=template.name, version=template.version),
        form=form or FormView(),
        asked=tuple(_field(code, texts) for code in asked),
        others=tuple(_field(code, texts) for code in MEASUREMENTS if code not in asked),
        seen=len(rows),
        asks_again=asks_again,
        pregnancy=_pregnancy(unit, visit, card, dating),
        flash=flash,
    )


def _field(code: str, last: Mapping[str, str]) -> MeasureField:
    return MeasureField(code, t(f"visits.vitals.{code}"), MEASUREMENTS[code].unit, last.get(code, ""))


def _pregnancy(unit: Unit, visit: Visit, card: PatientCard, dating: FormView | None) -> PregnancyView | None:
    """Return the pregnancy of whom it may be: not of men, children and the old."""
    today: date = policy_of(unit.session).local_date(unit.now)
    span = age_span(card.birth, today)
    row = background_queries.find_pregnancy(unit.session, visit.patient_id)
    if row is None and not may_be_pregnant(Sex(card.sex), span):
        return None
    view = PregnancyView(
        action=f"/visits/{visit.id}/pregnancy",
        form=dating or filled({"dated_by": "lmp"}),
        version=row.version if row else 0,
        ways=dating_options(),
    )
    if row is None:
        return view
    found = gestation(DatedBy(row.dated_by), row.dated_on, today)
    weeks, days = divmod(found.days, 7)
    stored = {"dated_by": row.dated_by, "dated_on": row.dated_on, "gravida": row.gravida, "para": row.para}
    return PregnancyView(
        action=view.action,
        form=dating or filled(stored),
        version=row.version,
        ways=view.ways,
        weeks=t("measuring.pregnancy.too_long")
        if found.is_over
        else t("measuring.pregnancy.weeks", weeks=weeks, days=days, due=date_text(found.due_on)),
        note=t(f"measuring.pregnancy.by_{row.dated_by}", date=date_text(row.dated_on)),
    )
