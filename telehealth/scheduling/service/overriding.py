"""What a coordinator books past the rules: outside hours, beyond limits, with a reason, on record.

A path of its own, so that nothing else can slip past the rules by a flag. Nobody is ever put in two
places at once: the claims and the database's guard are the same as for everybody.
"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.queries import require_patient
from telehealth.access.rules import check
from telehealth.availability.queries import get_service, terms_of
from telehealth.availability.rules import GRID_MINUTES
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ForbiddenError, InvalidError
from telehealth.kit.events import publish
from telehealth.kit.spans import epoch
from telehealth.scheduling import queries
from telehealth.scheduling.errors import VisitHasAppointmentError
from telehealth.scheduling.events import AppointmentBooked, AppointmentHeld
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest, OverrideReason
from telehealth.scheduling.service.claiming import Place, new_appointment, place_of, take
from telehealth.scheduling.service.expiry import expire_on
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import append, require_version
from telehealth.scheduling.service.locks import lock_resources
from telehealth.scheduling.service.moving import move_to
from telehealth.scheduling.service.rights import begin_right
from telehealth.scheduling.states import LIVE, AppointmentCommand, AppointmentState


def override_move(
    session: Session,
    actor: Actor,
    appointment_id: UUID,
    *,
    starts_at: datetime,
    doctor_membership_id: UUID | None = None,
    reason: OverrideReason,
    version: int | None,
    now: datetime,
) -> Appointment:
    """Give an agreed appointment any time that is free, whatever hours, notice and limits say.

    Raises `not-allowed` but for a coordinator, `appointment-not-found`, `stale-version`,
    `invalid-transition`, `bad-override-time`, `outside-availability` for a doctor the station cannot
    ask, `slot-taken`.
    """
    check(actor, "appointment.override")
    seen = queries.get_to_arrange(session, actor, appointment_id, now=now)
    require_version(seen, version)
    _require_time(starts_at, now)
    doctor = doctor_membership_id or seen.doctor_membership_id
    place = replace(place_of(session, seen), starts_at=starts_at.astimezone(UTC), doctor_membership_id=doctor)
    command = AppointmentCommand.OVERRIDE
    return move_to(session, actor, seen, place, command, version=seen.version, now=now, reason=reason)


def override_book(
    session: Session, actor: Actor, request: HoldRequest, *, reason: OverrideReason, now: datetime
) -> Appointment:
    """Book any time that is free for a patient of the coordinator's own facility, agreed at once.

    Nobody has to accept it: the coordinator has spoken with the doctor. Raises `patient-not-found`,
    `service-not-found`, `doctor-or-pool` without a doctor, `visit-has-appointment`, and what
    `override_move` raises.
    """
    check(actor, "appointment.override")
    require_patient(session, actor, request.patient_id, now=now)
    if actor.facility_id is None:
        raise ForbiddenError
    if request.doctor_membership_id is None:
        raise InvalidError("doctor-or-pool", field="doctor_membership_id")
    _require_time(request.starts_at, now)
    service = get_service(session, request.service_code)
    place = Place(
        service=service,
        terms=terms_of(service),
        doctor_membership_id=request.doctor_membership_id,
        starts_at=request.starts_at.astimezone(UTC),
        station_id=actor.facility_id,
        patient_id=request.patient_id,
    )
    return _book(session, actor, request, place, reason, now)


def _book(
    session: Session,
    actor: Actor,
    request: HoldRequest,
    place: Place,
    reason: OverrideReason,
    now: datetime,
) -> Appointment:
    resources = lock_resources(session, place.owners)
    expire_on(session, [row.id for row in resources.values()], now=now)
    live = select(Appointment.id).where(
        Appointment.visit_id == request.visit_id, col(Appointment.status).in_(LIVE)
    )
    if session.exec(live).first() is not None:
        raise VisitHasAppointmentError
    appointment = new_appointment(
        place,
        status=AppointmentState.BOOKED,
        visit_id=request.visit_id,
        consult_kind=request.consult_kind,
        form_id=request.form_id,
        held_by=actor.ref,
        priority=request.priority,
        created_at=now,
    )
    session.add(appointment)
    append(session, actor, appointment, AppointmentCommand.OVERRIDE, before=None, now=now, reason=reason)
    take(session, appointment, place, resources, now=now, is_override=True)
    begin_right(session, appointment, now=now)
    # As for a hold: whoever keeps the visit may refuse it here.
    publish(session, AppointmentHeld(**facts_of(appointment)), now=now)
    publish(session, AppointmentBooked(**facts_of(appointment)), now=now)
    return appointment


def _require_time(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now or starts_at.microsecond or epoch(starts_at) % (GRID_MINUTES * 60):
        raise InvalidError("bad-override-time", field="starts_at", minutes=GRID_MINUTES)
