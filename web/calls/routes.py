"""Routes of a call's pages: staff under /calls, patients under their opened link."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import JSONResponse

from telehealth.access.deps import Allow
from telehealth.access.rules import ConsultKind, can
from telehealth.calls import queries, service
from telehealth.calls.rules import JOINABLE, NOTICES
from telehealth.calls.states import RoomState
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility, reached_at
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink
from telehealth.patients.queries import find_cards
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.urgent import service as urgent
from telehealth.visits.attached import find_visit_of_link
from telehealth.visits.queries import list_visits
from telehealth.visits.states import VisitState
from web.attachments.views import own_cards_of
from web.calls.outcome import outcome_page
from web.calls.pages import (
    CallPage,
    CheckPage,
    OverPage,
    PhoneFallback,
    StagePage,
    WaitPage,
    addresses,
    measuring,
    patient_photos,
    patient_stills,
    setup_text,
    stage_addresses,
    stage_text,
    visit_stills,
    waiting_text,
)
from web.calls.photos import photos_of
from web.chrome import PatientChrome
from web.formatting import day_text, time_text
from web.forms import Form, Tick, parse
from web.i18n import t
from web.links.views import chrome_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.urgent.called import when_text

router = APIRouter(include_in_schema=False)

Joiner = Annotated[MembershipActor, Allow("call.join")]
Admitter = Annotated[MembershipActor, Allow("call.admit")]
Patient = Annotated[LinkActor, AllowLink("join")]


class TicketForm(Form):
    """How a patient's phone wants to come in."""

    co_located: Tick = False


class NoticeForm(Form):
    """What those who wait are told: about so many minutes yet."""

    minutes: int


@router.get("/calls/{appointment_id}")
def call_page(request: Request, actor: Joiner, unit: WriteUnit, appointment_id: UUID) -> Response:
    """Show the call of an appointment to its doctor or its station."""
    appointment = service.look_in(unit.session, actor, appointment_id, now=unit.now)
    urgent.attend(unit.session, actor, appointment_id, now=unit.now)
    return render(request, _call_page(unit, actor, appointment))


@router.get("/calls/{appointment_id}/outcome")
def outcome(request: Request, actor: Joiner, unit: ReadUnit, appointment_id: UUID) -> Response:
    """Show what a call has led to and what comes next; nothing of a visit its reader may not read."""
    appointment = queries.get_joinable(unit.session, actor, appointment_id, now=unit.now)
    found = list_visits(unit.session, actor, [appointment.visit_id], now=unit.now)
    href = _record_href(actor, appointment)
    return render(request, outcome_page(unit, actor, appointment, next(iter(found), None), record_href=href))


@router.post("/calls/{appointment_id}/ticket", dependencies=[CsrfProtected])
def call_ticket(actor: Joiner, unit: WriteUnit, appointment_id: UUID) -> JSONResponse:
    """Give the page a ticket for its socket."""
    urgent.attend(unit.session, actor, appointment_id, now=unit.now)
    return _ticket(service.issue_ticket(unit.session, actor, appointment_id, now=unit.now))


@router.post("/calls/{appointment_id}/members/{member_id}/confirm", dependencies=[CsrfProtected])
def confirm_member(actor: Admitter, unit: WriteUnit, appointment_id: UUID, member_id: UUID) -> Response:
    """Note that a patient in the call was recognised."""
    service.confirm_identity(unit.session, actor, appointment_id, member_id, now=unit.now)
    return Response(status_code=204)


@router.post("/calls/{appointment_id}/notice", dependencies=[CsrfProtected])
def tell_waiting(
    request: Request, actor: Admitter, unit: WriteUnit, form: PostedForm, appointment_id: UUID
) -> Response:
    """Have those who wait for a call told how long it takes yet; the queue's form goes back to the queue."""
    sent = parse(NoticeForm, form).value
    minutes = sent.minutes if sent else 0
    service.tell_waiting(unit.session, actor, appointment_id, minutes, now=unit.now)
    is_script = request.headers.get("accept") == "application/json"
    return Response(status_code=204) if is_script else redirect("/queue")


@router.get("/p/{opening_id}/call/check")
def check_page(request: Request, actor: Patient, unit: ReadUnit) -> Response:
    """Let a patient try camera, microphone and loudspeaker; or say that there is no call any more."""
    appointment = queries.get_joinable(unit.session, actor, actor.subject_id, now=unit.now)
    over = _over_page(unit, appointment)
    if over is not None:
        return render(request, over)
    ways = addresses(f"/p/{actor.opening_id}/call")
    is_at_station = appointment.patient_place == PatientPlace.STATION
    page = CheckPage(
        chrome=_chrome(unit, appointment),
        is_at_station=is_at_station,
        **ways,
        **measuring(f"/p/{actor.opening_id}/call"),
    )
    return render(request, page)


@router.get("/p/{opening_id}/call")
def patient_call_page(
    request: Request,
    actor: Patient,
    unit: ReadUnit,
    audio: bool = False,
    beside: bool = False,
) -> Response:
    """Show a patient the waiting room, which becomes the call; or that there is no call any more."""
    appointment = queries.get_joinable(unit.session, actor, actor.subject_id, now=unit.now)
    over = _over_page(unit, appointment)
    if over is not None:
        return render(request, over)
    base = f"/p/{actor.opening_id}"
    call = f"{base}/call"
    visit = find_visit_of_link(unit.session, actor)
    page = WaitPage(
        chrome=_chrome(unit, appointment),
        setup=waiting_text(
            ticketUrl=f"{call}/ticket",
            overUrl=call,
            coLocated=beside,
            audioOnly=audio,
            stage=stage_addresses(call, is_beside=beside),
        ),
        time=time_text(appointment.starts_at, policy_of(unit.session).zone),
        day=_day(unit, appointment),
        check_href=f"{call}/check",
        again_href=f"{call}?{request.url.query}".rstrip("?"),
        photos=patient_photos(base),
        sent=own_cards_of(unit, actor, visit) if visit else (),
    )
    return render(request, page)


@router.get("/p/{opening_id}/call/stage")
def patient_stage(request: Request, actor: Patient, unit: ReadUnit, beside: bool = False) -> Response:
    """Give the waiting room what it becomes once its patient is admitted; 410 where no call can come."""
    appointment = queries.get_joinable(unit.session, actor, actor.subject_id, now=unit.now)
    over = _over_page(unit, appointment)
    if over is not None:
        return render(request, over, status.HTTP_410_GONE)
    ways, visit = patient_stills(f"/p/{actor.opening_id}"), find_visit_of_link(unit.session, actor)
    page = StagePage(
        chrome=_chrome(unit, appointment),
        setup=stage_text(stills=ways),
        shown=photos_of(unit, actor, visit.id, ways) if visit else (),
        is_beside=beside,
        wait_href=f"/p/{actor.opening_id}/call",
    )
    return render(request, page)


@router.post("/p/{opening_id}/call/ticket", dependencies=[CsrfProtected])
def patient_call_ticket(actor: Patient, unit: WriteUnit, form: PostedForm) -> JSONResponse:
    """Give a patient's page a ticket: to the waiting room, and to the call once admitted."""
    sent = parse(TicketForm, form).value or TicketForm()
    return _ticket(
        service.issue_ticket(unit.session, actor, actor.subject_id, now=unit.now, co_located=sent.co_located)
    )


def _ticket(ticket: str) -> JSONResponse:
    return JSONResponse({"ticket": ticket}, 201)


def _call_page(unit: Unit, actor: MembershipActor, appointment: Appointment) -> CallPage:
    cards = find_cards(unit.session, actor, [appointment.patient_id], now=unit.now)
    card = cards.get(appointment.patient_id)
    doctor = describe(unit.session, {appointment.doctor_membership_id})[appointment.doctor_membership_id]
    station = get_facility(unit.session, appointment.station_facility_id)
    base, visit = f"/calls/{appointment.id}", f"/visits/{appointment.visit_id}"
    found = list_visits(unit.session, actor, [appointment.visit_id], now=unit.now)
    is_signed = any(each.state == VisitState.SIGNED for each in found)
    is_doctor = actor.ref == appointment.doctor_membership_id
    is_guest = not is_doctor and queries.find_asked_in(unit.session, appointment.id, actor.ref) is not None
    record_href = "" if is_guest else _record_href(actor, appointment)
    ways = None if is_guest else visit_stills(appointment.visit_id)
    return CallPage(
        setup=setup_text(
            ticketUrl=f"{base}/ticket",
            confirmUrl=f"{base}/members",
            noticeUrl=f"{base}/notice" if is_doctor else "",
            ringUrl=f"{base}/ring",
            coLocated=False,
            audioOnly=False,
            isHome=appointment.patient_place == PatientPlace.HOME,
            stills=ways,
        ),
        is_doctor=is_doctor,
        notices=NOTICES if is_doctor else (),
        patient=card.full_name if card else queries.get_patient_name(unit.session, appointment.patient_id),
        about=card.birth_label if card else "",
        place=station.short_name,
        doctor=f"{doctor.title} {doctor.name}".strip(),
        when=when_text(unit, appointment),
        record_href=record_href,
        measure_href="" if record_href or is_guest or is_signed else f"{visit}/station",
        guest_record_href=visit if is_guest and card else "",
        has_stills=not is_guest,
        shown=photos_of(unit, actor, appointment.visit_id, ways) if ways else (),
        colleagues_href=f"{base}/colleagues" if is_doctor else "",
        later_action="" if is_guest or is_signed else f"{visit}/later",
        outcome_href="" if is_guest else f"{base}/outcome",
        visit_href="" if is_guest and not card else visit,
        rings_href="/ring/quiet" if can(actor, "urgent.answer") else "",
        back_href="/queue" if can(actor, "queue.see") else "/today",
        phone=_phone(
            unit,
            get_facility(unit.session, doctor.facility_id) if actor.facility_id == station.id else station,
        ),
    )


def _record_href(actor: MembershipActor, appointment: Appointment) -> str:
    """Return where the actor writes the record, if they do: the doctor, or the practitioner supported."""
    if actor.ref == appointment.doctor_membership_id:
        return f"/cases/{appointment.id}"
    is_supported = appointment.consult_kind == ConsultKind.FACILITY_SUPPORT
    return f"/visits/{appointment.visit_id}/write" if is_supported and can(actor, "visit.write") else ""


def _over_page(unit: Unit, appointment: Appointment) -> OverPage | None:
    """Return what to say instead of the waiting room, if there is nothing to wait for."""
    room = queries.find_room(unit.session, appointment.id)
    chrome = _chrome(unit, appointment)
    if appointment.status == AppointmentState.NO_SHOW:
        return OverPage(chrome=chrome, title=t("calls.over.missed_title"), text=t("calls.over.missed"))
    if room is not None and room.state == RoomState.ENDED:
        return OverPage(chrome=chrome, title=t("calls.over.title"), text=t(f"calls.over.{room.end_reason}"))
    if appointment.status not in JOINABLE:
        return OverPage(chrome=chrome, title=t("calls.over.not_open_title"), text=t("calls.over.not_open"))
    return None


def _chrome(unit: Unit, appointment: Appointment) -> PatientChrome:
    station = get_facility(unit.session, appointment.station_facility_id)
    return replace(chrome_of(_reached(unit, station)), facility=station.name)


def _reached(unit: Unit, facility: Facility) -> Facility:
    """Return whose number is shown for a facility: a point often has none, and its station answers for it."""
    return reached_at(unit.session, facility, policy_of(unit.session).local_date(unit.now))


def _phone(unit: Unit, facility: Facility) -> PhoneFallback:
    facility = _reached(unit, facility)
    if facility.phone is None:
        return PhoneFallback(facility=facility.short_name)
    return PhoneFallback(
        facility=facility.short_name, number=display(facility.phone), href=f"tel:{facility.phone}"
    )


def _day(unit: Unit, appointment: Appointment) -> str:
    policy = policy_of(unit.session)
    return day_text(appointment.starts_at, policy.local_date(unit.now), policy.zone)
