"""What is posted from the workspace: each part by itself, nothing typed is ever lost."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.rules import Diagnosis, Section
from web.cases.forms import (
    DiagnosesForm,
    FollowUpForm,
    SectionForm,
    apply_act,
    is_search,
    rows_of,
    without_rows,
)
from web.cases.pages import DiagnosesView, DiagnosisRow, SectionView, Theirs
from web.cases.routes import find_codes
from web.cases.views import Case, Typed, case_page, diagnoses_view, load_case, planned_text, section_view
from web.forms import error_text, filled, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.settling import settled
from web.visits.words import diagnosis_text

router = APIRouter(include_in_schema=False)

Writer = Annotated[MembershipActor, Allow("visit.write")]
Diagnoser = Annotated[MembershipActor, Allow("visit.diagnose")]

CLASH = 422
"""htmx swaps answers of this status; a conflict must reach the page with both texts."""


@router.post("/visits/{visit_id}/sections/{name}", dependencies=[CsrfProtected])
def write_section(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, name: Section, form: PostedForm
) -> Response:
    """Save a section; a conflict shows both texts."""
    sent = parse(SectionForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    # Held before it is read: what a colleague is just writing would else be taken for what it was.
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now, lock=True)
    text, version = settled(queries.sections_of(unit.session, visit).get(name), actor, sent)
    try:
        service.write_section(unit.session, actor, visit_id, name, text, version=version, now=unit.now)
    except (InvalidError, StaleError) as error:
        case = _case(unit, actor, visit_id)
        view = _refused_section(case, name, sent, error)
        return render(request, case_page(case, typed=Typed(sections={name: view})), CLASH)
    return _saved(request, _case(unit, actor, visit_id), part=f"section-{name}" if sent.keep else "")


@router.post("/visits/{visit_id}/diagnoses", dependencies=[CsrfProtected])
def set_diagnoses(
    request: Request, actor: Diagnoser, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Save the diagnoses, with what a button adds or takes away; or search the list of codes."""
    rows, sent = rows_of(form), parse(DiagnosesForm, without_rows(form)).value
    if sent is None:
        raise InvalidError("invalid-input")
    if is_search(sent):
        case = _case(unit, actor, visit_id)
        typed = Typed(diagnoses=_typed(case, rows, sent), codes=find_codes(unit, actor, sent.q))
        return render(request, case_page(case, typed=typed), part="codes")
    if sent.keep == "theirs":
        return _saved(request, _case(unit, actor, visit_id), part="diagnoses")
    wanted = apply_act(rows, sent)
    version = sent.theirs if sent.keep and sent.theirs is not None else sent.version
    try:
        service.set_diagnoses(unit.session, actor, visit_id, wanted, version=version, now=unit.now)
    except (InvalidError, StaleError) as error:
        case = _case(unit, actor, visit_id)
        view = _refused_diagnoses(case, rows, sent, error)
        return render(request, case_page(case, typed=Typed(diagnoses=view)), CLASH)
    is_changed = wanted != rows or sent.keep is not None
    return _saved(request, _case(unit, actor, visit_id), part="diagnoses" if is_changed else "")


@router.post("/visits/{visit_id}/follow-up", dependencies=[CsrfProtected])
def plan_follow_up(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Save when and where the patient comes back."""
    sent = parse(FollowUpForm, form)
    if sent.value is None:
        case = _case(unit, actor, visit_id)
        return render(request, case_page(case, typed=Typed(follow_up=sent.view)), CLASH)
    if sent.value.keep == "theirs":
        return _saved(request, _case(unit, actor, visit_id), part="follow-up")
    day = sent.value.day(policy_of(unit.session).local_date(unit.now))
    is_mine = sent.value.keep == "mine" and sent.value.theirs is not None
    try:
        service.plan_follow_up(
            unit.session,
            actor,
            visit_id,
            day,
            sent.value.facility,
            slack_days=sent.value.leeway(),
            version=sent.value.theirs if is_mine and sent.value.theirs is not None else sent.value.version,
            now=unit.now,
        )
    except InvalidError as error:
        typed = Typed(follow_up=sent.view.with_refusal(error))
        return render(request, case_page(_case(unit, actor, visit_id), typed=typed), CLASH)
    except StaleError:
        case = _case(unit, actor, visit_id)
        return render(request, case_page(case, typed=_other_plan(case, sent.value, day)), CLASH)
    return _saved(request, _case(unit, actor, visit_id), part="follow-up")


def _case(unit: Unit, actor: MembershipActor, visit_id: UUID) -> Case:
    return load_case(unit, actor, queries.get_visit(unit.session, actor, visit_id, now=unit.now))


def _saved(request: Request, case: Case, *, part: str) -> Response:
    """Answer a save: htmx gets the part anew and tells the page, a browser without script goes back."""
    if "hx-request" not in request.headers:
        return redirect(case.here)
    response = render(request, case_page(case), part=part)
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response


def _refused_section(case: Case, name: Section, sent: SectionForm, error: DomainError) -> SectionView:
    stored = section_view(case, name)
    typed = replace(stored, text=sent.text, version=sent.version, saved="")
    if isinstance(error, InvalidError):
        return replace(typed, error=error_text(error))
    row = case.sections.get(name)
    if row is None:  # nobody has written here: a version was sent that never was
        return replace(typed, version=stored.version, error=error_text(error))
    writer = case.members.get(row.written_by)
    theirs = Theirs(row.text, writer.name if writer else t("cases.somebody"), row.version)
    return replace(typed, theirs=theirs)


def _typed(case: Case, rows: list[Diagnosis], sent: DiagnosesForm) -> DiagnosesView:
    printed = tuple(DiagnosisRow(row.code or "", row.text, row.certainty) for row in rows)
    return replace(diagnoses_view(case), rows=printed, version=sent.version, q=sent.q, saved="")


def _refused_diagnoses(
    case: Case, rows: list[Diagnosis], sent: DiagnosesForm, error: DomainError
) -> DiagnosesView:
    typed = _typed(case, rows, sent)
    if isinstance(error, InvalidError):
        return replace(typed, error=error_text(error))
    stored = queries.conditions_of(case.unit.session, case.visit)
    text = diagnosis_text(stored) or t("cases.none_stored")
    return replace(typed, theirs=Theirs(text, t("cases.somebody"), case.visit.diagnoses_version))


def _other_plan(case: Case, sent: FollowUpForm, day: date | None) -> Typed:
    """Return both plans: one's own in the fields, a button's as well, for the version that was read."""
    visit = case.visit
    own = {
        "follow_up_on": day,
        "slack": str(sent.leeway()),
        "facility": sent.facility,
        "version": sent.version,
    }
    stored = planned_text(case, visit.follow_up_on, visit.follow_up_slack_days, visit.follow_up_facility_id)
    return Typed(
        follow_up=filled(own),
        follow_up_mine=planned_text(case, day, sent.leeway(), sent.facility),
        follow_up_theirs=Theirs(stored, t("cases.somebody"), visit.follow_up_version),
    )
