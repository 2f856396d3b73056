"""Confirming a hold, and what can be done with an appointment afterwards."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, WriteRuns, WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.patients.queries import card_of, get_patient
from telehealth.scheduling import queries, service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import SPECIALIST_SERVICE, PatientPlace
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from web.booking.forms import AbsenceForm, CancelForm, ConfirmForm, SlotFilter
from web.booking.narrowing import Narrowed, read_narrowed, slots_address
from web.booking.pages import ConfirmPage, place_options, steps
from web.booking.preview import contact_text, previews
from web.booking.showing import appointment_page, day_line, plain_rows, slip_page
from web.formatting import clock_text, time_text
from web.forms import FormView, filled, parse, version_of
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import person_view
from web.visits.pressing import pressing_of

router = APIRouter(prefix="/appointments", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("appointment.read")]
Booker = Annotated[MembershipActor, Allow("appointment.book")]
Canceller = Annotated[MembershipActor, Allow("appointment.cancel")]
Receptionist = Annotated[MembershipActor, Allow("appointment.check_in")]
Runner = Annotated[MembershipActor, Allow("appointment.run")]


@router.get("/{appointment_id}/confirm")
def confirm_page(
    request: Request,
    actor: Booker,
    unit: WriteUnit,
    settings: AppSettings,
    appointment_id: UUID,
    narrowed: str = "",
) -> Response:
    """Show the held slot with the time that is left; once it is over, lead back to the slots as narrowed."""
    held = service.read_appointment(unit.session, actor, appointment_id, now=unit.now)
    chosen, is_over = _chosen(unit, held, narrowed), held.status == AppointmentState.EXPIRED
    if held.status != AppointmentState.HELD and not is_over:
        return redirect(f"/appointments/{held.id}")
    if is_over or held.hold_expires_at is None or held.hold_expires_at <= unit.now:
        return redirect(_slots(unit, held, chosen, refused="hold-expired"))
    view = filled({"patient_place": held.patient_place})
    return render(request, _confirm_page(actor, unit, settings, held, view, chosen))


@router.post("/{appointment_id}/confirm", dependencies=[CsrfProtected])
def confirm_appointment(
    request: Request,
    actor: Booker,
    writer: WriteRuns,
    settings: AppSettings,
    appointment_id: UUID,
    form: PostedForm,
    narrowed: str = "",
) -> Response:
    """Book the held slot; what was wrong or too late leads on, with everything kept."""
    sent = parse(ConfirmForm, form)

    def work(unit: Unit) -> Response:
        held = queries.get_appointment(unit.session, actor, appointment_id, now=unit.now)
        view = sent.view
        is_home = sent.value is not None and sent.value.patient_place is PatientPlace.HOME
        if is_home and not contact_text(unit.session, held.patient_id)[1]:
            view = view.with_error("patient_place", t("booking.home_needs_phone"))
        if sent.value is None or view.errors:
            chosen = _chosen(unit, held, narrowed)
            return render(request, _confirm_page(actor, unit, settings, held, view, chosen), 422)
        booked = service.confirm(
            unit.session,
            actor,
            held.id,
            version=sent.value.version,
            now=unit.now,
            patient_place=sent.value.patient_place,
        )
        return redirect(f"/appointments/{held.id}?done={booked.status}")

    try:
        return writer.run(work)
    except DomainError as error:
        if error.code == "hold-expired":
            kept = f"?narrowed={quote(narrowed)}" if narrowed else ""
            return redirect(f"/appointments/{appointment_id}/confirm{kept}")
        if error.code in ("stale-version", "invalid-transition"):
            return redirect(f"/appointments/{appointment_id}")
        raise


@router.post("/{appointment_id}/release", dependencies=[CsrfProtected])
def release_appointment(actor: Booker, unit: WriteUnit, appointment_id: UUID, narrowed: str = "") -> Response:
    """Give the held slot back and choose again, narrowed as before."""
    held = service.release(unit.session, actor, appointment_id, now=unit.now)
    return redirect(_slots(unit, held, _chosen(unit, held, narrowed)))


@router.get("/{appointment_id}")
def appointment_page_of(
    request: Request,
    actor: Reader,
    unit: WriteUnit,
    settings: AppSettings,
    appointment_id: UUID,
    done: str = "",
) -> Response:
    """Show an appointment; the look is on record, the page's own refreshing is not."""
    read = queries.get_appointment if is_refresh(request) else service.read_appointment
    appointment = read(unit.session, actor, appointment_id, now=unit.now)
    if appointment.status == AppointmentState.HELD:
        return redirect(f"/appointments/{appointment.id}/confirm")
    return render(request, appointment_page(actor, unit, settings, appointment, FormView(), done=done))


@router.get("/{appointment_id}/slip")
def appointment_slip_page(request: Request, actor: Reader, unit: WriteUnit, appointment_id: UUID) -> Response:
    """Show the slip to print."""
    appointment = service.read_appointment(unit.session, actor, appointment_id, now=unit.now)
    return render(request, slip_page(actor, unit, appointment))


@router.post("/{appointment_id}/cancel", dependencies=[CsrfProtected])
def cancel_appointment_page(
    request: Request,
    actor: Canceller,
    unit: WriteUnit,
    settings: AppSettings,
    appointment_id: UUID,
    form: PostedForm,
) -> Response:
    """Call the appointment off; the patient is told."""
    sent = parse(CancelForm, form)
    if sent.value is None:
        appointment = queries.get_appointment(unit.session, actor, appointment_id, now=unit.now)
        return render(request, appointment_page(actor, unit, settings, appointment, sent.view), 422)
    service.cancel(
        unit.session,
        actor,
        appointment_id,
        reason=sent.value.reason,
        version=sent.value.version,
        now=unit.now,
    )
    return redirect(f"/appointments/{appointment_id}?done=cancelled")


@router.post("/{appointment_id}/check-in", dependencies=[CsrfProtected])
def check_in_page(actor: Receptionist, unit: WriteUnit, appointment_id: UUID, form: PostedForm) -> Response:
    """Note that the patient is at the station."""
    version = version_of(form)
    service.check_in(unit.session, actor, appointment_id, version=version, now=unit.now)
    return redirect(f"/appointments/{appointment_id}?done=checked_in")


@router.post("/{appointment_id}/no-show", dependencies=[CsrfProtected])
def no_show_page(
    request: Request,
    actor: Runner,
    unit: WriteUnit,
    settings: AppSettings,
    appointment_id: UUID,
    form: PostedForm,
) -> Response:
    """Note who did not come."""
    sent = parse(AbsenceForm, form)
    if sent.value is None:
        appointment = queries.get_appointment(unit.session, actor, appointment_id, now=unit.now)
        return render(request, appointment_page(actor, unit, settings, appointment, sent.view), 422)
    service.note_absence(
        unit.session,
        actor,
        appointment_id,
        party=sent.value.party,
        version=sent.value.version,
        now=unit.now,
    )
    return redirect(f"/appointments/{appointment_id}?done=no_show")


def _chosen(unit: Unit, held: Appointment, narrowed: str) -> SlotFilter:
    """Return how the list was narrowed that a slot was held from, else what the hold itself says."""
    told = read_narrowed(keyring_of(unit.session), held.visit_id, narrowed)
    if told != Narrowed():
        return told.filter
    code = queries.get_service_of(unit.session, held).code
    service = SPECIALIST_SERVICE if code == SPECIALIST_SERVICE else None
    return SlotFilter(priority=held.priority, pool=held.pool_id, service=service)


def _slots(unit: Unit, held: Appointment, chosen: SlotFilter, *, refused: str = "") -> str:
    return slots_address(keyring_of(unit.session), held.visit_id, chosen, refused=refused)


def _confirm_page(
    actor: MembershipActor,
    unit: Unit,
    settings: Settings,
    held: Appointment,
    view: FormView,
    chosen: SlotFilter,
) -> ConfirmPage:
    session, now, keyring = unit.session, unit.now, keyring_of(unit.session)
    patient = get_patient(session, actor, held.patient_id, now=now)
    expires_at = held.hold_expires_at or now
    seconds = max(0, int((expires_at - now).total_seconds()))
    contact, can_reach = contact_text(session, held.patient_id)
    card = card_of(session, patient, now=now)
    return ConfirmPage(
        person=person_view(card, is_linked=True),
        steps=steps(),
        back=_slots(unit, held, chosen),
        time=time_text(held.starts_at, policy_of(session).zone),
        day=day_line(held, unit),
        rows=plain_rows(session, held),
        seconds=seconds,
        total=max(seconds, queries.get_service_of(session, held).hold_seconds),
        clock=clock_text(seconds),
        form=view,
        places=place_options(),
        contact=contact,
        previews=previews(session, held.station_facility_id, held.starts_at, brand=settings.sms_brand)
        if can_reach
        else (),
        address=slots_address(keyring, held.visit_id, chosen, path=f"/appointments/{held.id}/confirm"),
        release=slots_address(keyring, held.visit_id, chosen, path=f"/appointments/{held.id}/release"),
        version=held.version,
        pressing=pressing_of(unit, actor, held.visit_id, card, station_id=held.station_facility_id),
    )
