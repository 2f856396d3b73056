"""Every select of urgent requests. A station sees its own, a doctor those that rang for them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, case, col, exists, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.models import SamePerson
from telehealth.access.queries import OTHER_RECORDS, visible_patients
from telehealth.access.rules import can
from telehealth.duty.models import Pool
from telehealth.duty.queries import list_pools_for
from telehealth.facilities.models import Facility, Tier
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import page_of
from telehealth.kit.policy import policy_of
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from telehealth.urgent.errors import NoPoolError, RequestNotFoundError
from telehealth.urgent.models import UrgentEvent, UrgentLevel, UrgentRequest, UrgentRing
from telehealth.urgent.rules import ladder
from telehealth.urgent.states import LIVE, OPEN, OWNED, UrgentState
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState

_FIRST = (case((col(UrgentRequest.priority) == "emergency", 0), else_=1), col(UrgentRequest.enqueued_at))
"""The order of the queue: emergencies, then whoever waits longest."""


def get_request(
    session: Session, actor: Actor, request_id: UUID, *, now: datetime, lock: bool = False
) -> UrgentRequest:
    """Return a request in scope, locked against other writers if asked.

    Raises `urgent-not-found`, for one out of scope just as for none.
    """
    query = _scoped(actor, now).where(UrgentRequest.id == request_id)
    if lock:
        query = query.with_for_update(of=UrgentRequest).execution_options(populate_existing=True)
    request = session.exec(query).first()
    if request is None:
        raise RequestNotFoundError
    return request


def list_open(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    limit: int | None = None,
    after: tuple[Any, ...] | None = None,
) -> list[UrgentRequest]:
    """List the requests in scope that still want somebody, in the order of the queue.

    A page at a time if asked, each behind the `place_of` the request that ended the one before.
    """
    query = _scoped(actor, now).where(col(UrgentRequest.state).in_(OPEN))
    return list(session.exec(page_of(query, (*_FIRST, col(UrgentRequest.id)), after, limit)))


def place_of(request: UrgentRequest) -> tuple[int, datetime, UUID]:
    """Return what puts a request where it is in the queue."""
    return int(request.priority != "emergency"), request.enqueued_at, request.id


def list_ringing(session: Session, actor: Actor) -> list[UrgentRequest]:
    """List what rings for the acting doctor and was not declined, and what they have accepted.

    Of what nobody answered in time only what can still be accepted: the visit is open, and the patient
    is not rung for anew.
    """
    mine = _rung(actor.ref, col(UrgentRing.declined_at).is_(None)) & or_(
        UrgentRequest.state == UrgentState.WAITING,
        and_(UrgentRequest.state == UrgentState.EXPIRED, _is_visit_open(), ~_is_rung_for_anew()),
    )
    query = select(UrgentRequest).where(or_(mine, _is_owned_by(actor.ref)))
    return list(session.exec(query.order_by(*_FIRST, col(UrgentRequest.id))))


def list_taken(session: Session, actor: Actor, *, since: datetime) -> list[UrgentRequest]:
    """List what rang for the acting doctor and another one accepted lately."""
    query = select(UrgentRequest).where(
        _rung(actor.ref),
        col(UrgentRequest.state).in_(OWNED),
        col(UrgentRequest.owner_id) != actor.ref,
        col(UrgentRequest.accepted_at) > since,
    )
    return list(session.exec(query.order_by(col(UrgentRequest.accepted_at))))


def find_next(session: Session, actor: Actor) -> UrgentRequest | None:
    """Find and lock what the acting doctor should take first, passing over what others are at."""
    query = (
        select(UrgentRequest)
        .where(
            UrgentRequest.state == UrgentState.WAITING,
            _rung(actor.ref, col(UrgentRing.declined_at).is_(None)),
        )
        .order_by(*_FIRST, col(UrgentRequest.id))
        .limit(1)
        .with_for_update(skip_locked=True, of=UrgentRequest)
    )
    return session.exec(query.execution_options(populate_existing=True)).first()


def find_own(session: Session, actor: Actor) -> UrgentRequest | None:
    """Find what the actor has accepted and is not over: one at most."""
    return session.exec(select(UrgentRequest).where(_is_owned_by(actor.ref))).first()


def find_open_of(session: Session, patient_id: UUID) -> UrgentRequest | None:
    """Find a person's request that still wants somebody; the caller has checked the patient."""
    query = select(UrgentRequest).where(_of_person(patient_id), col(UrgentRequest.state).in_(OPEN))
    newest = query.order_by(col(UrgentRequest.enqueued_at).desc())
    return session.exec(newest, params={"patients": [patient_id]}).first()


def find_live_of(session: Session, patient_id: UUID) -> UrgentRequest | None:
    """Find the request of a person, under any record, that rings or that a doctor has, of any station."""
    query = select(UrgentRequest).where(_of_person(patient_id), col(UrgentRequest.state).in_(LIVE))
    return session.exec(query, params={"patients": [patient_id]}).first()


def _of_person(patient_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a request is for a person; `patients` is a parameter of the statement."""
    own = col(UrgentRequest.patient_id)
    return or_(own == patient_id, own.in_(core_select(OTHER_RECORDS.c.other)))


def find_case_of(session: Session, visit_id: UUID) -> UrgentRequest | None:
    """Find the request of a visit that nobody answered and nobody has closed."""
    query = select(UrgentRequest).where(
        UrgentRequest.visit_id == visit_id, UrgentRequest.state == UrgentState.EXPIRED
    )
    return session.exec(query.order_by(col(UrgentRequest.enqueued_at).desc())).first()


def find_case_since(
    session: Session, patient_id: UUID, station_id: UUID, since: datetime
) -> UrgentRequest | None:
    """Find what a station pressed for a person since then, nobody answered, and whose visit goes on."""
    query = (
        select(UrgentRequest)
        .join(Visit, col(Visit.id) == UrgentRequest.visit_id)
        .where(
            _of_person(patient_id),
            UrgentRequest.station_facility_id == station_id,
            UrgentRequest.state == UrgentState.EXPIRED,
            UrgentRequest.enqueued_at >= since,
            Visit.state == VisitState.OPEN,
        )
        .order_by(col(UrgentRequest.enqueued_at).desc())
    )
    return session.exec(query, params={"patients": [patient_id]}).first()


def find_owned(session: Session, actor: Actor, appointment_id: UUID) -> UrgentRequest | None:
    """Find, without lock, what the actor accepted and the appointment serves."""
    query = select(UrgentRequest).where(
        UrgentRequest.appointment_id == appointment_id, _is_owned_by(actor.ref)
    )
    return session.exec(query).first()


def served_by(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, UrgentRequest]:
    """Return the request that each of these appointments in scope was made to answer, where one was."""
    query = select(UrgentRequest).where(col(UrgentRequest.appointment_id).in_(appointment_ids))
    return {row.appointment_id: row for row in session.exec(query) if row.appointment_id}


_SERVES: Final = (
    select(UrgentRequest.id)
    .where(
        UrgentRequest.appointment_id == bindparam("appointment"),
        or_(*(UrgentRequest.state == state for state in sorted(OWNED))),
    )
    .with_for_update(skip_locked=True)
)
"""Written once, and of the id alone: every doctor's coming into a call asks it, and few serve a request."""


def lock_for_appointment(session: Session, appointment_id: UUID) -> UrgentRequest | None:
    """Find and lock the owned request an appointment serves; None too while another unit is at it.

    Whoever cancels or starts an appointment holds its row already: waiting here for a unit that waits
    for that row would be a deadlock. What is passed over is put right by the next tick.
    """
    session.flush()  # what this unit changed is asked for, too
    found = session.connection().execute(_SERVES, {"appointment": appointment_id}).scalar()
    return None if found is None else session.get_one(UrgentRequest, found, populate_existing=True)


def lock_waiting_of(session: Session, visit_id: UUID) -> UrgentRequest | None:
    """Find and lock the request a visit still waits with; None where it waits for nobody."""
    query = select(UrgentRequest).where(
        UrgentRequest.visit_id == visit_id, UrgentRequest.state == UrgentState.WAITING
    )
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def lock_owned_of(session: Session, visit_id: UUID) -> UrgentRequest | None:
    """Find and lock the request of a visit that a doctor has; None too while another unit is at it."""
    query = select(UrgentRequest).where(
        UrgentRequest.visit_id == visit_id, col(UrgentRequest.state).in_(OWNED)
    )
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).first()


def lock_due(session: Session, request_id: UUID) -> UrgentRequest | None:
    """Lock a request a tick found; None while another node is at it."""
    query = select(UrgentRequest).where(UrgentRequest.id == request_id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).first()


def list_live(session: Session, *, limit: int) -> list[UrgentRequest]:
    """List what a tick has to look at, the oldest first; an idle program has none."""
    query = select(UrgentRequest).where(col(UrgentRequest.state).in_(LIVE))
    return list(session.exec(query.order_by(col(UrgentRequest.enqueued_at)).limit(limit)))


def oldest_due(session: Session, *, now: datetime) -> datetime | None:
    """Return since when a next level, or the end of a lease, waits longest for a tick; None where none does.

    Two looks, each along an index.
    """
    looks = (
        select(func.min(UrgentRequest.escalate_at)).where(
            UrgentRequest.state == UrgentState.WAITING, col(UrgentRequest.escalate_at) <= now
        ),
        select(func.min(UrgentRequest.lease_until)).where(
            UrgentRequest.state == UrgentState.CLAIMED, col(UrgentRequest.lease_until) <= now
        ),
    )
    found = [session.exec(each).one() for each in looks]
    return min((each for each in found if each is not None), default=None)


def list_rung_pools(session: Session, request_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """List (request, pool) of the levels that had their turn."""
    query = select(UrgentLevel.request_id, UrgentLevel.pool_id).where(
        col(UrgentLevel.request_id).in_(request_ids), col(UrgentLevel.rung_at).is_not(None)
    )
    return list(session.exec(query).all())


def statuses_of(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, AppointmentState]:
    """Return where appointments stand."""
    query = select(Appointment.id, Appointment.status).where(col(Appointment.id).in_(appointment_ids))
    return {row_id: AppointmentState(status) for row_id, status in session.exec(query)}


def lock_status(session: Session, request: UrgentRequest) -> AppointmentState | None:
    """Return where the appointment of a request stands, held against other writers; None without one."""
    query = select(Appointment.status).where(Appointment.id == request.appointment_id)
    status = session.exec(query.with_for_update()).first()
    return AppointmentState(status) if status is not None else None


def term_of(session: Session, pool_id: UUID) -> timedelta:
    """Return how long a pool rings before the next level does too."""
    return timedelta(seconds=session.get_one(Pool, pool_id).escalate_seconds)


def longest_terms(session: Session) -> tuple[timedelta, timedelta]:
    """Return how long a pool rings at most before the next level does too, and how long a doctor has it.

    What stands further ahead was written by a clock that ran ahead.
    """
    terms = select(func.max(Pool.escalate_seconds), func.max(Pool.lease_seconds))
    rings, holds = session.exec(terms).one()
    return timedelta(seconds=rings or 0), timedelta(seconds=holds or 0)


def list_levels(session: Session, request_id: UUID) -> list[UrgentLevel]:
    """List the ladder of a request fetched in scope."""
    query = select(UrgentLevel).where(UrgentLevel.request_id == request_id)
    return list(session.exec(query.order_by(col(UrgentLevel.level))))


def list_rings(session: Session, request_ids: Collection[UUID]) -> list[UrgentRing]:
    """List who was rung for requests fetched in scope."""
    query = select(UrgentRing).where(col(UrgentRing.request_id).in_(request_ids))
    return list(session.exec(query.order_by(col(UrgentRing.level), col(UrgentRing.membership_id))))


def list_events(session: Session, request_id: UUID) -> list[UrgentEvent]:
    """List the steps of a request fetched in scope, oldest first."""
    query = select(UrgentEvent).where(UrgentEvent.request_id == request_id)
    return list(session.exec(query.order_by(col(UrgentEvent.seq))))


def pools_of(session: Session, pool_ids: Collection[UUID]) -> dict[UUID, Pool]:
    """Return pools by id."""
    rows = session.exec(select(Pool).where(col(Pool.id).in_(pool_ids)))
    return {row.id: row for row in rows}


def choose_ladder(
    session: Session, *, station_id: UUID, specialty: str | None, now: datetime
) -> tuple[UUID, ...]:
    """Return the pools a station rings, one after the other: the nearest level first.

    Of that level, a pool of the specialty before one of any; for a visit without a specialty one of any
    before all others. Raises `no-urgent-pool`.
    """
    on = policy_of(session).local_date(now)
    pools = list_pools_for(session, station_id=station_id, on=on, specialty=specialty)
    pools = pools or list_pools_for(session, station_id=station_id, on=on)
    if not pools:
        raise NoPoolError
    nearest = _ranks(session, pools)
    first = min(pools, key=lambda pool: (nearest[pool.id], pool.specialty_code != specialty))
    return ladder(first.id, lambda pool_id: next_pool(session, pool_id))


def _ranks(session: Session, pools: Sequence[Pool]) -> dict[UUID, int]:
    query = (
        select(Pool.id, Tier.rank)
        .join(Facility, col(Pool.facility_id) == Facility.id)
        .join(Tier, col(Facility.tier_code) == Tier.code)
        .where(col(Pool.id).in_([pool.id for pool in pools]))
    )
    return dict(session.exec(query).all())


def next_pool(session: Session, pool_id: UUID) -> UUID | None:
    """Return the pool above that is in use."""
    pool = session.get_one(Pool, pool_id)
    above = session.get(Pool, pool.escalates_to) if pool.escalates_to else None
    return above.id if above is not None and above.is_active else None


def _scoped(actor: Actor, now: datetime) -> SelectOfScalar[UrgentRequest]:
    """Select what the actor's station rings for, what rang for the actor, what rang in their pools.

    What is the actor's own too: who took a call over has its request, rung or not.
    """
    seen = or_(_rung(actor.ref), _is_owned_by(actor.ref))
    if actor.facility_id is not None:
        of_station = and_(
            col(UrgentRequest.station_facility_id) == actor.facility_id,
            col(UrgentRequest.patient_id).in_(visible_patients(actor, now)),
        )
        seen = or_(seen, of_station)
        if can(actor, "urgent.close"):
            seen = or_(seen, _reached(actor.facility_id))
    return select(UrgentRequest).where(seen)


def _rung(membership_id: UUID, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    rings = exists().where(
        col(UrgentRing.request_id) == UrgentRequest.id,
        col(UrgentRing.membership_id) == membership_id,
        *conditions,
    )
    return rings.correlate(UrgentRequest)


def _reached(facility_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a pool of the facility had its turn: its coordinators follow up."""
    levels = exists().where(
        col(UrgentLevel.request_id) == UrgentRequest.id,
        col(UrgentLevel.rung_at).is_not(None),
        col(UrgentLevel.pool_id) == Pool.id,
        col(Pool.facility_id) == facility_id,
    )
    return levels.correlate(UrgentRequest)


def _is_visit_open() -> ColumnElement[bool]:
    visit = exists().where(col(Visit.id) == UrgentRequest.visit_id, col(Visit.state) == VisitState.OPEN)
    return visit.correlate(UrgentRequest)


def _is_rung_for_anew() -> ColumnElement[bool]:
    other = aliased(UrgentRequest)
    is_same = _current(col(other.patient_id)) == _current(col(UrgentRequest.patient_id))
    return exists().where(is_same, col(other.state).in_(LIVE)).correlate(UrgentRequest)


def _current(patient_id: Any) -> ColumnElement[UUID]:
    """Return the record that is current for the person a column names a record of."""
    current = select(SamePerson.current_id).where(SamePerson.patient_id == patient_id).scalar_subquery()
    return func.coalesce(current, patient_id)


def _is_owned_by(membership_id: UUID) -> ColumnElement[bool]:
    return and_(col(UrgentRequest.owner_id) == membership_id, col(UrgentRequest.state).in_(OWNED))
