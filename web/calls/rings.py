"""Routes and parts of rings into a call: ringing who is missing, asking colleagues in, answering."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from telehealth.access.deps import Allow
from telehealth.calls import queries, service
from telehealth.calls.models import CallRing
from telehealth.calls.ringing import Colleague, RingPurpose, RingWhom
from telehealth.calls.states import RingState
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.scheduling.queries import get_by_id
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from web.calls.ring_pages import CallRingView, ColleaguesPage, ColleagueView, asks
from web.forms import Form, error_text, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Ringer = Annotated[MembershipActor, Allow("call.ring")]
Inviter = Annotated[MembershipActor, Allow("call.invite")]
Answerer = Annotated[MembershipActor, Allow("call.answer")]


class WhomForm(Form):
    """Who is missing."""

    whom: RingWhom


class AskForm(Form):
    """Who is asked in, and for what."""

    membership_id: UUID
    purpose: RingPurpose


@router.post("/calls/{appointment_id}/ring", dependencies=[CsrfProtected])
def ring_missing(actor: Ringer, unit: WriteUnit, form: PostedForm, appointment_id: UUID) -> Response:
    """Ring whoever is missing; a refusal is told in words, in the call itself."""
    sent = parse(WhomForm, form).value
    if sent is None:
        return JSONResponse({"detail": t("errors.colleague-unknown")}, 422)
    try:
        service.ring_missing(unit.session, actor, appointment_id, sent.whom, now=unit.now)
    except DomainError as error:
        return JSONResponse({"detail": t(f"errors.{error.code}", **error.facts)}, error.status)
    return Response(status_code=204)


@router.get("/calls/{appointment_id}/colleagues")
def colleagues(request: Request, actor: Inviter, unit: ReadUnit, appointment_id: UUID) -> Response:
    """Show the doctor of a call whom they may ask in, and how those answer."""
    return render(request, _page(unit, actor, appointment_id))


@router.post("/calls/{appointment_id}/ask", dependencies=[CsrfProtected])
def ask_in(
    request: Request, actor: Inviter, unit: WriteUnit, form: PostedForm, appointment_id: UUID
) -> Response:
    """Ring a colleague to come into the call."""
    sent = parse(AskForm, form).value
    refusal = "" if sent else t("errors.colleague-unknown")
    if sent is not None:
        try:
            who, what = sent.membership_id, sent.purpose
            service.ask_in(unit.session, actor, appointment_id, who, what, now=unit.now)
        except DomainError as error:
            refusal = error_text(error)
    return render(request, _page(unit, actor, appointment_id, refusal), 422 if refusal else 200)


@router.post("/call-rings/{ring_id}/accept", dependencies=[CsrfProtected])
def accept(actor: Answerer, unit: WriteUnit, ring_id: UUID) -> Response:
    """Come: straight into the call."""
    ring = service.accept(unit.session, actor, ring_id, now=unit.now)
    return redirect(f"/calls/{ring.appointment_id}")


@router.post("/call-rings/{ring_id}/decline", dependencies=[CsrfProtected])
def decline(actor: Answerer, unit: WriteUnit, ring_id: UUID) -> Response:
    """Say no; whoever rang sees it at once."""
    service.decline(unit.session, actor, ring_id, now=unit.now)
    return redirect("/")


def call_rings(unit: Unit, actor: MembershipActor) -> tuple[CallRingView, ...]:
    """Return what rings for the reader to come into a call; it names no patient."""
    rings = queries.list_ringing(unit.session, actor, now=unit.now)
    if not rings:
        return ()
    people = describe(unit.session, {ring.rung_by for ring in rings})
    stations = {ring.id: get_by_id(unit.session, ring.appointment_id).station_facility_id for ring in rings}
    places = names_of(unit.session, set(stations.values()))
    return tuple(
        CallRingView(
            id=f"call-{ring.id}",
            title=t(f"calls.ring.{ring.purpose}", name=f"{card.title} {card.name}".strip()),
            text=t("calls.ring.text", station=places[stations[ring.id]]),
            accept_label=t(f"calls.ring.{'take' if ring.purpose == RingPurpose.HAND_OVER else 'accept'}"),
            accept_action=f"/call-rings/{ring.id}/accept",
            decline_action=f"/call-rings/{ring.id}/decline",
        )
        for ring in rings
        for card in (people[ring.rung_by],)
    )


def _page(unit: Unit, actor: MembershipActor, appointment_id: UUID, refusal: str = "") -> ColleaguesPage:
    people = service.list_colleagues(unit.session, actor, appointment_id, now=unit.now)
    room = queries.find_room(unit.session, appointment_id)
    rings = queries.list_room_rings(unit.session, room.id) if room else []
    latest = {ring.membership_id: ring for ring in rings if ring.whom == RingWhom.COLLEAGUE}
    return ColleaguesPage(
        here=f"/calls/{appointment_id}/colleagues",
        ask_action=f"/calls/{appointment_id}/ask",
        back_href=f"/calls/{appointment_id}",
        refusal=refusal,
        people=tuple(_view(each, latest.get(each.membership_id), unit) for each in people),
    )


def _view(person: Colleague, ring: CallRing | None, unit: Unit) -> ColleagueView:
    about = [person.facility, *(t("calls.ask.language", code=code) for code in person.languages)]
    if person.is_on_duty:
        about.append(t("calls.ask.on_duty"))
    if person.is_in_call:
        about.append(t("calls.ask.in_call"))
    return ColleagueView(
        id=str(person.membership_id),
        name=person.name,
        about=" · ".join(about),
        state=_state(ring, unit),
        asks=asks(is_doctor=person.is_doctor),
    )


def _state(ring: CallRing | None, unit: Unit) -> str:
    """Return how the last ring fared; one that nobody answered in time says so."""
    if ring is None or ring.state == RingState.WITHDRAWN:
        return ""
    is_missed = ring.state == RingState.RINGING and ring.until_at <= unit.now
    return t("calls.ask.state.missed" if is_missed else f"calls.ask.state.{ring.state}")
