"""Changing the time of an agreed appointment: the slot list again, then old beside new."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.audit.service import record
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteRuns, WriteUnit, database_of
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import card_of, get_patient
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling import service
from telehealth.scheduling.finding import Day, list_days
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Priority, Slot
from telehealth.scheduling.slots import Standing
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from web.agreed.elsewhere import REFUSALS, STRANDED, house_page, is_elsewhere
from web.agreed.forms import ChosenForm, MoveForm
from web.agreed.pages import MovePage
from web.booking.choosing import (
    BEST,
    WINDOW,
    matching,
    names_of,
    search_for,
    still_offered,
)
from web.booking.forms import SlotFilter, filter_of, read_slot, slot_value
from web.booking.narrowing import Narrowed, read_narrowed, slots_address
from web.booking.offers import day_view, large
from web.booking.pages import DayView, Notice, SlotsPage, part_options
from web.booking.preview import told_text
from web.booking.showing import said_day
from web.booking.unrecorded import unrecorded_text
from web.booking.words import Names, doctor_text
from web.formatting import day_text, minutes_text, time_text
from web.forms import Option, filled, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import person_view
from web.visits.words import signature_name

router = APIRouter(prefix="/appointments", include_in_schema=False)

Booker = Annotated[MembershipActor, Allow("appointment.book")]

_REFUSALS = ("slot-taken", "limit-reached", "outside-availability")


@router.get("/{appointment_id}/move")
def move_page(
    request: Request,
    actor: Booker,
    unit: WriteUnit,
    appointment_id: UUID,
    narrowed: str = "",
    to: str = "",
) -> Response:
    """Show the times that are free instead, or the chosen one beside the old one."""
    if can(actor, "appointment.override"):
        arranged = scheduling.get_to_arrange(unit.session, actor, appointment_id, now=unit.now)
        if is_elsewhere(actor, arranged):
            return house_page(request, actor, unit, arranged, to)
    read = scheduling.get_appointment if is_refresh(request) else service.read_appointment
    appointment = read(unit.session, actor, appointment_id, now=unit.now)
    if not MACHINE.allows(AppointmentState(appointment.status), AppointmentCommand.RESCHEDULE):
        return redirect(f"/appointments/{appointment.id}")
    chosen = _narrowed(unit, appointment, narrowed)
    slot = read_slot(to)
    if slot is not None:
        return render(request, _confirm_page(actor, unit, appointment, chosen.filter, *slot))
    if not is_refresh(request):
        record(
            unit.session,
            actor,
            "slot.find",
            subject_kind="appointment",
            subject_id=appointment.id,
            patient_id=appointment.patient_id,
            now=unit.now,
        )
    visit = get_visit(unit.session, actor, appointment.visit_id, now=unit.now)
    return render(request, _slots_page(actor, unit, appointment, visit, chosen))


@router.post("/{appointment_id}/move", dependencies=[CsrfProtected])
def narrow_move(actor: Booker, unit: ReadUnit, appointment_id: UUID, form: PostedForm) -> Response:
    """Narrow the list; what cannot be read narrows nothing."""
    appointment = scheduling.get_appointment(unit.session, actor, appointment_id, now=unit.now)
    chosen = parse(SlotFilter, form).value or SlotFilter()
    return redirect(_address(unit, appointment, chosen))


@router.post("/{appointment_id}/move/slot", dependencies=[CsrfProtected])
def choose_move(actor: Booker, unit: ReadUnit, appointment_id: UUID, form: PostedForm) -> Response:
    """Lead on to the old time beside the one that was tapped; nothing is changed yet."""
    appointment = scheduling.get_appointment(unit.session, actor, appointment_id, now=unit.now)
    sent = parse(ChosenForm, form)
    if sent.value is None:
        chosen = parse(SlotFilter, form).value or SlotFilter()
        return redirect(_address(unit, appointment, chosen, refused="outside-availability"))
    return redirect(f"{_address(unit, appointment, sent.value)}&to={sent.value.slot}")


@router.post("/{appointment_id}/reschedule", dependencies=[CsrfProtected])
def reschedule_page(
    request: Request,
    actor: Booker,
    writer: WriteRuns,
    appointment_id: UUID,
    form: PostedForm,
    narrowed: str = "",
) -> Response:
    """Change the time; one that went to another leads back to the list, as narrowed, which says so."""
    sent = parse(MoveForm, form)
    slot = read_slot(sent.value.slot) if sent.value else None
    if sent.value is None or slot is None:
        return redirect(f"/appointments/{appointment_id}/move")
    version, (starts_at, doctor) = sent.value.version, slot

    def work(unit: Unit) -> Appointment:
        return service.reschedule(
            unit.session,
            actor,
            appointment_id,
            starts_at=starts_at,
            doctor_membership_id=doctor,
            version=version,
            now=unit.now,
        )

    try:
        moved = writer.run(work)
    except DomainError as error:
        if error.code not in REFUSALS:
            raise
        with database_of(request).read() as unit:
            appointment = scheduling.get_to_arrange(unit.session, actor, appointment_id, now=unit.now)
            if is_elsewhere(actor, appointment):
                return redirect(f"{STRANDED}?refused={error.code}")
            if error.code not in _REFUSALS:
                raise
            taken = sent.value.slot if error.code == "slot-taken" else ""
            refused = "" if taken else error.code
            chosen = _narrowed(unit, appointment, narrowed).filter
            return redirect(_address(unit, appointment, chosen, taken=taken, refused=refused))
    if is_elsewhere(actor, moved):
        return redirect(f"{STRANDED}?done=moved")
    return redirect(f"/appointments/{appointment_id}?done=moved")


def _address(
    unit: Unit,
    appointment: Appointment,
    chosen: SlotFilter,
    *,
    taken: str = "",
    refused: str = "",
    path: str = "",
) -> str:
    path = path or f"/appointments/{appointment.id}/move"
    return slots_address(
        keyring_of(unit.session),
        appointment.visit_id,
        chosen,
        taken=taken,
        refused=refused,
        path=path,
        says_all=True,
    )


def _narrowed(unit: Unit, appointment: Appointment, narrowed: str) -> Narrowed:
    """Return how the list is narrowed: to the own doctor unless told otherwise."""
    if not narrowed:
        return Narrowed(SlotFilter(doctor=appointment.doctor_membership_id))
    return read_narrowed(keyring_of(unit.session), appointment.visit_id, narrowed)


def _slots_page(
    actor: MembershipActor, unit: Unit, appointment: Appointment, visit: Visit, narrowed: Narrowed
) -> SlotsPage:
    session, today = unit.session, policy_of(unit.session).local_date(unit.now)
    first = max(narrowed.filter.day or today, today)
    names = names_of(actor, unit, today, until=first + WINDOW)
    chosen = still_offered(narrowed.filter, names, visit)
    offered = scheduling.get_service_of(session, appointment)
    search = replace(search_for(visit, chosen, first), service_code=offered.code, besides=appointment.id)
    days = list_days(session, actor, search, now=unit.now)
    card = card_of(session, get_patient(session, actor, visit.patient_id, now=unit.now), now=unit.now)
    length = minutes_text(int((appointment.ends_at - appointment.starts_at).total_seconds() // 60))
    free = [
        start.slot
        for day in days
        for start in day.starts
        if start.standing is Standing.FREE and not _is_own(start.slot, appointment)
    ]
    following = (days[-1].on if days else first) + timedelta(days=1)
    return SlotsPage(
        title=t("moves.title"),
        lead=now_at(unit, appointment),
        foot=Notice(t("moves.choose_title"), t("moves.choose_text")),
        person=person_view(card, is_linked=True),
        priority=t(f"booking.priority.{appointment.priority}"),
        is_soon=appointment.priority != Priority.ROUTINE,
        back=f"/appointments/{appointment.id}",
        address=_address(unit, appointment, chosen),
        steps=(),
        filter=filled(filter_of(chosen, search.specialty, first)),
        specialties=names.specialty_options(),
        tiers=names.tier_options(),
        doctors=tuple(Option(str(each.membership_id), doctor_text(each)) for each in matching(names, search)),
        pools=names.pool_options(search.specialty),
        languages=names.language_options(),
        services=(),
        parts=part_options(),
        action=f"/appointments/{appointment.id}/move/slot",
        hidden=chosen.pairs(),
        best=tuple(large(slot, names, search.specialty, None, length, unit) for slot in free[:BEST]),
        days=_days(days, names, appointment, unit, chosen.people),
        more=_address(unit, appointment, chosen.with_more()),
        later=_address(unit, appointment, chosen.model_copy(update={"day": following})),
        why="",
        wait="",
        notice=_notice(narrowed, unit),
        unrecorded=unrecorded_text(unit, appointment.station_facility_id, days),
    )


def _days(
    days: list[Day], names: Names, appointment: Appointment, unit: Unit, people: int
) -> tuple[DayView, ...]:
    """Return the days without the time the appointment has now."""
    others = [
        Day(day.on, tuple(start for start in day.starts if not _is_own(start.slot, appointment)))
        for day in days
    ]
    return tuple(day_view(day, names, None, unit, people) for day in others if day.starts)


def _is_own(slot: Slot, appointment: Appointment) -> bool:
    own = (appointment.starts_at, appointment.doctor_membership_id)
    return (slot.starts_at, slot.doctor_membership_id) == own


def now_at(unit: Unit, appointment: Appointment) -> str:
    """Return when and with whom an appointment is now, on one line."""
    policy = policy_of(unit.session)
    doctor = appointment.doctor_membership_id
    return t(
        "moves.now_at",
        time=time_text(appointment.starts_at, policy.zone),
        day=day_text(appointment.starts_at, policy.local_date(unit.now), policy.zone),
        doctor=signature_name(describe(unit.session, {doctor}).get(doctor)),
    )


def _confirm_page(
    actor: MembershipActor,
    unit: Unit,
    appointment: Appointment,
    chosen: SlotFilter,
    starts_at: datetime,
    doctor: UUID,
) -> MovePage:
    session = unit.session
    patient = get_patient(session, actor, appointment.patient_id, now=unit.now)
    cards = describe(session, {doctor, appointment.doctor_membership_id})
    zone = policy_of(session).zone

    def line(at: datetime, who: UUID) -> tuple[str, str, str]:
        return time_text(at, zone), said_day(at, unit), signature_name(cards.get(who))

    is_told = appointment.status != AppointmentState.REQUESTED
    return MovePage(
        back=f"/appointments/{appointment.id}",
        back_label=t("booking.appointment.title"),
        other=_address(unit, appointment, chosen),
        action=_address(unit, appointment, chosen, path=f"/appointments/{appointment.id}/reschedule"),
        name=patient.full_name,
        old=line(appointment.starts_at, appointment.doctor_membership_id),
        new=line(starts_at, doctor),
        note=told_text(session, patient.id, "moves.told") if is_told else t("moves.not_told"),
        slot=slot_value(starts_at, doctor),
        version=appointment.version,
    )


def _notice(narrowed: Narrowed, unit: Unit) -> Notice | None:
    if narrowed.taken is not None:
        time = time_text(narrowed.taken, policy_of(unit.session).zone)
        return Notice(t("booking.notice.taken", time=time), t("moves.choose_text"))
    if narrowed.refused in _REFUSALS:
        return Notice(t(f"booking.notice.{narrowed.refused}"), t("moves.choose_text"))
    return None
