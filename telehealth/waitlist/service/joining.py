"""Putting a visit on the wait list of a pool or a doctor."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.queries import get_service
from telehealth.duty.queries import find_pool_for
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.kit.security import base62
from telehealth.scheduling.rules import STANDARD_SERVICE, Part, Priority
from telehealth.staff.queries import can_be_asked, describe
from telehealth.visits.queries import get_visit
from telehealth.visits.states import VisitState
from telehealth.waitlist.errors import AlreadyWaitingError
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.queries import booked_for, find_for_visit
from telehealth.waitlist.rules import MAX_WAIT_DAYS, RANKS
from telehealth.waitlist.service.history import append
from telehealth.waitlist.states import EntryState


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRequest:
    """Whom a visit waits for, exactly one of a pool and a doctor, and which days would do.

    Without a service, an earlier time of the same one the visit has an appointment of.
    """

    visit_id: UUID
    earliest_on: date
    latest_on: date
    pool_id: UUID | None = None
    doctor_membership_id: UUID | None = None
    weekdays: Collection[int] = ()
    part: Part | None = None
    priority: Priority = Priority.ROUTINE
    service_code: str | None = None


def join(session: Session, actor: Actor, request: WaitRequest, *, now: datetime) -> WaitlistEntry:
    """Let a visit of the actor's station wait.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `already-waiting`, `pool-not-found`,
    `membership-not-found`, `whom-to-wait-for`, `bad-wait-window`, `service-not-found`.
    """
    check(actor, "waitlist.join")
    visit = get_visit(session, actor, request.visit_id, now=now, lock=True)
    if visit.station_facility_id != actor.facility_id:
        raise ForbiddenError
    if visit.state != VisitState.OPEN:
        raise ConflictError("visit-closed")
    if find_for_visit(session, actor, visit.id, now=now) is not None:
        raise AlreadyWaitingError
    _require_window(request, policy_of(session).local_date(now))
    entry_id = new_id()
    entry = WaitlistEntry(
        id=entry_id,
        code=_code(entry_id),
        service_type_id=_service_of(session, request),
        pool_id=request.pool_id,
        doctor_membership_id=request.doctor_membership_id,
        facility_id=_asked(session, visit.station_facility_id, request, now),
        patient_id=visit.patient_id,
        visit_id=visit.id,
        station_facility_id=visit.station_facility_id,
        earliest_on=request.earliest_on,
        latest_on=request.latest_on,
        weekdays=sorted(set(request.weekdays)),
        part=request.part,
        priority=request.priority,
        rank=RANKS[request.priority],
        state=EntryState.WAITING,
        created_by=actor.ref,
        created_at=now,
    )
    session.add(entry)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyWaitingError from error
    append(session, actor, entry, "join", before=None, now=now)
    return entry


def _service_of(session: Session, request: WaitRequest) -> UUID:
    booked = booked_for(session, [request.visit_id]).get(request.visit_id)
    if request.service_code is None and booked is not None:
        return booked.service_type_id
    return get_service(session, request.service_code or STANDARD_SERVICE).id


def _require_window(request: WaitRequest, today: date) -> None:
    if request.earliest_on < today or request.latest_on < request.earliest_on:
        raise InvalidError("bad-wait-window", field="latest_on", limit=MAX_WAIT_DAYS)
    if request.latest_on > today + timedelta(days=MAX_WAIT_DAYS):
        raise InvalidError("bad-wait-window", field="latest_on", limit=MAX_WAIT_DAYS)
    if not set(request.weekdays) <= set(range(7)):
        raise InvalidError("bad-wait-window", field="weekdays", limit=MAX_WAIT_DAYS)


def _asked(session: Session, station_id: UUID, request: WaitRequest, now: datetime) -> UUID:
    """Return the facility whose pool or doctor is asked, one that the station may ask."""
    if (request.pool_id is None) == (request.doctor_membership_id is None):
        raise InvalidError("whom-to-wait-for", field="whom")
    today = policy_of(session).local_date(now)
    if request.pool_id is not None:
        pool = find_pool_for(session, request.pool_id, station_id=station_id, on=today)
        if pool is None:
            raise NotFoundError("pool-not-found")
        return pool.facility_id
    doctor = request.doctor_membership_id
    if doctor is None or not can_be_asked(session, doctor, station_id=station_id, on=today):
        raise NotFoundError("membership-not-found")
    return describe(session, {doctor})[doctor].facility_id


def _code(entry_id: UUID) -> str:
    """Return four letters and digits of the random half of the id, none of which look like others."""
    return base62(entry_id.bytes[8:]).upper().translate(str.maketrans("OIL", "789"))[-4:]
