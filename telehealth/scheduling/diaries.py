"""Loading diaries: all that decides when doctors, seats and patients are free, in a few statements.

Searching, holding, explaining and judging whether an appointment still lies within the hours read the
same diaries; what is not loaded here decides nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, type_coerce
from sqlalchemy import select as core_select
from sqlalchemy.types import NullType
from sqlmodel import Session, and_, col, or_, select

from telehealth.access.queries import OTHER_RECORDS
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import load_calendar, load_changes, load_hours, load_opening
from telehealth.availability.rules import (
    NO_CALENDAR,
    NO_LIMITS,
    Calendar,
    DatedChange,
    Limits,
    ResourceKind,
    WeeklyHours,
    local_day,
)
from telehealth.kit.db import metadata
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch, instant
from telehealth.scheduling.daybits import Diary, Question, by_day
from telehealth.scheduling.models import IS_HELD, IS_LIVE, Appointment
from telehealth.scheduling.rules import Busy
from telehealth.scheduling.states import AGREED, AppointmentState
from telehealth.staff.models import Membership

Owner = tuple[ResourceKind, UUID]

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What the statements brought, by resource or facility; of patients, other records' claims by person."""

    hours: Mapping[UUID, list[WeeklyHours]]
    opening: Mapping[UUID, list[WeeklyHours]]
    calendar: Calendar
    changes: Mapping[UUID, list[DatedChange]]
    busy: Mapping[UUID, list[Busy]]
    counts: Mapping[UUID, Mapping[date, int]]


def load_diaries(
    session: Session,
    owners: Collection[Owner],
    service: ServiceType,
    question: Question,
    *,
    form_id: UUID | None = None,
    besides: UUID | None = None,
) -> dict[Owner, Diary]:
    """Load what decides when these resources are free: the same statements, whatever their number.

    Claims of expired holds do not count, nor those of the form's own hold, nor those of the appointment
    `besides` that is to move. Doctors without a resource are left out; a station's seat or a patient that
    nothing was booked for yet is as it will be made. A patient is busy with what is claimed under any record
    of the same person.
    """
    resources, members = _resources(session, owners)
    first, last = question.from_on - _DAY, question.to_on + _DAY
    window = _window({ZoneInfo(row.zone) for row in resources.values()}, first, last)
    facilities = {row.facility_id for row in resources.values() if row.facility_id}
    loaded = _Loaded(
        hours=load_hours(session, resources, service),
        opening=load_opening(session, facilities),
        calendar=load_calendar(session, first - _DAY, last),
        changes=load_changes(session, resources, window, service),
        busy=_load_busy(session, resources, window, question.now, form_id, besides),
        counts=_load_counts(session, resources, question, form_id, besides),
    )
    return {
        (ResourceKind(row.kind), row.owner_id): _diary(row, members.get(row.owner_id), loaded)
        for row in resources.values()
    }


def _resources(
    session: Session, owners: Collection[Owner]
) -> tuple[dict[UUID, Resource], dict[UUID, tuple[date, date | None]]]:
    """Return the resources of owners by id, and from when to when the doctors among them work."""
    wanted = set(owners)
    asked = {"owners": [owner_id for _, owner_id in owners]}
    found: dict[UUID, Resource] = {}
    members: dict[UUID, tuple[date, date | None]] = {}
    for row, valid_from, valid_to in session.exec(_RESOURCES, params=asked):
        if (ResourceKind(row.kind), row.owner_id) in wanted:
            found[row.id] = row
            if valid_from is not None:
                members[row.owner_id] = (valid_from, valid_to)
    known = {(ResourceKind(row.kind), row.owner_id) for row in found.values()}
    for kind, owner_id in wanted - known:
        if kind is not ResourceKind.DOCTOR:
            of_station = owner_id if kind is ResourceKind.SEAT else None
            row = Resource(
                kind=kind, owner_id=owner_id, facility_id=of_station, zone=policy_of(session).zone.key
            )
            found[row.id] = row
    return found, members


def _window(zones: Collection[ZoneInfo], first: date, last: date) -> Span:
    start = min((local_day(zone, first).start for zone in zones), default=0)
    end = max((local_day(zone, last).end for zone in zones), default=1)
    return Span(start, max(end, start + 1))


def _diary(row: Resource, member: tuple[date, date | None] | None, loaded: _Loaded) -> Diary:
    is_person = row.kind == ResourceKind.PATIENT
    works_from, works_to = member or (date.min, None)
    opening = loaded.opening.get(row.facility_id, ()) if row.facility_id else ()
    has_limits = row.daily_max is not None or row.weekly_max is not None
    return Diary(
        owner_id=row.owner_id,
        zone=ZoneInfo(row.zone),
        lanes=row.lanes,
        is_bound=row.kind == ResourceKind.DOCTOR or row.id in loaded.hours or not row.is_active,
        hours=tuple(loaded.hours.get(row.id, ())) if row.is_active else (),
        opening=() if is_person else tuple(opening),
        calendar=NO_CALENDAR if row.works_holidays else loaded.calendar,
        changes=() if is_person else tuple(loaded.changes.get(row.id, ())),
        busy=by_day(
            [*loaded.busy.get(row.id, ()), *(loaded.busy.get(row.owner_id, ()) if is_person else ())]
        ),
        limits=Limits(row.daily_max, row.weekly_max, loaded.counts.get(row.id, {}))
        if has_limits
        else NO_LIMITS,
        works_from=works_from,
        works_to=works_to,
    )


def _load_busy(
    session: Session,
    resources: Mapping[UUID, Resource],
    window: Span,
    now: datetime,
    form_id: UUID | None,
    besides: UUID | None,
) -> dict[UUID, list[Busy]]:
    """Return what is claimed of each resource; what other records of a patient claim, by the patient."""
    people = [row.owner_id for row in resources.values() if row.kind == ResourceKind.PATIENT]
    asked = {
        "resources": list(resources),
        "patients": people,
        "start": window.start,
        "end": window.end,
        "now": epoch(now),
        "form": form_id,
        "besides": besides,
    }
    query = _busy(form_id is not None, besides is not None, bool(people))
    found: dict[Any, list[Busy]] = {}
    for resource_id, lane, start, end in session.connection().execute(query, asked):
        found.setdefault(resource_id, []).append(Busy(lane, Span(start, end)))
    return {UUID(str(resource_id)): busy for resource_id, busy in found.items()}


def _load_counts(
    session: Session,
    resources: Mapping[UUID, Resource],
    question: Question,
    form_id: UUID | None,
    besides: UUID | None,
) -> dict[UUID, dict[date, int]]:
    """Count the appointments of resources that have a maximum, by local day, over whole weeks.

    Agreed ones count even when they are over, requests that wait for an answer, and holds that have not
    run out; one statement, none where nobody has a maximum.
    """
    limited = [row for row in resources.values() if row.daily_max is not None or row.weekly_max is not None]
    if not limited:
        return {}
    zones = {ZoneInfo(row.zone) for row in limited}
    window = _window(zones, question.from_on - _WEEK, question.to_on + _WEEK)
    is_held = and_(
        IS_HELD,
        col(Appointment.hold_expires_at) > question.now,
        col(Appointment.form_id) != form_id if form_id is not None else True,
    )
    doctors = {row.owner_id: row for row in limited if row.kind == ResourceKind.DOCTOR}
    stations = {row.owner_id: row for row in limited if row.kind == ResourceKind.SEAT}
    query = select(
        Appointment.doctor_membership_id, Appointment.station_facility_id, Appointment.starts_at
    ).where(
        or_(
            col(Appointment.doctor_membership_id).in_(doctors),
            col(Appointment.station_facility_id).in_(stations),
        ),
        Appointment.starts_at >= instant(window.start),
        Appointment.starts_at < instant(window.end),
        or_(col(Appointment.status).in_(AGREED | {AppointmentState.REQUESTED}), is_held),
    )
    if besides is not None:
        query = query.where(Appointment.id != besides)
    found: dict[UUID, dict[date, int]] = {}
    for doctor_id, station_id, starts_at in session.exec(query):
        for row in (doctors.get(doctor_id), stations.get(station_id)):
            if row is not None:
                day = starts_at.astimezone(ZoneInfo(row.zone)).date()
                days = found.setdefault(row.id, {})
                days[day] = days.get(day, 0) + 1
    return found


def within(diaries: Iterable[Diary], days: Mapping[UUID, tuple[date, date | None]]) -> list[Diary]:
    """Return the diaries of those named, narrowed to the days each is in question (a pool's members)."""
    narrowed = []
    for diary in diaries:
        if diary.owner_id in days:
            first, end = days[diary.owner_id]
            ends = [each for each in (diary.works_to, end) if each is not None]
            narrowed.append(
                replace(diary, works_from=max(diary.works_from, first), works_to=min(ends) if ends else None)
            )
    return narrowed


def held_doctors(session: Session, form_id: UUID) -> list[Owner]:
    """Return the doctors of whom a form holds a slot: for that form their diaries are others."""
    found = session.connection().execute(_HELD_DOCTORS, {"form": form_id})
    return [(ResourceKind.DOCTOR, doctor_id) for doctor_id in found.scalars()]


def load_person(session: Session, patient_id: UUID, question: Question) -> dict[Owner, Diary]:
    """Load the diary of a patient, as `load_diaries` does, in one statement: nothing but claims."""
    zone = policy_of(session).zone
    window = {
        "owner": patient_id,
        "patients": [patient_id],
        "start": local_day(zone, question.from_on - _DAY).start,
        "end": local_day(zone, question.to_on + _DAY).end,
        "now": epoch(question.now),
    }
    rows = session.connection().execute(_PERSON, window)
    busy = by_day(Busy(lane, Span(start, end)) for _, lane, start, end in rows)
    diary = Diary(owner_id=patient_id, zone=zone, is_bound=False, busy=busy)
    return {(ResourceKind.PATIENT, patient_id): diary}


def is_busy(session: Session, doctor_id: UUID, at: datetime, *, form_id: UUID, now: datetime) -> bool:
    """Tell whether a claim of a doctor, not the form's own, stands at an instant: one statement."""
    asked = {"owner": doctor_id, "at": epoch(at), "form": form_id, "now": epoch(now)}
    return session.connection().execute(_IS_BUSY, asked).first() is not None


_RESOURCES = (
    select(Resource, col(Membership.valid_from), col(Membership.valid_to))
    .outerjoin(
        Membership,
        and_(
            col(Resource.owner_id) == col(Membership.id),
            col(Resource.kind) == ResourceKind.DOCTOR,
        ),
    )
    .where(col(Resource.owner_id).in_(bindparam("owners", expanding=True)))
)
_claim, _resource = metadata.tables["claim"].c, metadata.tables["resource"].c
_held = metadata.tables["appointment"].c
_IS_OWN = and_(_held.form_id == bindparam("form"), IS_HELD)
_HELD_DOCTORS = core_select(_held.doctor_membership_id).where(_IS_OWN)
_IN_WINDOW = (
    IS_LIVE,
    _claim.busy_end > bindparam("start"),
    _claim.busy_start < bindparam("end"),
    or_(_claim.held_until.is_(None), _claim.held_until > bindparam("now")),
)
# Ids as the driver gives them: making one for each of many claims takes longer than all the rest.
_BUSY = core_select(
    type_coerce(_claim.resource_id, NullType()), _claim.lane, _claim.busy_start, _claim.busy_end
).where(_claim.resource_id.in_(bindparam("resources", expanding=True)), *_IN_WINDOW)
_OTHER_PATIENT = and_(_resource.owner_id == OTHER_RECORDS.c.other, _resource.kind == ResourceKind.PATIENT)
_BUSY_OTHERWISE = (
    core_select(
        type_coerce(OTHER_RECORDS.c.asked, NullType()), _claim.lane, _claim.busy_start, _claim.busy_end
    )
    .select_from(OTHER_RECORDS)
    .join(metadata.tables["resource"], _OTHER_PATIENT)
    .join(metadata.tables["claim"], _claim.resource_id == _resource.id)
    .where(*_IN_WINDOW)
)
"""What is claimed of patients under other records of the same person."""

_PERSON = (
    core_select(type_coerce(_claim.resource_id, NullType()), _claim.lane, _claim.busy_start, _claim.busy_end)
    .join(metadata.tables["resource"], _resource.id == _claim.resource_id)
    .where(_resource.kind == ResourceKind.PATIENT, _resource.owner_id == bindparam("owner"), *_IN_WINDOW)
    .union_all(_BUSY_OTHERWISE)
)
"""Written once: building a statement costs more than sending it."""


@cache
def _busy(for_form: bool, without_one: bool, with_people: bool) -> Select[Any] | CompoundSelect[Any]:
    """Return the statement for claims: not the form's own, not those of one appointment, of people too."""
    besides: list[ColumnElement[bool]]
    besides = [_claim.appointment_id.not_in(core_select(_held.id).where(_IS_OWN))] if for_form else []
    if without_one:
        besides.append(_claim.appointment_id != bindparam("besides"))
    own = _BUSY.where(*besides)
    return own.union_all(_BUSY_OTHERWISE.where(*besides)) if with_people else own


_IS_BUSY = (
    core_select(_claim.id)
    .join(metadata.tables["resource"], _resource.id == _claim.resource_id)
    .where(
        _resource.kind == ResourceKind.DOCTOR,
        _resource.owner_id == bindparam("owner"),
        IS_LIVE,
        _claim.busy_start <= bindparam("at"),
        _claim.busy_end > bindparam("at"),
        or_(_claim.held_until.is_(None), _claim.held_until > bindparam("now")),
        _claim.appointment_id.not_in(core_select(_held.id).where(_IS_OWN)),
    )
    .limit(1)
)
