"""An appointment that begins now, because a doctor accepted an urgent request (docs/decisions/0014).

Nobody chose a slot: it takes the doctor's time from now to the next claim, at most the service's
duration. What the database refuses stays refused: no claim ever overlaps another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.rules import check
from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import get_service
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_resource
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError
from telehealth.kit.events import publish
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch, instant
from telehealth.scheduling.diaries import Owner
from telehealth.scheduling.errors import VisitHasAppointmentError
from telehealth.scheduling.events import AppointmentBookedAtOnce, AppointmentLetGo
from telehealth.scheduling.models import IS_LIVE, Appointment, Claim
from telehealth.scheduling.rules import (
    RELEASED,
    URGENT_SERVICE,
    AbortReason,
    Busy,
    Support,
    free_lane,
    span_at_once,
)
from telehealth.scheduling.service.claiming import code_of
from telehealth.scheduling.service.expiry import expire_on
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import append, change, release_claims
from telehealth.scheduling.service.locks import lock_with_others
from telehealth.scheduling.states import LIVE, AppointmentCommand, AppointmentState

_LONGEST_CLAIM: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """What an accepted urgent request asks of scheduling."""

    visit_id: UUID
    patient_id: UUID
    station_id: UUID
    consult_kind: str
    priority: str


def book_now(session: Session, actor: Actor, request: AtOnce, *, now: datetime) -> Appointment:
    """Make an appointment of the acting doctor that begins now; their right to the patient's data begins.

    A seat of the station is claimed where one is free: a full station keeps nobody from a doctor. Nor
    does what the patient has besides: slots kept for them now are given back, and an appointment of
    another visit that runs now stands for the station to settle; claimed of the patient is what is left.
    Raises `doctor-busy-now` where a claim of theirs covers this instant, and `visit-has-appointment`;
    then nothing is changed.
    """
    check(actor, "urgent.answer")
    doctor, seat = (ResourceKind.DOCTOR, actor.ref), (ResourceKind.SEAT, request.station_id)
    patient: Owner = (ResourceKind.PATIENT, request.patient_id)
    add_resource(session, ResourceKind.DOCTOR, actor.ref, facility_id=actor.facility_id)
    resources, others = lock_with_others(session, [doctor, seat, patient])
    everything = [*resources.values(), *others]
    expire_on(session, [row.id for row in everything], now=now)
    _require_unbooked(session, actor, request, now)
    service = get_service(session, URGENT_SERVICE)
    _give_back_holds(session, actor, [resources[patient], *others], service, now)
    busy = _claims_from(session, everything, now)
    for other in others:  # What is claimed under another record keeps the same person.
        busy.setdefault(resources[patient].id, []).extend(busy.get(other.id, ()))
    span = _free_time(resources[doctor], resources[patient], busy, service, now)
    appointment = _appointment(actor, request, service, span, now)
    session.add(appointment)
    append(session, actor, appointment, "book_now", before=None, now=now)
    rest = _rest(busy.get(resources[patient].id, ()), span, now)
    for owner, part in ((doctor, span), (seat, span), (patient, rest)):
        resource = resources[owner]
        lane = free_lane(busy.get(resource.id, ()), part, resource.lanes) if part is not None else None
        if part is not None and lane is not None:
            session.add(_claim(appointment, resource, lane, part))
    session.flush()
    open_grant(
        session,
        patient_id=request.patient_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=actor.ref,
        basis=Basis.URGENT_REQUEST,
        source_id=appointment.id,
        now=now,
    )
    publish(session, AppointmentBookedAtOnce(**facts_of(appointment)), now=now)
    return appointment


def let_go(session: Session, actor: Actor, appointment_id: UUID, *, reason: str, now: datetime) -> None:
    """Give up an appointment made at once; one that has begun is broken off for the network.

    The doctor's right ends with it. One that is over already stays as it is.
    """
    query = select(Appointment).where(Appointment.id == appointment_id).with_for_update()
    appointment = session.exec(query.execution_options(populate_existing=True)).one()
    if appointment.status not in LIVE:
        return
    release_claims(session, appointment)
    if appointment.status == AppointmentState.IN_PROGRESS:
        change(session, actor, appointment, AppointmentCommand.ABORT, now=now, reason=AbortReason.NETWORK)
        until = now + policy_of(session).grant_after_visit
        close_grants(session, source_id=appointment.id, until_at=until)
        return
    change(session, actor, appointment, AppointmentCommand.CANCEL, now=now, reason=reason)
    close_grants(session, source_id=appointment.id, until_at=now)
    publish(session, AppointmentLetGo(**facts_of(appointment)), now=now)


def _require_unbooked(session: Session, actor: Actor, request: AtOnce, now: datetime) -> None:
    """Give back what the visit's form still holds; refuse where a time is agreed."""
    query = select(Appointment).where(
        Appointment.visit_id == request.visit_id, col(Appointment.status).in_(LIVE)
    )
    for appointment in session.exec(query.with_for_update()).all():
        if appointment.status != AppointmentState.HELD:
            raise VisitHasAppointmentError
        _give_back(session, actor, appointment, now)


def _give_back_holds(
    session: Session, actor: Actor, of_patient: Sequence[Resource], service: ServiceType, now: datetime
) -> None:
    """Give back the slots that other forms and offers keep for the patient at this time."""
    until = now + timedelta(minutes=service.duration_minutes)
    kept = select(Claim.appointment_id).where(
        col(Claim.resource_id).in_([row.id for row in of_patient]),
        Claim.state == "held",
        Claim.busy_start < epoch(until),
        Claim.busy_end > epoch(now),
    )
    query = select(Appointment).where(
        col(Appointment.id).in_(kept), Appointment.status == AppointmentState.HELD
    )
    for appointment in session.exec(query.order_by(col(Appointment.id)).with_for_update()).all():
        _give_back(session, actor, appointment, now)


def _give_back(session: Session, actor: Actor, appointment: Appointment, now: datetime) -> None:
    release_claims(session, appointment)
    change(session, actor, appointment, AppointmentCommand.RELEASE, now=now, reason=RELEASED)


def _claims_from(session: Session, resources: Sequence[Resource], now: datetime) -> dict[UUID, list[Busy]]:
    """Return the live claims of each resource around now."""
    query = select(Claim.resource_id, Claim.lane, Claim.busy_start, Claim.busy_end).where(
        col(Claim.resource_id).in_([row.id for row in resources]),
        IS_LIVE,
        Claim.busy_end > epoch(now) - _LONGEST_CLAIM,
        Claim.busy_start < epoch(now) + _LONGEST_CLAIM,
    )
    found: dict[UUID, list[Busy]] = {}
    for resource_id, lane, start, end in session.exec(query):
        found.setdefault(resource_id, []).append(Busy(lane, Span(start, end)))
    return found


def _free_time(
    doctor: Resource,
    patient: Resource,
    busy: dict[UUID, list[Busy]],
    service: ServiceType,
    now: datetime,
) -> Span:
    """Return the span the doctor is free for, no longer than to the patient's next claim; raise who is not.

    Every lane of theirs counts: they are people. What the patient is in now keeps nobody from them.
    """
    seconds = int(timedelta(minutes=service.duration_minutes).total_seconds())
    of_doctor = [each.span for each in busy.get(doctor.id, ())]
    others = [
        each.span for each in busy.get(patient.id, ()) if not each.span.start <= epoch(now) < each.span.end
    ]
    free = span_at_once([*of_doctor, *others], epoch(now), seconds)
    if free is None:
        raise ConflictError("doctor-busy-now")
    return free


def _rest(busy: Iterable[Busy], span: Span, now: datetime) -> Span | None:
    """Return what of a span comes after what the patient is in now: all of it where that is nothing."""
    running = [each.span.end for each in busy if each.span.start <= epoch(now) < each.span.end]
    start = max([span.start, *running])
    return Span(start, span.end) if start < span.end else None


def _appointment(
    actor: Actor, request: AtOnce, service: ServiceType, span: Span, now: datetime
) -> Appointment:
    appointment_id = new_id()
    return Appointment(
        id=appointment_id,
        code=code_of(appointment_id),
        status=AppointmentState.BOOKED,
        service_type_id=service.id,
        visit_id=request.visit_id,
        patient_id=request.patient_id,
        consult_kind=request.consult_kind,
        station_facility_id=request.station_id,
        doctor_membership_id=actor.ref,
        starts_at=instant(span.start),
        ends_at=instant(span.end),
        form_id=new_id(),
        held_by=actor.ref,
        priority=request.priority,
        support=Support.OVERRIDDEN,
        ical_uid=f"{appointment_id}@telehealth-xa",
        created_at=now,
    )


def _claim(appointment: Appointment, resource: Resource, lane: int, span: Span) -> Claim:
    return Claim(
        appointment_id=appointment.id,
        resource_id=resource.id,
        lane=lane,
        busy_start=span.start,
        busy_end=span.end,
        state="booked",
    )
