"""A patient's links at the station: sent anew, unlocked, ended in two taps, printed for who has no phone."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.followup import service
from telehealth.followup.queries import LinkSubject, find_link_subject, station_of
from telehealth.followup.rules import BRING, SUBJECT_OF_PURPOSE, Subject
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.leaflets.queries import get_own_visit, list_own_visits
from telehealth.leaflets.rules import Sent
from telehealth.leaflets.service import send_link
from telehealth.links import queries
from telehealth.links.models import LinkOpening, PatientLink
from telehealth.links.queries import LinkCard
from telehealth.links.service import read_links
from telehealth.links.states import LinkState
from telehealth.messaging.rules import link_address
from telehealth.messaging.states import MessageState
from telehealth.patients.queries import get_patient, list_contacts
from telehealth.patients.rules import OUTSIDE_FAMILY
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits.models import Visit
from web.formatting import date_text, datetime_text, long_date_text, time_text
from web.i18n import t
from web.links.desk_pages import LinkLine, LinkSlipPage, LinksPage, VisitLine, sendable
from web.render import redirect, render
from web.security import CsrfProtected
from web.staff.printing import qr_of

router = APIRouter(prefix="/patients/{patient_id}/links", include_in_schema=False)

Keeper = Annotated[MembershipActor, Allow("link.manage")]

_DONE: Final = frozenset({"sent", "unlocked", "ended", "made", "unsent"})


@router.get("")
def links_page(
    request: Request, actor: Keeper, unit: WriteUnit, patient_id: UUID, done: str = ""
) -> Response:
    """Show a patient's links and the phones they are open on."""
    patient = get_patient(unit.session, actor, patient_id, now=unit.now)
    cards = read_links(unit.session, actor, patient_id=patient_id, now=unit.now)
    page = LinksPage(
        patient=patient.full_name,
        patient_href=f"/patients/{patient_id}",
        done=t(f"links.desk.done.{done}") if done in _DONE else "",
        visits=tuple(
            _visit(unit, each) for each in list_own_visits(unit.session, actor, patient_id, now=unit.now)
        ),
        sendable=sendable(),
        links=tuple(_line(unit, actor, card) for card in cards),
    )
    return render(request, page)


@router.post("/visits/{visit_id}/{purpose}", dependencies=[CsrfProtected])
def send_of_visit(
    actor: Keeper, unit: WriteUnit, patient_id: UUID, visit_id: UUID, purpose: Sent
) -> Response:
    """Send a link to the doctor's words, the medicine days or the papers of a signed visit."""
    get_own_visit(unit.session, actor, visit_id, patient_id=patient_id, now=unit.now)
    _, message = send_link(unit.session, actor, visit_id, purpose, now=unit.now)
    done = "unsent" if message.state == MessageState.SKIPPED else "made"
    return redirect(f"/patients/{patient_id}/links?done={done}")


@router.post("/{link_id}/new", dependencies=[CsrfProtected])
def send_new(actor: Keeper, unit: WriteUnit, patient_id: UUID, link_id: UUID) -> Response:
    """End a link everywhere and send a new one."""
    _own(unit, actor, patient_id, link_id)
    message = service.reissue_link(unit.session, actor, link_id, now=unit.now)
    done = "unsent" if message.state == MessageState.SKIPPED else "sent"
    return redirect(f"/patients/{patient_id}/links?done={done}")


@router.post("/{link_id}/unlock", dependencies=[CsrfProtected])
def unlock(actor: Keeper, unit: WriteUnit, patient_id: UUID, link_id: UUID) -> Response:
    """Let the year be tapped anew on a locked link."""
    _own(unit, actor, patient_id, link_id)
    service.unlock_link(unit.session, actor, link_id, now=unit.now)
    return redirect(f"/patients/{patient_id}/links?done=unlocked")


@router.post("/{link_id}/end", dependencies=[CsrfProtected])
def end(actor: Keeper, unit: WriteUnit, patient_id: UUID, link_id: UUID) -> Response:
    """End a link on every phone."""
    _own(unit, actor, patient_id, link_id)
    service.revoke_link(unit.session, actor, link_id, now=unit.now)
    return redirect(f"/patients/{patient_id}/links?done=ended")


@router.post("/{link_id}/slip", dependencies=[CsrfProtected])
def make_slip(actor: Keeper, unit: WriteUnit, patient_id: UUID, link_id: UUID) -> Response:
    """Make a further way into a link, for paper, and show the slip.

    Where its code could be sent nowhere the paper says itself what the link would have shown.
    """
    if service.is_for_paper(unit.session, _own(unit, actor, patient_id, link_id)):
        return redirect(f"/patients/{patient_id}/links/{link_id}/paper")
    service.slip_token(unit.session, actor, link_id, None, now=unit.now)
    number = queries.count_tokens(unit.session, link_id)
    return redirect(f"/patients/{patient_id}/links/{link_id}/slip/{number}")


@router.get("/{link_id}/slip/{number}")
def slip_page(
    request: Request,
    actor: Keeper,
    unit: WriteUnit,
    settings: AppSettings,
    patient_id: UUID,
    link_id: UUID,
    number: int,
) -> Response:
    """Show a slip to be printed; raise `link-not-found` for a number that was never given out."""
    link = _own(unit, actor, patient_id, link_id)
    if not 1 <= number <= queries.count_tokens(unit.session, link_id):
        raise NotFoundError("link-not-found")
    token = service.slip_token(unit.session, actor, link_id, number, now=unit.now)
    subject = find_link_subject(unit.session, link, now=unit.now)
    if subject is None:
        raise NotFoundError("link-not-found")
    return render(request, _slip(unit, actor, patient_id, subject, link_address(settings.base_url, token)))


def _own(unit: Unit, actor: MembershipActor, patient_id: UUID, link_id: UUID) -> PatientLink:
    return queries.get_link(unit.session, actor, link_id, patient_id=patient_id, now=unit.now)


def _line(unit: Unit, actor: MembershipActor, card: LinkCard) -> LinkLine:
    zone = policy_of(unit.session).zone
    is_over = card.expires_at <= unit.now
    station_id = station_of(unit.session, SUBJECT_OF_PURPOSE[card.purpose], card.subject_id)
    is_live = card.state is not LinkState.REVOKED and not is_over and station_id == actor.facility_id
    shown = "over" if is_over and card.state is not LinkState.REVOKED else card.state
    kinds = {"over": "", LinkState.OPEN: "ok", LinkState.LOCKED: "error", LinkState.REVOKED: ""}
    return LinkLine(
        id=str(card.id),
        purpose=t(f"links.purposes.{card.purpose}"),
        until=t("links.desk.until", at=datetime_text(card.expires_at, zone)),
        state=t(f"links.desk.{shown}"),
        kind=kinds[shown],
        phones=tuple(_phone(unit, each) for each in card.openings if each.ended_at is None),
        can_unlock=is_live and card.state is LinkState.LOCKED,
        can_end=is_live,
    )


def _visit(unit: Unit, visit: Visit) -> VisitLine:
    doctor_id = visit.doctor_membership_id
    doctor = describe(unit.session, {doctor_id}).get(doctor_id) if doctor_id else None
    who = f"{doctor.title} {doctor.name}".strip() if doctor else ""
    day = date_text(visit.occurred_at, policy_of(unit.session).zone)
    return VisitLine(str(visit.id), t("links.desk.visit_of", date=day, who=who))


def _phone(unit: Unit, opening: LinkOpening) -> str:
    at = datetime_text(opening.last_opened_at, policy_of(unit.session).zone)
    return t("links.desk.phone_confirmed" if opening.confirmed_at else "links.desk.phone_opened", at=at)


def _slip(
    unit: Unit, actor: MembershipActor, patient_id: UUID, subject: LinkSubject, url: str
) -> LinkSlipPage:
    zone = policy_of(unit.session).zone
    contacts = list_contacts(unit.session, actor, patient_id, now=unit.now)
    helper = next((each for each in contacts if each.relation in OUTSIDE_FAMILY), None)
    size, path = qr_of(url)
    is_visit = subject.kind is Subject.VISIT
    return LinkSlipPage(
        title=t("links.slip_after_title" if is_visit else "links.slip_title"),
        when_label=t("links.slip_visited" if is_visit else "links.slip_when"),
        code_label=t("links.slip_after_code" if is_visit else "links.slip_code"),
        text=t("links.slip_after_text" if is_visit else "links.slip_text"),
        back=f"/patients/{patient_id}/links",
        facility=subject.station.name,
        phone=display(subject.station.phone) if subject.station.phone else "",
        name=subject.patient_name,
        time=time_text(subject.starts_at, zone),
        date=long_date_text(subject.starts_at, zone),
        place=subject.place.name,
        address=subject.place.address,
        bring=() if is_visit else tuple(t(f"links.bring.{code}") for code in subject.bring or BRING),
        helper=f"{helper.name}, {helper.phone_label}".strip(", ") if helper else "",
        url=url,
        qr_size=size,
        qr_path=path,
    )
