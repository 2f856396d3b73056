"""Another doctor, a break-off and what follows it, an absence taken back, a coordinator's override."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteRuns, WriteUnit, database_of
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.scheduling import pools, service
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Support
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe, list_doctors, list_specialties
from web.agreed.beyond import askable, next_times
from web.agreed.elsewhere import STRANDED, is_elsewhere
from web.agreed.forms import BreakForm, DoctorForm, OverrideForm
from web.agreed.moving import now_at
from web.agreed.pages import DoctorPage, OverridePage, override_options
from web.formatting import date_text, time_text
from web.forms import FormView, Option, filled, parse, version_of
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.words import signature_name

router = APIRouter(prefix="/appointments", include_in_schema=False)

Booker = Annotated[MembershipActor, Allow("appointment.book")]
Runner = Annotated[MembershipActor, Allow("appointment.run")]
Rebooker = Annotated[MembershipActor, Allow("appointment.rebook")]
Coordinator = Annotated[MembershipActor, Allow("appointment.override")]

_POOL = "pool"
_REFUSALS = ("slot-taken", "limit-reached", "outside-availability", "nobody-free", "doctor-or-pool")


@router.get("/{appointment_id}/doctor")
def doctor_page(
    request: Request, actor: Booker, unit: WriteUnit, appointment_id: UUID, doctor: UUID | None = None
) -> Response:
    """Show who is free at the time; `doctor` is chosen already."""
    appointment = service.read_request(unit.session, actor, appointment_id, now=unit.now)
    if not _allows(appointment, AppointmentCommand.REASSIGN):
        return redirect(_home(actor, appointment))
    return render(request, _doctor_page(actor, unit, appointment, filled({"doctor": doctor})))


@router.post("/{appointment_id}/doctor", dependencies=[CsrfProtected])
def change_doctor(
    request: Request, actor: Booker, writer: WriteRuns, appointment_id: UUID, form: PostedForm
) -> Response:
    """Give the time to another doctor; one who is no longer free leads back to those who are."""
    sent = parse(DoctorForm, form)

    def work(unit: Unit) -> Appointment:
        if sent.value is None:
            raise InvalidError("doctor-or-pool", field="doctor")
        return service.reassign(
            unit.session,
            actor,
            appointment_id,
            doctor_membership_id=sent.value.named,
            version=sent.value.version,
            now=unit.now,
        )

    try:
        moved = writer.run(work)
    except DomainError as error:
        if error.code not in _REFUSALS:
            raise
        with database_of(request).read() as unit:
            appointment = scheduling.get_to_arrange(unit.session, actor, appointment_id, now=unit.now)
            view = sent.view if sent.value is None else sent.view.with_refusal(error)
            return render(request, _doctor_page(actor, unit, appointment, view), error.status)
    return redirect(_home(actor, moved, "reassigned"))


@router.post("/{appointment_id}/break-off", dependencies=[CsrfProtected])
def break_off_page(actor: Runner, writer: WriteRuns, appointment_id: UUID, form: PostedForm) -> Response:
    """Note why it broke off and book the earliest time at once; without one only the first is done."""
    sent = parse(BreakForm, form)
    if sent.value is None:
        return redirect(f"/appointments/{appointment_id}")
    reason, version = sent.value.cause, sent.value.version

    def abort(unit: Unit) -> Appointment:
        return service.abort(
            unit.session, actor, appointment_id, reason=reason, version=version, now=unit.now
        )

    def both(unit: Unit) -> Appointment:
        broken = abort(unit)
        return service.rebook(unit.session, actor, broken.id, version=broken.version, now=unit.now)

    try:
        again = writer.run(both)
    except DomainError as error:
        if error.code != "nobody-free":
            raise
        writer.run(abort)
        return redirect(f"/appointments/{appointment_id}?done=broken_off")
    return redirect(f"/appointments/{again.id}?done=rebooked")


@router.post("/{appointment_id}/rebook", dependencies=[CsrfProtected])
def rebook_page(actor: Rebooker, writer: WriteRuns, appointment_id: UUID, form: PostedForm) -> Response:
    """Book the earliest time for what broke off."""
    version = version_of(form)

    def work(unit: Unit) -> Appointment:
        return service.rebook(unit.session, actor, appointment_id, version=version, now=unit.now)

    try:
        again = writer.run(work)
    except DomainError as error:
        if error.code != "nobody-free":
            raise
        return redirect(f"/appointments/{appointment_id}?done=broken_off")
    return redirect(f"/appointments/{again.id}?done=rebooked")


@router.post("/{appointment_id}/undo", dependencies=[CsrfProtected])
def undo_page(actor: Runner, writer: WriteRuns, appointment_id: UUID, form: PostedForm) -> Response:
    """Take back an absence noted in error."""
    version = version_of(form)

    def work(unit: Unit) -> Appointment:
        return service.undo_absence(unit.session, actor, appointment_id, version=version, now=unit.now)

    writer.run(work)
    return redirect(f"/appointments/{appointment_id}?done=undone")


@router.get("/{appointment_id}/override")
def override_page(request: Request, actor: Coordinator, unit: WriteUnit, appointment_id: UUID) -> Response:
    """Show the form that passes the rules."""
    appointment = service.read_request(unit.session, actor, appointment_id, now=unit.now)
    if not _allows(appointment, AppointmentCommand.OVERRIDE):
        return redirect(_home(actor, appointment))
    zone = policy_of(unit.session).zone
    view = filled(
        {
            "day": date_text(appointment.starts_at, zone),
            "clock": time_text(appointment.starts_at, zone),
            "doctor": appointment.doctor_membership_id,
        }
    )
    return render(request, _override_page(actor, unit, appointment, view))


@router.post("/{appointment_id}/override", dependencies=[CsrfProtected])
def override_time(
    request: Request, actor: Coordinator, writer: WriteRuns, appointment_id: UUID, form: PostedForm
) -> Response:
    """Book past the rules; what is taken all the same is refused with everything kept."""
    sent = parse(OverrideForm, form)

    def show(view: FormView, status: int, is_taken: bool = False) -> Response:
        with database_of(request).read() as unit:
            appointment = scheduling.get_to_arrange(unit.session, actor, appointment_id, now=unit.now)
            page = _override_page(actor, unit, appointment, view)
            if sent.value is not None and is_taken:
                service_code = scheduling.get_service_of(unit.session, appointment).code
                times = next_times(actor, unit, sent.value, appointment.patient_id, service_code)
                page = replace(page, nearest=times)
            return render(request, page, status)

    if sent.value is None:
        return show(sent.view, 422)
    asked = sent.value

    def work(unit: Unit) -> Appointment:
        return service.override_move(
            unit.session,
            actor,
            appointment_id,
            starts_at=asked.starts_at(policy_of(unit.session).zone),
            doctor_membership_id=asked.doctor,
            reason=asked.reason,
            version=asked.version,
            now=unit.now,
        )

    try:
        moved = writer.run(work)
    except DomainError as error:
        if error.code not in ("slot-taken", "outside-availability", "bad-override-time"):
            raise
        return show(sent.view.with_refusal(error), error.status, error.code == "slot-taken")
    return redirect(_home(actor, moved, "overridden"))


def _doctor_page(actor: MembershipActor, unit: Unit, appointment: Appointment, view: FormView) -> DoctorPage:
    free = pools.list_stand_ins(unit.session, appointment, now=unit.now)
    cards = describe(unit.session, set(free))
    today = policy_of(unit.session).local_date(unit.now)
    known = {each.membership_id: each for each in list_doctors(unit.session, on=today)}
    called = {each.code: each.name for each in list_specialties(unit.session)}
    options = [
        Option(
            str(each),
            signature_name(cards[each]),
            ", ".join(
                [
                    *(
                        called.get(code, code)
                        for code in (known[each].specialty_codes if each in known else ())
                    ),
                    cards[each].facility_name,
                ]
            ),
        )
        for each in free
    ]
    if options and appointment.pool_id is not None:
        options.insert(0, Option(_POOL, t("moves.doctor.pool"), t("moves.doctor.pool_hint")))
    return DoctorPage(
        back=_home(actor, appointment),
        back_label=_back_label(actor, appointment),
        action=f"/appointments/{appointment.id}/doctor",
        lead=now_at(unit, appointment),
        times=_times(actor, appointment),
        form=view,
        doctors=tuple(options),
        version=appointment.version,
    )


def _override_page(
    actor: MembershipActor, unit: Unit, appointment: Appointment, view: FormView
) -> OverridePage:
    return OverridePage(
        back=_home(actor, appointment),
        back_label=_back_label(actor, appointment),
        action=f"/appointments/{appointment.id}/override",
        lead=now_at(unit, appointment),
        form=view,
        doctors=askable(unit, appointment.station_facility_id),
        reasons=override_options(),
        version=appointment.version,
    )


def _home(actor: MembershipActor, appointment: Appointment, done: str = "") -> str:
    """Return where the act began: the appointment's own page, or the list of the doctor's house it is on."""
    told = f"?done={done}" if done else ""
    if actor.facility_id == appointment.station_facility_id:
        return f"/appointments/{appointment.id}{told}"
    return "/requests" if _is_asked(appointment) else f"/hours/stranded{told}"


def _times(actor: MembershipActor, appointment: Appointment) -> str:
    """Return where another time is chosen: by the station any, by the doctors' house from the list."""
    if not _allows(appointment, AppointmentCommand.RESCHEDULE):
        return ""
    if not is_elsewhere(actor, appointment):
        return f"/appointments/{appointment.id}/move"
    return STRANDED if appointment.support == Support.UNSUPPORTED else ""


def _back_label(actor: MembershipActor, appointment: Appointment) -> str:
    if actor.facility_id == appointment.station_facility_id:
        return t("booking.appointment.title")
    return t("moves.requests.title" if _is_asked(appointment) else "hours.stranded_title")


def _is_asked(appointment: Appointment) -> bool:
    return appointment.status == AppointmentState.REQUESTED


def _allows(appointment: Appointment, command: AppointmentCommand) -> bool:
    return MACHINE.allows(AppointmentState(appointment.status), command)
