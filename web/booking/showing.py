"""An appointment as its pages print it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from telehealth.access.rules import can
from telehealth.facilities.queries import get_facility
from telehealth.followup.queries import reply_to
from telehealth.kit.actors import ActorKind
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.messaging.queries import MessageLine, latest_about
from telehealth.patients.queries import PatientCard, card_of, get_patient
from telehealth.scheduling import queries
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.rules import (
    CHECK_IN_EARLY,
    NO_SHOW_GRACE,
    UNDO_WITHIN,
    PatientPlace,
    Support,
    can_rebook,
)
from telehealth.scheduling.states import LIVE, MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from web.agreed.pages import (
    AppointmentPage,
    LinkView,
    SlipPage,
    break_options,
    party_options,
    reason_options,
)
from web.agreed.why import why_of
from web.booking.absences import absence_hint
from web.booking.pages import ActView
from web.booking.preview import told_text
from web.calendars.words import file_link
from web.formatting import datetime_text, day_text, long_date_text, minutes_text, time_text
from web.forms import FormView
from web.i18n import t
from web.visits.people import person_view
from web.visits.pressing import PressingView, pressing_of
from web.visits.words import signature_name

DONE = (
    "booked",
    "requested",
    "cancelled",
    "checked_in",
    "no_show",
    "moved",
    "reassigned",
    "rebooked",
    "broken_off",
    "undone",
    "overridden",
)

TOLD = ("moved", "rebooked")
"""What is said together with how the patient hears of it."""

KINDS = {
    AppointmentState.REQUESTED: "soon",
    AppointmentState.BOOKED: "ok",
    AppointmentState.CHECKED_IN: "ok",
    AppointmentState.IN_PROGRESS: "live",
    AppointmentState.CANCELLED: "error",
    AppointmentState.REJECTED: "error",
    AppointmentState.EXPIRED: "error",
    AppointmentState.ABORTED: "error",
    AppointmentState.NO_SHOW: "error",
}

_AGAIN = frozenset(
    {
        AppointmentState.CANCELLED,
        AppointmentState.REJECTED,
        AppointmentState.EXPIRED,
        AppointmentState.ABORTED,
        AppointmentState.NO_SHOW,
    }
)


def appointment_page(
    actor: MembershipActor,
    unit: Unit,
    settings: Settings,
    appointment: Appointment,
    view: FormView,
    *,
    done: str = "",
) -> AppointmentPage:
    """Return the page of an appointment in scope, with what the actor may do now."""
    session, now = unit.session, unit.now
    patient = get_patient(session, actor, appointment.patient_id, now=now)
    state, address = AppointmentState(appointment.status), f"/appointments/{appointment.id}"
    is_station = actor.facility_id == appointment.station_facility_id
    messages = latest_about(session, actor, [appointment.id], brand=settings.sms_brand, now=now)
    events = queries.list_events(session, appointment)
    card = card_of(session, patient, now=now)
    return AppointmentPage(
        address=address,
        person=person_view(card, is_linked=True),
        time=time_text(appointment.starts_at, policy_of(session).zone),
        day=day_line(appointment, unit),
        status=status_text(appointment),
        status_kind=KINDS.get(state, ""),
        lost=_lost(actor, appointment, is_station=is_station),
        rows=_rows(session, appointment, messages.get(appointment.id)),
        done=_done_text(session, appointment, done),
        form=view,
        version=appointment.version,
        pressing=_pressing(unit, actor, appointment, card),
        join=f"/calls/{appointment.id}" if _may_join(actor, state) else "",
        is_day=_is_day(appointment, unit),
        slip=f"{address}/slip" if state is AppointmentState.BOOKED else "",
        calendar=file_link(appointment, events),
        visit=f"/visits/{appointment.visit_id}" if can(actor, "visit.read") else "",
        again=f"/visits/{appointment.visit_id}/slots" if _may_rebook(actor, is_station, state) else "",
        wait=f"/visits/{appointment.visit_id}/waitlist" if _may_wait(actor, is_station, state) else "",
        links=links_of(actor, appointment),
        why=why_of(session, appointment),
        broken=f"{address}/break-off" if is_station and _may_break_off(actor, state) else "",
        break_reasons=break_options(),
        acts=acts_of(actor, appointment, unit) + _acts_after(actor, appointment, unit),
        cancel=(cancel := _cancel_address(actor, appointment)),
        cancel_hint=told_text(session, appointment.patient_id, "booking.acts.cancel_hint") if cancel else "",
        reasons=reason_options(),
        absent=f"{address}/no-show" if (may_note := _may_note_absence(actor, appointment, unit)) else "",
        absent_hint=absence_hint(unit, appointment) if may_note else "",
        parties=party_options(),
        history=_history(events, unit),
    )


def _pressing(
    unit: Unit, actor: MembershipActor, appointment: Appointment, card: PatientCard
) -> PressingView | None:
    """Return the values that press, while somebody is still to be seen."""
    if AppointmentState(appointment.status) not in LIVE:
        return None
    station_id = appointment.station_facility_id
    return pressing_of(unit, actor, appointment.visit_id, card, station_id=station_id)


def _may_break_off(actor: MembershipActor, state: AppointmentState) -> bool:
    return _may(actor, "appointment.run", state, AppointmentCommand.ABORT)


def _done_text(session: Session, appointment: Appointment, done: str) -> str:
    if done in TOLD:
        return told_text(session, appointment.patient_id, f"booking.done.{done}")
    return t(f"booking.done.{done}") if done in DONE else ""


def _rows(
    session: Session, appointment: Appointment, told: MessageLine | None
) -> tuple[tuple[str, str], ...]:
    rows = [(t("booking.rows.code"), appointment.code), *plain_rows(session, appointment)]
    rows.append((t("booking.rows.place"), t(f"booking.place.{appointment.patient_place}")))
    if appointment.respond_by is not None:
        zone = policy_of(session).zone
        rows.append((t("moves.waits_until"), datetime_text(appointment.respond_by, zone)))
    if (reply := reply_to(session, appointment)) is not None:
        zone = policy_of(session).zone
        said = t(f"follow_ups.replies.{reply.kind}")
        rows.append((t("booking.rows.reply"), f"{said}, {datetime_text(reply.recorded_at, zone)}"))
    if told is not None:
        reached = f" ({told.phone})" if told.phone else ""
        rows.append((t("booking.rows.message"), t(f"messages.states.{told.state}") + reached))
    return tuple(rows)


def acts_of(actor: MembershipActor, appointment: Appointment, unit: Unit) -> tuple[ActView, ...]:
    """Return the buttons the machine and the hour allow."""
    state = AppointmentState(appointment.status)
    # Nobody arrives at the station who is seen at home.
    is_here = appointment.patient_place != PatientPlace.HOME
    if not (
        is_here
        and _is_day(appointment, unit)
        and _may(actor, "appointment.check_in", state, AppointmentCommand.CHECK_IN)
    ):
        return ()
    return (ActView(f"/appointments/{appointment.id}/check-in", t("booking.acts.check_in"), "user-check"),)


def _is_day(appointment: Appointment, unit: Unit) -> bool:
    return unit.now >= appointment.starts_at - CHECK_IN_EARLY


def _acts_after(actor: MembershipActor, appointment: Appointment, unit: Unit) -> tuple[ActView, ...]:
    """Return the buttons that put right what went wrong: book again, take an absence back."""
    state, address, acts = AppointmentState(appointment.status), f"/appointments/{appointment.id}", []
    if can(actor, "appointment.rebook") and can_rebook(appointment):
        acts.append(ActView(f"{address}/rebook", t("moves.acts.rebook"), "refresh", "primary"))
    if _may(actor, "appointment.run", state, AppointmentCommand.UNDO):
        noted = queries.latest_at(unit.session, [appointment], AppointmentState.NO_SHOW)
        if unit.now <= noted[appointment.id] + UNDO_WITHIN:
            acts.append(ActView(f"{address}/undo", t("moves.acts.undo"), "refresh"))
    return tuple(acts)


def links_of(actor: MembershipActor, appointment: Appointment) -> tuple[LinkView, ...]:
    """Return the ways on to another time or doctor that the machine allows."""
    state, address = AppointmentState(appointment.status), f"/appointments/{appointment.id}"
    ways = (
        ("appointment.book", AppointmentCommand.RESCHEDULE, "move", "calendar-event"),
        ("appointment.book", AppointmentCommand.REASSIGN, "doctor", "stethoscope"),
        ("appointment.override", AppointmentCommand.OVERRIDE, "override", "key"),
    )
    return tuple(
        LinkView(f"{address}/{name}", t(f"moves.acts.{name}"), icon)
        for action, command, name, icon in ways
        if _may(actor, action, state, command)
    )


def plain_rows(session: Session, appointment: Appointment) -> tuple[tuple[str, str], ...]:
    """Return what an appointment is about: doctor, where they work, kind, length, priority."""
    doctor = describe(session, {appointment.doctor_membership_id}).get(appointment.doctor_membership_id)
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds() // 60)
    return (
        (t("booking.rows.doctor"), signature_name(doctor)),
        (t("booking.rows.facility"), doctor.facility_name if doctor else ""),
        (t("booking.rows.kind"), t(f"visits.kinds.{appointment.consult_kind}")),
        (t("booking.rows.length"), minutes_text(minutes)),
        (t("booking.rows.priority"), t(f"booking.priority.{appointment.priority}")),
    )


def day_line(appointment: Appointment, unit: Unit) -> str:
    """Return the day of an appointment as people say it, with its date."""
    return said_day(appointment.starts_at, unit)


def said_day(at: datetime, unit: Unit) -> str:
    """Return a day as people say it, with its date."""
    policy = policy_of(unit.session)
    said, full = day_text(at, policy.local_date(unit.now), policy.zone), long_date_text(at, policy.zone)
    return full if said == full else f"{said}, {full}"


def status_text(appointment: Appointment) -> str:
    """Return where an appointment stands, with the reason where it ended early."""
    state = t(f"booking.status.{appointment.status}")
    if appointment.status == AppointmentState.CANCELLED:
        return f"{state}: {t(f'booking.reasons.{appointment.cancel_reason}').lower()}"
    if appointment.status == AppointmentState.REJECTED:
        return f"{state}: {t(f'moves.reject_reasons.{appointment.cancel_reason}').lower()}"
    if appointment.status == AppointmentState.NO_SHOW:
        return f"{state}: {t(f'booking.parties.{appointment.no_show_party}').lower()}"
    return state


def slip_page(actor: MembershipActor, unit: Unit, appointment: Appointment) -> SlipPage:
    """Return the slip of an appointment: nothing on it tells why the patient comes."""
    session = unit.session
    facility = get_facility(session, appointment.station_facility_id)
    patient = get_patient(session, actor, appointment.patient_id, now=unit.now)
    is_home = appointment.patient_place == PatientPlace.HOME
    zone = policy_of(session).zone
    return SlipPage(
        back=f"/appointments/{appointment.id}",
        facility=facility.name,
        phone=display(facility.phone) if facility.phone else "",
        name=patient.full_name,
        time=time_text(appointment.starts_at, zone),
        day=long_date_text(appointment.starts_at, zone),
        is_home=is_home,
        place=t("booking.slip.at_home") if is_home else t("booking.slip.at_station", name=facility.name),
        code=appointment.code,
    )


def _may(actor: MembershipActor, action: str, state: AppointmentState, command: AppointmentCommand) -> bool:
    return can(actor, action) and MACHINE.allows(state, command)


def _lost(actor: MembershipActor, appointment: Appointment, *, is_station: bool) -> str:
    """Return what comes next for a time the hours no longer hold; nothing while they do."""
    state = AppointmentState(appointment.status)
    if appointment.support != Support.UNSUPPORTED or state not in LIVE:
        return ""
    may_move = is_station and _may(actor, "appointment.book", state, AppointmentCommand.RESCHEDULE)
    return t("hours.lost.station" if may_move else "hours.lost.others")


def _may_join(actor: MembershipActor, state: AppointmentState) -> bool:
    is_on = state in (AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.IN_PROGRESS)
    return is_on and can(actor, "call.join")


def _may_rebook(actor: MembershipActor, is_station: bool, state: AppointmentState) -> bool:
    return is_station and state in _AGAIN and can(actor, "appointment.book")


def _may_wait(actor: MembershipActor, is_station: bool, state: AppointmentState) -> bool:
    return is_station and state is AppointmentState.BOOKED and can(actor, "waitlist.join")


def _cancel_address(actor: MembershipActor, appointment: Appointment) -> str:
    """Return where the actor calls it off, if they may."""
    state = AppointmentState(appointment.status)
    may = _may(actor, "appointment.cancel", state, AppointmentCommand.CANCEL)
    return f"/appointments/{appointment.id}/cancel" if may else ""


def _may_note_absence(actor: MembershipActor, appointment: Appointment, unit: Unit) -> bool:
    is_late = unit.now >= appointment.starts_at + NO_SHOW_GRACE
    state = AppointmentState(appointment.status)
    return is_late and _may(actor, "appointment.run", state, AppointmentCommand.NO_SHOW)


def _history(events: Sequence[AppointmentEvent], unit: Unit) -> tuple[tuple[str, str], ...]:
    zone = policy_of(unit.session).zone
    return tuple((datetime_text(event.at, zone), _step_text(event)) for event in events)


def _step_text(event: AppointmentEvent) -> str:
    """Return what was done; that the patient did it, where no colleague is to be asked about it."""
    words = t(f"booking.history.{event.command}")
    return t("booking.by_patient", step=words) if event.actor_kind == ActorKind.LINK else words
