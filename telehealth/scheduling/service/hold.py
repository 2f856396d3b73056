"""Holding a slot for a form: doctor, station seat and patient are claimed together, or nothing is.

The unit's order is the same for every booking (docs/decisions): locks in one order, expired holds
let go, availability asked again, then the rows. Nothing remote happens in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, not_
from sqlalchemy import select as core_select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from telehealth.access.queries import require_patient
from telehealth.access.rules import check
from telehealth.availability.models import Resource
from telehealth.availability.queries import get_service, terms_of
from telehealth.kit.actors import Actor
from telehealth.kit.db import metadata
from telehealth.kit.errors import ForbiddenError, InvalidError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.scheduling import guard
from telehealth.scheduling.daybits import Diary
from telehealth.scheduling.diaries import Owner
from telehealth.scheduling.errors import (
    LimitReachedError,
    SlotTakenError,
    TooManyHoldsError,
    VisitHasAppointmentError,
)
from telehealth.scheduling.events import AppointmentHeld
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import IS_HELD, Appointment
from telehealth.scheduling.rules import (
    MAX_HOLDS,
    MAX_KEPT,
    MAX_WINDOW_DAYS,
    AcceptMode,
    HoldRequest,
    Slot,
    SlotSearch,
    Support,
)
from telehealth.scheduling.service.claiming import ALTERNATIVES, Place, claim, look, new_appointment
from telehealth.scheduling.service.expiry import expire_on
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import append, change, release_claims
from telehealth.scheduling.service.locks import lock_resources
from telehealth.scheduling.service.pooling import lock_pool, order_of, ranking, try_each
from telehealth.scheduling.slots import Standing
from telehealth.scheduling.states import LIVE, AppointmentCommand, AppointmentState
from telehealth.staff.queries import Wanted, list_doctor_ids


@dataclass(frozen=True, slots=True)
class _Case:
    """What one attempt to hold works with: the request, where it leads, the locked resources."""

    request: HoldRequest
    place: Place
    resources: Mapping[Owner, Resource]
    now: datetime
    chosen: Mapping[str, Any]

    @property
    def expires_at(self) -> datetime:
        kept = self.request.kept_for or timedelta(seconds=self.place.service.hold_seconds)
        return min(self.now + min(kept, MAX_KEPT), self.request.starts_at)

    @property
    def accept_mode(self) -> str:
        return AcceptMode.AUTO if self.request.is_agreed else self.place.service.accept_mode


_row = metadata.tables[Appointment.__tablename__].c
_IS_OWN = and_(_row.station_facility_id == bindparam("station"), _row.form_id == bindparam("form"), IS_HELD)
_OWN_HOLD = select(Appointment).where(_IS_OWN).with_for_update()
_ROOM = core_select(
    exists().where(
        _row.visit_id == bindparam("visit"),
        _row.status.in_(LIVE),
        not_(_IS_OWN),
        _row.id.is_distinct_from(bindparam("in_place_of", type_=_row.id.type)),
    ),
    core_select(func.count())
    .where(_row.held_by == bindparam("holder"), IS_HELD, _row.hold_expires_at > bindparam("now"))
    .scalar_subquery(),
    exists().where(_IS_OWN),
)
"""Written once: building a statement costs more than sending it."""


def hold(
    session: Session, actor: Actor, request: HoldRequest, *, now: datetime, names_others: bool = True
) -> Appointment:
    """Keep a slot for a form; a second hold of the same form moves it, the same slot changes nothing.

    Where the request names a pool and no doctor, the pool chooses among those who are free then.
    Raises `patient-not-found`, `service-not-found`, `doctor-or-pool`, `pool-not-found`,
    `outside-availability`, `too-many-holds`, `visit-has-appointment`, and `slot-taken` or `limit-reached`
    with the next free slots, unless the caller looks for them afterwards; then nothing is changed.
    """
    try:
        return _hold_anywhere(session, actor, request, now=now)
    except (SlotTakenError, LimitReachedError) as error:
        # After the guard's own refusal the unit can ask for nothing any more.
        if not names_others or isinstance(error.__cause__, IntegrityError):
            raise
        raise type(error)(list_others(session, actor, request, now=now)) from None


def list_others(session: Session, actor: Actor, request: HoldRequest, *, now: datetime) -> list[Slot]:
    """Return the next free slots: of the pool or the specialty asked for, else of the same doctor."""
    return find_slots(session, actor, search_from(session, request), now=now, waits=False)


def search_from(session: Session, request: HoldRequest) -> SlotSearch:
    """Return the search for slots as good as the one a request names, from its start on."""
    starts_at = request.starts_at.astimezone(UTC)
    day = policy_of(session).local_date(starts_at)
    return SlotSearch(
        from_on=day,
        to_on=day + timedelta(days=MAX_WINDOW_DAYS),  # the service's horizon ends it earlier
        patient_id=request.patient_id,
        form_id=request.form_id,
        service_code=request.service_code,
        specialty=request.specialty,
        tiers=request.tiers,
        language=request.language,
        doctor_membership_id=None if request.specialty else request.doctor_membership_id,
        pool_id=request.pool_id,
        limit=ALTERNATIVES,
        after=Slot(starts_at, UUID(int=0), starts_at),
    )


def _hold_anywhere(session: Session, actor: Actor, request: HoldRequest, *, now: datetime) -> Appointment:
    check(actor, "appointment.book")
    request = replace(request, starts_at=request.starts_at.astimezone(UTC))
    require_patient(session, actor, request.patient_id, now=now)
    if actor.facility_id is None:
        raise ForbiddenError
    service = get_service(session, request.service_code)
    place = Place(
        service=service,
        terms=terms_of(service),
        doctor_membership_id=request.doctor_membership_id or UUID(int=0),
        starts_at=request.starts_at,
        station_id=actor.facility_id,
        patient_id=request.patient_id,
    )
    if (request.doctor_membership_id is None) == (request.pool_id is None):
        raise InvalidError("doctor-or-pool", field="doctor_membership_id")
    if request.pool_id is not None:
        return _hold_in_pool(session, actor, request, place, request.pool_id, now=now)
    return _hold(session, actor, request, place, now=now)


def _hold_in_pool(
    session: Session, actor: Actor, request: HoldRequest, place: Place, pool_id: UUID, *, now: datetime
) -> Appointment:
    pool = lock_pool(session, pool_id, station_id=place.station_id, now=now)
    current = _own_hold(session, place.station_id, request.form_id)
    is_ours = current is not None and current.pool_id == pool.id
    if current is not None and is_ours and _is_kept(session, current, request, place, now):
        return current
    order = order_of(session, pool, place, now=now, form_id=request.form_id, wish=request)
    chosen = ranking(pool, order)

    def act(doctor: UUID) -> Appointment:
        there = replace(place, doctor_membership_id=doctor)
        return _hold(session, actor, request, there, now=now, chosen=chosen)

    held = try_each(session, order, act)
    if held is None:
        raise SlotTakenError
    return held


def _hold(
    session: Session,
    actor: Actor,
    request: HoldRequest,
    place: Place,
    *,
    now: datetime,
    chosen: Mapping[str, Any] = MappingProxyType({}),
) -> Appointment:
    case = _Case(request, place, lock_resources(session, place.owners), now, chosen)
    expire_on(session, [row.id for row in case.resources.values()], now=now)
    current = _own_hold(session, place.station_id, request.form_id)
    if current is not None and _is_same(current, request, place):
        return current
    require_room(session, actor, request, place.station_id, now=now)
    found = look(session, place, now=now, form_id=request.form_id)
    if found.standing is Standing.FULL:
        raise LimitReachedError
    if found.standing is not Standing.FREE:
        raise SlotTakenError
    try:
        appointment = _place(session, actor, case, found.diaries, current)
    except IntegrityError as error:
        # The locks above make this unreachable; the guard stands beneath them all the same.
        if guard.is_overlap(error):
            raise SlotTakenError from error
        raise
    publish(session, AppointmentHeld(**facts_of(appointment)), now=now)
    return appointment


def _own_hold(session: Session, station_id: UUID, form_id: UUID) -> Appointment | None:
    return session.exec(_OWN_HOLD, params={"station": station_id, "form": form_id}).first()


def _is_same(held: Appointment, request: HoldRequest, place: Place) -> bool:
    wanted = ("starts_at", "patient_id", "visit_id", "consult_kind")
    return (
        held.service_type_id == place.service.id
        and held.doctor_membership_id == place.doctor_membership_id
        and all(getattr(held, name) == getattr(request, name) for name in wanted)
    )


def _is_kept(session: Session, held: Appointment, request: HoldRequest, place: Place, now: datetime) -> bool:
    """Tell whether the pool has chosen for this very request before, and the hold still stands."""
    there = replace(place, doctor_membership_id=held.doctor_membership_id)
    is_live = held.hold_expires_at is not None and held.hold_expires_at > now
    return is_live and _is_same(held, request, there) and _is_wanted(session, held, request, now)


def _is_wanted(session: Session, held: Appointment, request: HoldRequest, now: datetime) -> bool:
    """Tell whether a search for what is wanted now finds the doctor the pool chose before."""
    wanted = Wanted(
        on=policy_of(session).local_date(now),
        until=policy_of(session).local_date(request.starts_at),
        station_id=held.station_facility_id,
        specialty=request.specialty,
        tiers=request.tiers,
        language=request.language,
        membership_id=held.doctor_membership_id,
    )
    return bool(list_doctor_ids(session, wanted))


def require_room(
    session: Session, actor: Actor, request: HoldRequest, station_id: UUID, *, now: datetime
) -> None:
    """Refuse a second appointment for one visit, and a person who keeps too many slots.

    Raises `visit-has-appointment`, `too-many-holds`. What the form holds already is about to move.
    """
    asked = {
        "station": station_id,
        "form": request.form_id,
        "visit": request.visit_id,
        "in_place_of": request.in_place_of,
        "holder": holder_of(actor, request),
        "now": now,
    }
    is_booked, kept, is_move = session.connection().execute(_ROOM, asked).one()
    if is_booked:
        raise VisitHasAppointmentError
    if kept >= MAX_HOLDS and not is_move:
        raise TooManyHoldsError(MAX_HOLDS)


def holder_of(actor: Actor, request: HoldRequest) -> UUID:
    """Return against whom a hold is counted: whoever asks, but for what is kept for somebody who waits.

    Of that there is one at a time for each who waits, so it bounds itself; whoever coordinates is not
    kept from offering to the eleventh.
    """
    return actor.ref if request.kept_for is None else request.form_id


def _place(
    session: Session, actor: Actor, case: _Case, diaries: Mapping[Owner, Diary], current: Appointment | None
) -> Appointment:
    """Write the appointment and its three claims; a hold that moves keeps its id."""
    data = dict(case.chosen)
    if current is None:
        appointment = _new_appointment(actor, case)
        session.add(appointment)
        append(session, actor, appointment, "hold", before=None, now=case.now, data=data)
    else:
        appointment, request = current, case.request
        release_claims(session, appointment)
        appointment.doctor_membership_id = case.place.doctor_membership_id
        appointment.pool_id, appointment.held_by = request.pool_id, holder_of(actor, request)
        appointment.patient_id, appointment.visit_id = request.patient_id, request.visit_id
        appointment.starts_at, appointment.ends_at = case.place.starts_at, case.place.ends_at
        appointment.hold_expires_at = case.expires_at
        appointment.support = Support.SUPPORTED  # the new time was just checked against the hours
        appointment.service_type_id = case.place.service.id
        appointment.accept_mode = case.accept_mode
        appointment.consult_kind, appointment.priority = request.consult_kind, request.priority
        change(session, actor, appointment, AppointmentCommand.MOVE, now=case.now, data=data)
    claim(session, appointment, case.place, case.resources, diaries, held_until=case.expires_at)
    return appointment


def _new_appointment(actor: Actor, case: _Case) -> Appointment:
    request, place = case.request, case.place
    appointment = new_appointment(
        place,
        status=AppointmentState.HELD,
        visit_id=request.visit_id,
        consult_kind=request.consult_kind,
        hold_expires_at=case.expires_at,
        pool_id=request.pool_id,
        form_id=request.form_id,
        held_by=holder_of(actor, case.request),
        priority=request.priority,
        created_at=case.now,
    )
    appointment.accept_mode = case.accept_mode
    return appointment
