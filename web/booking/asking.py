"""The request: what the station writes down before any slot is chosen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from telehealth.access.deps import Allow
from telehealth.facilities.queries import list_tiers
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.patients import service as patients
from telehealth.patients.queries import card_of
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import list_doctors, list_specialties
from telehealth.urgent import service as urgent
from telehealth.urgent.errors import AlreadyOpenError
from telehealth.urgent.rules import priority_of
from web.booking.forms import ASKED, RequestForm, RingingRequestForm, SlotFilter
from web.booking.known import known_view, open_requested
from web.booking.measuring import measuring_of, rare_name, with_impossible
from web.booking.narrowing import slots_address
from web.booking.pages import RequestPage, kind_options, steps
from web.forms import FormView, Option, error_text, filled, parse
from web.i18n import t
from web.render import go_on, render
from web.security import CsrfProtected, PostedForm
from web.urgent.kept import press_address
from web.urgent.pages import sign_options
from web.visits.people import person_view

router = APIRouter(prefix="/patients", include_in_schema=False)

Opener = Annotated[MembershipActor, Allow("visit.open")]


@router.get("/{patient_id}/request")
def request_page(request: Request, actor: Opener, unit: WriteUnit, patient_id: UUID) -> Response:
    """Show the empty request; looking at the patient is on record."""
    view = filled({"id": new_id(), "priority": "routine"})
    return render(request, _page(actor, unit, patient_id, view, ()))


@router.post("/{patient_id}/request", dependencies=[CsrfProtected])
def send_request(
    request: Request, actor: Opener, unit: WriteUnit, patient_id: UUID, form: PostedForm
) -> Response:
    """Open the visit and go on to the slots, or print the request again with what is wrong."""
    if form.get("act") == "ring":
        return _ring(request, actor, unit, patient_id, form)
    sent = parse(RequestForm, form)
    view = with_impossible(sent.view)
    if sent.value is None or view.errors:
        return render(request, _page(actor, unit, patient_id, view, ()), 422)
    unusual = () if sent.value.is_sure else tuple(sent.value.unusual)
    if unusual:
        view = sent.view.with_error("is_sure", t("booking.unusual_error"))
        return render(request, _page(actor, unit, patient_id, view, unusual), 422)
    try:
        visit = open_requested(unit, actor, patient_id, sent.value)
    except DomainError as error:
        return _refused(request, actor, unit, patient_id, sent.view, error)
    chosen = SlotFilter(tier=sent.value.tier, priority=sent.value.priority)
    return go_on(request, slots_address(keyring_of(unit.session), visit.id, chosen))


def _ring(request: Request, actor: MembershipActor, unit: Unit, patient_id: UUID, form: FormData) -> Response:
    """Open the visit and ring the doctors on duty; what keeps them from ringing, the press page says."""
    sent = parse(RingingRequestForm, form)
    view = with_impossible(sent.view)
    if sent.value is None or view.errors:
        return render(request, _page(actor, unit, patient_id, view, ()), 422)
    try:
        visit = open_requested(unit, actor, patient_id, sent.value)
    except DomainError as error:
        return _refused(request, actor, unit, patient_id, sent.view, error)
    signs = sent.value.danger
    wanted = urgent.Press(visit_id=visit.id, priority=priority_of(signs), danger_signs=signs)
    try:
        return go_on(request, f"/urgent/{urgent.press(unit.session, actor, wanted, now=unit.now).id}")
    except AlreadyOpenError as error:
        return go_on(request, f"/urgent/{error.request_id}")
    except DomainError as error:
        if error.status != 409:
            raise
        return go_on(request, press_address(keyring_of(unit.session), visit.id, signs, error.code))


def _refused(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    patient_id: UUID,
    view: FormView,
    error: DomainError,
) -> Response:
    """Print the request again with the refusal at its field; what no form can mend goes on."""
    if error.code == "facts-changed":
        view = view.with_error("known_true", error_text(error))
    elif error.status == 422:
        view = view.with_refusal(error)
    else:
        raise error
    return render(request, _page(actor, unit, patient_id, view, ()), 422)


def _page(
    actor: MembershipActor, unit: Unit, patient_id: UUID, view: FormView, unusual: tuple[str, ...]
) -> RequestPage:
    session, now = unit.session, unit.now
    card = card_of(session, patients.read_patient(session, actor, patient_id, now=now), now=now)
    doctors = list_doctors(session, station_id=actor.facility_id, on=policy_of(session).local_date(now))
    with_doctors = {code for doctor in doctors for code in doctor.specialty_codes}
    tiers = {doctor.tier_code for doctor in doctors}
    measuring = measuring_of(unit, actor, card, view)
    return RequestPage(
        person=person_view(card, is_linked=True),
        steps=steps(),
        form=view,
        pressure=measuring.pressure,
        vitals=measuring.others,
        pressing=measuring.pressing,
        ranges_note=measuring.ranges_note,
        unusual=tuple(rare_name(code, view) for code in unusual),
        priorities=tuple(
            Option(each, t(f"booking.priority.{each}"), t(f"booking.priority_hint.{each}")) for each in ASKED
        ),
        kinds=kind_options(),
        specialties=tuple(
            Option(each.code, each.name) for each in list_specialties(session) if each.code in with_doctors
        ),
        tiers=tuple(Option(tier.code, tier.name) for tier in list_tiers(session) if tier.code in tiers),
        signs=sign_options(),
        known=known_view(unit, actor, patient_id),
    )
