"""Routes of what a patient carries: confirmed in one tap, added, ended, taken back."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from telehealth.access.deps import Allow
from telehealth.background import queries, service
from telehealth.background.models import PatientFact
from telehealth.background.rules import FACTS_AT_MOST, FactKind, FactStatus
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits import queries as visits
from telehealth.visits import service as visit_service
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState
from web.background.pages import BackgroundPage, FactView, KindView
from web.formatting import date_text, time_text
from web.forms import Form, FormView, error_text, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import person_view

router = APIRouter(prefix="/visits/{visit_id}/background", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("visit.read")]
Asker = Annotated[MembershipActor, Allow("visit.measure")]

ORDER = (FactKind.ALLERGY, FactKind.PROBLEM, FactKind.MEDICINE)
PART = "part-background"


class AddForm(Form):
    """Something the patient carries."""

    text: str = ""


class ConfirmForm(Form):
    """The ids of all facts that were shown, of one kind or of every."""

    known_id: Annotated[tuple[UUID, ...], Field(max_length=FACTS_AT_MOST)] = ()


class ChangeForm(Form):
    """What becomes of a fact, by the version that was read."""

    status: Literal["active", "ended", "mistaken"]
    version: Annotated[int, Field(ge=1)]


@router.get("")
def background_page(
    request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID, embed: bool = False
) -> Response:
    """Show what is carried; `embed` fetches it into the workspace, whose reading is on record already."""
    if embed or is_refresh(request):
        visit = visits.get_visit(unit.session, actor, visit_id, now=unit.now)
    else:
        visit = visit_service.read_visit(unit.session, actor, visit_id, now=unit.now)
    return render(request, _page(unit, actor, visit))


@router.post("/confirm", dependencies=[CsrfProtected])
def confirm_all(
    request: Request, actor: Asker, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Say that all that was shown still holds; where something else stands there by now, show that."""
    sent = parse(ConfirmForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    heard = service.Heard(shown=frozenset(sent.known_id), is_true=True)
    try:
        service.hear_again(unit.session, actor, visit_id, heard, now=unit.now)
    except StaleError as error:
        return _changed(request, unit, actor, visit_id, error)
    return _again(request, unit, actor, visit_id)


@router.post("/{kind}/confirm", dependencies=[CsrfProtected])
def confirm(
    request: Request, actor: Asker, unit: WriteUnit, visit_id: UUID, kind: FactKind, form: PostedForm
) -> Response:
    """Say that a kind is unchanged, or that there is none; where that is not so, show what there is."""
    sent = parse(ConfirmForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    try:
        shown = frozenset(sent.known_id)
        service.confirm_facts(unit.session, actor, visit_id, kind, shown=shown, now=unit.now)
    except StaleError as error:
        return _changed(request, unit, actor, visit_id, error)
    return _again(request, unit, actor, visit_id)


@router.post("/{kind}", dependencies=[CsrfProtected])
def add(
    request: Request, actor: Asker, unit: WriteUnit, visit_id: UUID, kind: FactKind, form: PostedForm
) -> Response:
    """Note a fact, or print the part again with what is wrong."""
    sent = parse(AddForm, form)
    try:
        text = sent.value.text if sent.value else ""
        service.add_fact(unit.session, actor, visit_id, kind, text, now=unit.now)
    except InvalidError as error:
        visit = visits.get_visit(unit.session, actor, visit_id, now=unit.now)
        page = _page(unit, actor, visit, {kind: sent.view.with_refusal(error)})
        return render(request, page, error.status, part=PART)
    return _again(request, unit, actor, visit_id)


@router.post("/facts/{fact_id}", dependencies=[CsrfProtected])
def change(
    request: Request, actor: Asker, unit: WriteUnit, visit_id: UUID, fact_id: UUID, form: PostedForm
) -> Response:
    """End a fact, call it a mistake, or take that back; who came too late sees what stands there now."""
    sent = parse(ChangeForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    try:
        service.end_fact(
            unit.session,
            actor,
            visit_id,
            fact_id,
            FactStatus(sent.status),
            version=sent.version,
            now=unit.now,
        )
    except StaleError:
        visit = visits.get_visit(unit.session, actor, visit_id, now=unit.now)
        return render(request, _page(unit, actor, visit), 422, part=PART)
    return _again(request, unit, actor, visit_id)


def _changed(
    request: Request, unit: Unit, actor: MembershipActor, visit_id: UUID, error: StaleError
) -> Response:
    """Show what is carried by now, and say that it is not what was shown."""
    visit = visits.get_visit(unit.session, actor, visit_id, now=unit.now)
    page = replace(_page(unit, actor, visit), changed=error_text(error))
    return render(request, page, 422, part=PART)


def _again(request: Request, unit: Unit, actor: MembershipActor, visit_id: UUID) -> Response:
    if "hx-request" not in request.headers:
        return redirect(f"/visits/{visit_id}/background")
    visit = visits.get_visit(unit.session, actor, visit_id, now=unit.now)
    response = render(request, _page(unit, actor, visit), part=PART)
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response


def _page(
    unit: Unit, actor: MembershipActor, visit: Visit, typed: dict[FactKind, FormView] | None = None
) -> BackgroundPage:
    session, zone = unit.session, policy_of(unit.session).zone
    active = queries.facts_of(session, visit)
    confirmed = queries.confirmations_of(session, visit)
    members = describe(session, {row.confirmed_by for row in confirmed.values()})

    def view(row: PatientFact) -> FactView:
        return FactView(str(row.id), row.text, date_text(row.noted_at, zone), row.version)

    def said(kind: FactKind) -> str:
        row = confirmed.get(kind)
        if row is None or row.facts != [str(each.id) for each in active if each.kind == kind]:
            return ""  # something came or went since, at another visit: it is asked again
        who = members.get(row.confirmed_by)
        name = who.name if who else t("cases.somebody")
        return t("background.confirmed", time=time_text(row.confirmed_at, zone), name=name)

    return BackgroundPage(
        here=f"/visits/{visit.id}/background",
        back_href=f"/visits/{visit.id}",
        person=person_view(find_cards(session, actor, [visit.patient_id], now=unit.now)[visit.patient_id]),
        is_open=visit.state == VisitState.OPEN,
        version=queries.facts_version(session, visit),
        known=tuple(str(row.id) for row in active)
        if len({row.kind for row in active if not said(FactKind(row.kind))}) > 1
        else (),
        kinds=tuple(
            KindView(
                kind=str(kind),
                title=t(f"background.kinds.{kind}"),
                facts=tuple(view(row) for row in active if row.kind == kind),
                confirmed=said(kind),
                form=(typed or {}).get(kind, FormView()),
            )
            for kind in ORDER
        ),
        past=tuple(view(row) for row in queries.facts_of(session, visit, is_active=False)),
    )
