"""What becomes of a held slot: confirmed, given back, called off, carried out."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, update

from telehealth.access.rules import check
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ConflictError
from telehealth.kit.events import publish
from telehealth.scheduling import pools, queries
from telehealth.scheduling.errors import (
    HoldExpiredError,
    OutsideAvailabilityError,
    VisitHasAppointmentError,
)
from telehealth.scheduling.events import (
    AbsenceNoted,
    AppointmentAborted,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMissed,
    AppointmentRequested,
    AppointmentStarted,
)
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import (
    CHECK_IN_EARLY,
    NO_SHOW_GRACE,
    RELEASED,
    URGENT_SERVICE,
    AbortReason,
    AbsentParty,
    AcceptMode,
    CancelReason,
    PatientPlace,
    Support,
)
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import change, release_claims, require_version
from telehealth.scheduling.service.rights import begin_right, end_right, let_right_run_out
from telehealth.scheduling.service.support import at_work
from telehealth.scheduling.service.terms import answer_until
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState


def confirm(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    version: int | None,
    now: datetime,
    patient_place: PatientPlace = PatientPlace.STATION,
) -> Appointment:
    """Book a held slot before its hold runs out; the doctor's right to the patient's data begins.

    Where the service has it accepted first, it is a request until then, and blocks the time all the same.
    Whichever way the doctor was chosen it is one to their pool, so that others are asked when they do not.
    Only the facility that holds it can. Raises `appointment-not-found`, `stale-version`,
    `hold-expired`, `invalid-transition`, `visit-has-appointment`, and `outside-availability` where the
    doctor was shut out or stopped working since.
    """
    appointment = _fetch(session, actor, appointment_id, "appointment.book", None, now)
    if appointment.station_facility_id != actor.facility_id or _has_expired(appointment, now):
        raise HoldExpiredError
    require_version(appointment, version)
    if appointment.support == Support.UNSUPPORTED and appointment.id not in at_work(session, [appointment]):
        raise OutsideAvailabilityError
    appointment.patient_place = patient_place
    is_request = appointment.accept_mode != AcceptMode.AUTO
    if is_request:
        appointment.pool_id = appointment.pool_id or pools.find_pool_of(session, appointment, now=now)
        appointment.respond_by = answer_until(session, appointment, now=now)
    command = AppointmentCommand.REQUEST if is_request else AppointmentCommand.CONFIRM
    data = {"patient_place": str(patient_place)}
    try:
        change(session, actor, appointment, command, now=now, data=data)
    except IntegrityError as error:
        # An offer is held beside the later appointment it is to follow: that one goes first.
        raise VisitHasAppointmentError from error
    own = update(Claim).where(col(Claim.appointment_id) == appointment.id, col(Claim.state) == "held")
    session.exec(own.values(state="booked", held_until=None))
    begin_right(session, appointment, now=now)
    event = AppointmentRequested if is_request else AppointmentBooked
    publish(session, event(**facts_of(appointment)), now=now)
    return appointment


def release(
    session: Session, actor: Actor, appointment_id: UUID, *, version: int | None = None, now: datetime
) -> Appointment:
    """Give a held slot back before it was booked. Raises `invalid-transition` once it was."""
    appointment = _fetch(session, actor, appointment_id, "appointment.book", version, now)
    release_claims(session, appointment)
    change(session, actor, appointment, AppointmentCommand.RELEASE, now=now, reason=RELEASED)
    return appointment


def cancel(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    reason: CancelReason | Literal["moved_earlier", "turned_to_later"],
    version: int | None,
    now: datetime,
) -> Appointment:
    """Call an appointment off with a coded reason; its slot is free at once, the doctor's right ends."""
    appointment = _fetch(session, actor, appointment_id, "appointment.cancel", version, now)
    before = AppointmentState(appointment.status)
    service = queries.get_service_of(session, appointment)
    is_late = now > appointment.starts_at - timedelta(minutes=service.late_minutes)
    release_claims(session, appointment)
    command = AppointmentCommand.CANCEL
    change(session, actor, appointment, command, now=now, reason=reason, data={"is_late": is_late})
    end_right(session, appointment, now=now)
    if before is not AppointmentState.HELD:
        was_agreed = before is not AppointmentState.REQUESTED
        facts = facts_of(appointment)
        publish(session, AppointmentCancelled(**facts, was_agreed=was_agreed), now=now)
    return appointment


def check_in(
    session: Session, actor: Actor, appointment_id: UUID, *, version: int | None = None, now: datetime
) -> Appointment:
    """Note that the patient is at the station. Raises `too-early` before the day of the appointment."""
    appointment = _fetch(session, actor, appointment_id, "appointment.check_in", version, now)
    if now < appointment.starts_at - CHECK_IN_EARLY:
        raise ConflictError("too-early")
    change(session, actor, appointment, AppointmentCommand.CHECK_IN, now=now)
    return appointment


def start(
    session: Session, actor: Actor, appointment_id: UUID, *, version: int | None = None, now: datetime
) -> Appointment:
    """Note that the doctor has joined."""
    appointment = _fetch(session, actor, appointment_id, "appointment.run", version, now)
    change(session, actor, appointment, AppointmentCommand.START, now=now)
    publish(session, AppointmentStarted(**facts_of(appointment)), now=now)
    return appointment


def step_back(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Note that the doctor left before anybody met them: the appointment stands as it did before.

    What was made at once stays begun: there the doctor's coming is the answer to whoever rang. So does
    what was handed over: the next doctor has no other time for it. Raises `invalid-transition` where it
    does not run.
    """
    appointment = _fetch(session, actor, appointment_id, "appointment.run", None, now)
    MACHINE.move(AppointmentState(appointment.status), AppointmentCommand.STEP_BACK)
    events = queries.list_events(session, appointment)
    is_handed_over = any(each.command == AppointmentCommand.HAND_OVER for each in events)
    if is_handed_over or queries.get_service_of(session, appointment).code == URGENT_SERVICE:
        return appointment
    begun = [each for each in events if each.command == AppointmentCommand.START]
    change(session, actor, appointment, AppointmentCommand.STEP_BACK, now=now)
    if begun and begun[-1].from_status == AppointmentState.CHECKED_IN:
        change(session, SYSTEM, appointment, AppointmentCommand.CHECK_IN, now=now)
    return appointment


def complete(
    session: Session, actor: Actor, appointment_id: UUID, *, version: int | None = None, now: datetime
) -> Appointment:
    """Note that the appointment took place; the doctor's right lasts until the visit is signed and after."""
    appointment = _fetch(session, actor, appointment_id, "appointment.run", version, now)
    release_claims(session, appointment)
    change(session, actor, appointment, AppointmentCommand.COMPLETE, now=now)
    publish(session, AppointmentCompleted(**facts_of(appointment)), now=now)
    return appointment


def abort(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    reason: AbortReason,
    version: int | None = None,
    now: datetime,
) -> Appointment:
    """Break a running appointment off for a technical reason; the visit may be booked again."""
    appointment = _fetch(session, actor, appointment_id, "appointment.run", version, now)
    release_claims(session, appointment)
    change(session, actor, appointment, AppointmentCommand.ABORT, now=now, reason=reason)
    let_right_run_out(session, appointment, now=now)
    publish(session, AppointmentAborted(**facts_of(appointment)), now=now)
    return appointment


def note_absence(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    party: AbsentParty,
    version: int | None = None,
    now: datetime,
) -> Appointment:
    """Note who did not come, some minutes after the start. Raises `too-early` before that."""
    appointment = _fetch(session, actor, appointment_id, "appointment.run", version, now)
    if now < appointment.starts_at + NO_SHOW_GRACE:
        raise ConflictError("too-early")
    release_claims(session, appointment)
    change(session, actor, appointment, AppointmentCommand.NO_SHOW, now=now, reason=party)
    let_right_run_out(session, appointment, now=now)
    publish(session, AbsenceNoted(**facts_of(appointment)), now=now)
    if party is AbsentParty.PATIENT:
        publish(session, AppointmentMissed(**facts_of(appointment)), now=now)
    return appointment


def _fetch(
    session: Session, actor: Actor, appointment_id: UUID, action: str, version: int | None, now: datetime
) -> Appointment:
    check(actor, action)
    appointment = queries.get_appointment(session, actor, appointment_id, now=now, lock=True)
    require_version(appointment, version)
    return appointment


def _has_expired(appointment: Appointment, now: datetime) -> bool:
    """Tell whether the hold ran out by the server's clock, swept already or not."""
    is_late = appointment.hold_expires_at is not None and appointment.hold_expires_at <= now
    return is_late or appointment.status == AppointmentState.EXPIRED
