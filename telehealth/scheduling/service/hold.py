"""Holding a slot for a form: doctor, station seat and patient are claimed together, or nothing is.

The unit's order is the same for every booking (docs/decisions): locks in one order, expired holds
let go, availability asked again, then the rows. Nothing remote happens in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from telehealth.access.queries import require_patient
from telehealth.access.rules import check
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import get_service, terms_of
from telehealth.availability.rules import ResourceKind
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.events import publish
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.kit.security import base62
from telehealth.kit.spans import epoch
from telehealth.scheduling import guard, queries
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.errors import (
    LimitReachedError,
    OutsideAvailabilityError,
    SlotTakenError,
    TooManyHoldsError,
    VisitHasAppointmentError,
)
from telehealth.scheduling.events import AppointmentHeld
from telehealth.scheduling.models import IS_HELD, Appointment, Claim
from telehealth.scheduling.rules import MAX_HOLDS, HoldRequest, Slot, SlotSearch, Support, free_lane
from telehealth.scheduling.service.expiry import expire_on
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import append, change, release_claims
from telehealth.scheduling.service.locks import lock_resources
from telehealth.scheduling.slots import Diary, Question, Standing, standing_of
from telehealth.scheduling.states import LIVE, AppointmentCommand, AppointmentState
from telehealth.staff.queries import can_be_asked

ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class _Case:
    """What one attempt to hold works with: the request, its station, the locked resources."""

    request: HoldRequest
    station_id: UUID
    service: ServiceType
    resources: Mapping[Owner, Resource]
    now: datetime

    @property
    def ends_at(self) -> datetime:
        return terms_of(self.service).ends_at(self.request.starts_at)

    @property
    def expires_at(self) -> datetime:
        return self.now + timedelta(seconds=self.service.hold_seconds)


def hold(session: Session, actor: Actor, request: HoldRequest, *, now: datetime) -> Appointment:
    """Keep a slot for a form; a second hold of the same form moves it, the same slot changes nothing.

    Raises `patient-not-found`, `service-not-found`, `outside-availability`, `too-many-holds`,
    `visit-has-appointment`, and `slot-taken` or `limit-reached` with the next free slots; then nothing
    is changed.
    """
    check(actor, "appointment.book")
    request = replace(request, starts_at=request.starts_at.astimezone(UTC))
    require_patient(session, actor, request.patient_id, now=now)
    if actor.facility_id is None:
        raise ForbiddenError
    owners: list[Owner] = [
        (ResourceKind.DOCTOR, request.doctor_membership_id),
        (ResourceKind.SEAT, actor.facility_id),
        (ResourceKind.PATIENT, request.patient_id),
    ]
    service = get_service(session, request.service_code)
    case = _Case(request, actor.facility_id, service, lock_resources(session, owners), now)
    expire_on(session, [row.id for row in case.resources.values()], now=now)
    current = _own_hold(session, case)
    if current is not None and _is_same(current, case):
        return current
    _require_room(session, actor, case, current)
    diaries = _require_free(session, actor, case, owners)
    try:
        appointment = _place(session, actor, case, diaries, current)
    except IntegrityError as error:
        # The locks above make this unreachable; the guard stands beneath them all the same.
        if guard.is_overlap(error):
            raise SlotTakenError from error
        raise
    publish(session, AppointmentHeld(**facts_of(appointment)), now=now)
    return appointment


def _own_hold(session: Session, case: _Case) -> Appointment | None:
    query = select(Appointment).where(
        Appointment.station_facility_id == case.station_id,
        Appointment.form_id == case.request.form_id,
        IS_HELD,
    )
    return session.exec(query.with_for_update()).first()


def _is_same(held: Appointment, case: _Case) -> bool:
    wanted = ("starts_at", "doctor_membership_id", "patient_id", "visit_id", "consult_kind")
    return held.service_type_id == case.service.id and all(
        getattr(held, name) == getattr(case.request, name) for name in wanted
    )


def _require_room(session: Session, actor: Actor, case: _Case, current: Appointment | None) -> None:
    """Refuse a second appointment for one visit, and a person who keeps too many slots."""
    live = select(Appointment.id).where(
        Appointment.visit_id == case.request.visit_id, col(Appointment.status).in_(LIVE)
    )
    if any(each != (current and current.id) for each in session.exec(live)):
        raise VisitHasAppointmentError
    if current is not None:
        return
    held = select(func.count()).where(
        Appointment.held_by == actor.ref,
        IS_HELD,
        col(Appointment.hold_expires_at) > case.now,
    )
    if session.exec(held).one() >= MAX_HOLDS:
        raise TooManyHoldsError(MAX_HOLDS)


def _require_free(session: Session, actor: Actor, case: _Case, owners: list[Owner]) -> dict[Owner, Diary]:
    """Ask again, under the locks, what the search asked; raise what the answer means."""
    request, policy = case.request, policy_of(session)
    doctor_id, today = request.doctor_membership_id, policy.local_date(case.now)
    if not can_be_asked(session, doctor_id, station_id=case.station_id, on=today):
        raise OutsideAvailabilityError
    day = policy.local_date(request.starts_at)
    question = Question(terms=terms_of(case.service), now=case.now, from_on=day, to_on=day)
    diaries = load_diaries(session, owners, case.service, question, form_id=request.form_id)
    if owners[0] not in diaries:  # nobody ever wrote hours for this doctor
        raise OutsideAvailabilityError
    beside = [diary for owner, diary in diaries.items() if owner != owners[0]]
    standing = standing_of(diaries[owners[0]], beside, request.starts_at, question)
    if standing is None:
        raise OutsideAvailabilityError
    if standing is Standing.FULL:
        raise LimitReachedError(_alternatives(session, actor, case))
    if standing is not Standing.FREE:
        raise SlotTakenError(_alternatives(session, actor, case))
    return diaries


def _alternatives(session: Session, actor: Actor, case: _Case) -> list[Slot]:
    """Return the next free slots: of the specialty asked for, else of the same doctor."""
    request = case.request
    day = policy_of(session).local_date(request.starts_at)
    search = SlotSearch(
        from_on=day,
        to_on=day + timedelta(days=case.service.horizon_days),
        patient_id=request.patient_id,
        form_id=request.form_id,
        service_code=request.service_code,
        specialty=request.specialty,
        tiers=request.tiers,
        language=request.language,
        doctor_membership_id=None if request.specialty else request.doctor_membership_id,
        limit=ALTERNATIVES,
        after=Slot(request.starts_at, UUID(int=0), case.ends_at),
    )
    return queries.find_slots(session, actor, search, now=case.now)


def _place(
    session: Session, actor: Actor, case: _Case, diaries: Mapping[Owner, Diary], current: Appointment | None
) -> Appointment:
    """Write the appointment and its three claims; a hold that moves keeps its id."""
    if current is None:
        appointment = _new_appointment(actor, case)
        session.add(appointment)
        append(session, actor, appointment, "hold", before=None, now=case.now)
    else:
        appointment = current
        release_claims(session, appointment)
        appointment.doctor_membership_id = case.request.doctor_membership_id
        appointment.patient_id, appointment.visit_id = case.request.patient_id, case.request.visit_id
        appointment.starts_at, appointment.ends_at = case.request.starts_at, case.ends_at
        appointment.hold_expires_at = case.expires_at
        appointment.support = Support.SUPPORTED  # the new time was just checked against the hours
        appointment.service_type_id, appointment.held_by = case.service.id, actor.ref
        appointment.consult_kind, appointment.priority = case.request.consult_kind, case.request.priority
        change(session, actor, appointment, AppointmentCommand.MOVE, now=case.now)
    span = terms_of(case.service).claimed(case.request.starts_at)
    for owner, resource in case.resources.items():
        lane = free_lane(diaries[owner].busy_in(span), span, resource.lanes)
        if lane is None:
            raise SlotTakenError
        session.add(
            Claim(
                appointment_id=appointment.id,
                resource_id=resource.id,
                lane=lane,
                busy_start=span.start,
                busy_end=span.end,
                state="held",
                held_until=epoch(case.expires_at),
            )
        )
    session.flush()
    return appointment


def _new_appointment(actor: Actor, case: _Case) -> Appointment:
    request, appointment_id = case.request, new_id()
    return Appointment(
        id=appointment_id,
        code=_code(appointment_id),
        status=AppointmentState.HELD,
        service_type_id=case.service.id,
        visit_id=request.visit_id,
        patient_id=request.patient_id,
        consult_kind=request.consult_kind,
        station_facility_id=case.station_id,
        doctor_membership_id=request.doctor_membership_id,
        starts_at=request.starts_at,
        ends_at=case.ends_at,
        hold_expires_at=case.expires_at,
        form_id=request.form_id,
        held_by=actor.ref,
        priority=request.priority,
        ical_uid=f"{appointment_id}@telehealth-xa",
        created_at=case.now,
    )


def _code(appointment_id: UUID) -> str:
    """Return a short code from the random half of the id, without letters that look like digits."""
    text = base62(appointment_id.bytes[8:]).upper().translate(str.maketrans("OIL", "789"))
    return f"{text[-8:-4]}-{text[-4:]}"
