"""The press: the button with what may be ticked before, and what keeps it from ringing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.duty.queries import list_pools_for
from telehealth.facilities.queries import facilities_of, supporters_of
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.scheduling.queries import find_for_visit
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import queries, service
from telehealth.urgent.errors import VISIT_OVER, AlreadyOpenError, OpenElsewhereError
from telehealth.urgent.rules import is_to_come, priority_of
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.service import read_visit
from telehealth.visits.states import VisitState
from web.formatting import datetime_text
from web.forms import FormView, filled, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.urgent.forms import PressForm
from web.urgent.kept import read_kept
from web.urgent.pages import PressPage, sign_options
from web.urgent.views import phones_of
from web.visits.people import person_view

router = APIRouter(include_in_schema=False)

Ringer = Annotated[MembershipActor, Allow("urgent.ring")]


@router.get("/visits/{visit_id}/ring")
def press_page(request: Request, actor: Ringer, unit: WriteUnit, visit_id: UUID, kept: str = "") -> Response:
    """Show the button; a patient who is rung for already, or the visit's own case, leads there instead."""
    visit = read_visit(unit.session, actor, visit_id, now=unit.now)
    try:
        service.require_alone(unit.session, visit.patient_id, actor.here)
    except AlreadyOpenError as error:
        return redirect(f"/urgent/{error.request_id}")
    except OpenElsewhereError as error:
        return render(request, _page(actor, unit, visit, filled({}), refusal_text(error.code)))
    case = queries.find_case_of(unit.session, visit_id)
    if case is not None:
        return redirect(f"/urgent/{case.id}")
    told = read_kept(keyring_of(unit.session), visit_id, kept)
    refusal = refusal_text(told.refused) if told.refused else ""
    return render(request, _page(actor, unit, visit, filled({"danger": told.signs}), refusal))


@router.post("/visits/{visit_id}/ring", dependencies=[CsrfProtected])
def press_button(
    request: Request, actor: Ringer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Ring the doctors on duty; any sign of danger makes it an emergency."""
    sent = parse(PressForm, form)
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    if sent.value is None:
        return render(request, _page(actor, unit, visit, sent.view), 422)
    signs = sent.value.danger
    wanted = service.Press(visit_id=visit_id, priority=priority_of(signs), danger_signs=signs)
    try:
        rung = service.press(unit.session, actor, wanted, now=unit.now)
    except AlreadyOpenError as error:
        return redirect(f"/urgent/{error.request_id}")
    except DomainError as error:
        if error.status != 409:
            raise
        words = refusal_text(error.code)
        return render(request, _page(actor, unit, visit, sent.view, words), error.status)
    return redirect(f"/urgent/{rung.id}")


def refusal_text(code: str) -> str:
    """Return why nobody was rung; of a visit that is over it says what to do, not where its words are."""
    return t("urgent.visit_over") if code == VISIT_OVER else t(f"errors.{code}")


def _page(actor: MembershipActor, unit: Unit, visit: Visit, form: FormView, refusal: str = "") -> PressPage:
    """Return the page; a station whom no pool answers reads it before it presses, with whom to phone."""
    session, on = unit.session, policy_of(unit.session).local_date(unit.now)
    is_over = visit.state != VisitState.OPEN
    refusal = refusal or (refusal_text(VISIT_OVER) if is_over else "")
    card = find_cards(session, actor, [visit.patient_id], now=unit.now)[visit.patient_id]
    pools = list_pools_for(session, station_id=actor.here, on=on)
    if pools:
        found = facilities_of(session, {pool.facility_id for pool in pools})
        places = [found[each] for each in dict.fromkeys(pool.facility_id for pool in pools)]
    else:
        places = supporters_of(session, actor.here, on)
        refusal = refusal or refusal_text("no-urgent-pool")
    return PressPage(
        back_href=f"/visits/{visit.id}",
        person=person_view(card),
        form=form,
        signs=sign_options(),
        phones=phones_of(places),
        refusal=refusal,
        keeps=_keeps(actor, unit, visit),
        anew_href=f"/patients/{visit.patient_id}/request" if is_over else "",
    )


def _keeps(actor: MembershipActor, unit: Unit, visit: Visit) -> str:
    """Return that the visit's time still to come stays, and what is rung for instead."""
    appointment = find_for_visit(unit.session, actor, visit.id, now=unit.now)
    if appointment is None or not is_to_come(appointment.status, appointment.starts_at, unit.now):
        return ""
    return t("urgent.keeps", time=datetime_text(appointment.starts_at, policy_of(unit.session).zone))
