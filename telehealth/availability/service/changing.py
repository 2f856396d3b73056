"""Changing hours as somebody: who may, nothing of the past, all on record, and told to who must know.

What is changed is described by one of the dataclasses, so that its consequences can be shown before it
is done: `scheduling.service.preview_change` applies the same description and takes it back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, col, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.availability import queries
from telehealth.availability.events import HoursChanged
from telehealth.availability.models import (
    AvailabilityException,
    AvailabilityRule,
    OpeningHours,
    Resource,
    ServiceType,
)
from telehealth.availability.rules import SEATS_AT_MOST, ChangeKind, Reason, ResourceKind, Scope
from telehealth.availability.service.hours import add_exception, add_opening, add_rule, ensure_resource
from telehealth.facilities.models import Facility
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.changes import note_change
from telehealth.kit.errors import InvalidError, NotFoundError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role

Week = tuple[tuple[tuple[int, int], ...], ...]
"""Hours of the seven weekdays from Monday on, each some (start, end) in minutes after midnight."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whose hours a change concerns."""

    scope: Scope
    scope_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddHours:
    """Further weekly hours of a resource, or with scope facility opening hours."""

    target: Target
    weekday: int
    start_minute: int
    end_minute: int
    valid_from: date
    valid_to: date | None = None
    service_type_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseHours:
    """Let one row of weekly hours (or of opening hours) end before a day."""

    target: Target
    row_id: UUID
    valid_to: date
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWeek:
    """Hours of the whole week from a day on, in place of those in force.

    Those for every service, and hours of one service stay; or with a service only those of that one.
    """

    target: Target
    valid_from: date
    days: Week
    version: int
    service_type_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddException:
    """A closure, extra hours, or hours kept for one service, for some time."""

    target: Target
    kind: ChangeKind
    starts_at: datetime
    ends_at: datetime
    reason: Reason = Reason.OTHER
    service_type_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawException:
    """Take an exception back, from now on; the row stays."""

    target: Target
    exception_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTerms:
    """How many appointments a resource takes, and whether its duty runs over holidays."""

    target: Target
    daily_max: int | None
    weekly_max: int | None
    works_holidays: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSeats:
    """How many appointments a station can have at once: as many places with a screen and somebody beside."""

    target: Target
    seats: int
    version: int


HoursChange = AddHours | CloseHours | NewWeek | AddException | WithdrawException | SetTerms | SetSeats


def change_hours(session: Session, actor: Actor, change: HoursChange, *, now: datetime) -> SQLModel:
    """Carry a change out and return the row it is about; appointments are never touched by it.

    Raises `not-allowed`, `resource-not-found`, `facility-not-found`, `hours-in-past`, `bad-hours`,
    `rule-not-found`, `exception-not-found`, `seats-out-of-range`, `stale-version`, and what those who
    hear of it refuse: `seats-in-use`.
    """
    row = apply_change(session, actor, change, now=now)
    target = change.target
    facts = {"change": type(change).__name__, "row": str(getattr(row, "id", ""))}
    record(
        session,
        actor,
        "availability.change",
        subject_kind=str(target.scope),
        subject_id=target.scope_id,
        facts=facts,
        now=now,
    )
    if target.scope_id is not None:
        note_change(session, "hours", target.scope_id, scopes=_who_hears(session, target), now=now)
    seats = change.seats if isinstance(change, SetSeats) else None
    publish(session, HoursChanged(scope=target.scope, scope_id=target.scope_id, seats=seats), now=now)
    return row


def _who_hears(session: Session, target: Target) -> list[UUID]:
    """Return whose pages tell of new hours: the facility, and the owner of a resource."""
    if target.scope is not Scope.RESOURCE:
        return [_id(target)]
    resource = session.get_one(Resource, target.scope_id)
    return [resource.owner_id, *([resource.facility_id] if resource.facility_id else [])]


def apply_change(session: Session, actor: Actor, change: HoursChange, *, now: datetime) -> SQLModel:
    """Write a change under the locks bookings take, without telling anybody. Raises as `change_hours`."""
    _require(session, actor, change.target)
    lock_hours(session, change.target)
    row = _ACTS[type(change)](session, actor, change, now)
    session.flush()
    return row


def _require(session: Session, actor: Actor, target: Target) -> None:
    """Let doctors change their own hours, coordinators and managers those of their facility."""
    if actor.kind is ActorKind.SYSTEM:
        return
    check(actor, "availability.change")
    role = actor.role if isinstance(actor, MembershipActor) else None
    if target.scope is Scope.NATIONAL:
        check(actor, "holiday.change")
        return
    if target.scope is Scope.FACILITY:
        if role is Role.DOCTOR or target.scope_id != actor.facility_id:
            raise NotFoundError("facility-not-found")
        return
    query = select(Resource).where(Resource.id == target.scope_id, Resource.kind != ResourceKind.PATIENT)
    row = session.exec(query).first()
    is_own = row is not None and row.owner_id == actor.ref
    is_led = row is not None and role is not Role.DOCTOR and row.facility_id == actor.facility_id
    if not (is_own or is_led):
        raise NotFoundError("resource-not-found")


def lock_hours(session: Session, target: Target) -> None:
    """Wait for bookings under way and let later ones see the change: the locks a hold takes."""
    query = select(Resource.id).where(Resource.kind != ResourceKind.PATIENT)
    if target.scope is Scope.RESOURCE:
        query = query.where(Resource.id == target.scope_id)
    elif target.scope is Scope.FACILITY:
        facility = select(Facility.id).where(Facility.id == target.scope_id).with_for_update()
        session.exec(facility).all()
        query = query.where(Resource.facility_id == target.scope_id)
    session.exec(query.order_by(col(Resource.id)).with_for_update()).all()


def _add_hours(session: Session, _actor: Actor, change: AddHours, now: datetime) -> SQLModel:
    _not_before_today(session, change.valid_from, now, "valid_from")
    _require_service(session, change)
    hours: dict[str, Any] = {
        "weekday": change.weekday,
        "start_minute": change.start_minute,
        "end_minute": change.end_minute,
        "valid_from": change.valid_from,
        "valid_to": change.valid_to,
    }
    if change.target.scope is Scope.FACILITY:
        return add_opening(session, _id(change.target), **hours)
    resource = session.get_one(Resource, change.target.scope_id)
    _touch(session, resource)
    return add_rule(session, resource, service_type_id=change.service_type_id, **hours)


def _require_service(session: Session, change: AddHours | NewWeek | AddException) -> None:
    """Let hours be of a service there is, and opening hours of none: a house is open for all or closed."""
    if change.service_type_id is None:
        return
    is_opening = change.target.scope is Scope.FACILITY and not isinstance(change, AddException)
    if is_opening or session.get(ServiceType, change.service_type_id) is None:
        raise InvalidError("bad-hours", field="service_type_id")


def _close_hours(session: Session, _actor: Actor, change: CloseHours, now: datetime) -> SQLModel:
    _not_before_today(session, change.valid_to, now, "valid_to")
    row = next((row for row in _rows(session, change.target) if row.id == change.row_id), None)
    if row is None:
        raise NotFoundError("rule-not-found")
    if row.version != change.version:
        raise StaleError
    if row.valid_to is not None and row.valid_to <= change.valid_to:
        raise InvalidError("bad-hours", field="valid_to")
    _end(session, row, change.valid_to)
    _touch_target(session, change.target)
    return row


def _new_week(session: Session, _actor: Actor, change: NewWeek, now: datetime) -> SQLModel:
    _not_before_today(session, change.valid_from, now, "valid_from")
    if len(change.days) != 7:
        raise InvalidError("bad-hours", field="days")
    _require_service(session, change)
    if week_version(session, change.target) != change.version:
        raise StaleError
    for row in _rows(session, change.target):
        service_id = None if isinstance(row, OpeningHours) else row.service_type_id
        if service_id == change.service_type_id and (
            row.valid_to is None or row.valid_to > change.valid_from
        ):
            _end(session, row, max(change.valid_from, row.valid_from))
    for weekday, spans in enumerate(change.days):
        for start, end in spans:
            hours: dict[str, Any] = {"weekday": weekday, "start_minute": start, "end_minute": end}
            if change.target.scope is Scope.FACILITY:
                add_opening(session, _id(change.target), valid_from=change.valid_from, **hours)
            else:
                resource = session.get_one(Resource, change.target.scope_id)
                hours |= {"valid_from": change.valid_from, "service_type_id": change.service_type_id}
                add_rule(session, resource, **hours)
    return _touch_target(session, change.target)


def _add_exception(session: Session, actor: Actor, change: AddException, now: datetime) -> SQLModel:
    if change.ends_at <= now:
        raise InvalidError("hours-in-past", field="ends_at")
    _require_service(session, change)
    return add_exception(
        session,
        actor,
        scope=change.target.scope,
        scope_id=change.target.scope_id,
        kind=change.kind,
        starts_at=change.starts_at,
        ends_at=change.ends_at,
        reason=change.reason,
        service_type_id=change.service_type_id,
        now=now,
    )


def _withdraw(session: Session, _actor: Actor, change: WithdrawException, now: datetime) -> SQLModel:
    row = session.get(AvailabilityException, change.exception_id)
    target = change.target
    if row is None or (row.scope, row.scope_id) != (target.scope, target.scope_id) or row.withdrawn_at:
        raise NotFoundError("exception-not-found")
    if row.version != change.version:
        raise StaleError
    if row.ends_at <= now:
        raise InvalidError("hours-in-past")
    row.withdrawn_at = now
    row.version += 1
    session.add(row)
    return row


def _set_terms(session: Session, _actor: Actor, change: SetTerms, _now: datetime) -> SQLModel:
    if change.target.scope is not Scope.RESOURCE:
        raise NotFoundError("resource-not-found")
    resource = session.get_one(Resource, change.target.scope_id)
    if resource.version != change.version:
        raise StaleError
    resource.daily_max, resource.weekly_max = change.daily_max, change.weekly_max
    resource.works_holidays = change.works_holidays
    return _touch(session, resource)


def _set_seats(session: Session, _actor: Actor, change: SetSeats, _now: datetime) -> SQLModel:
    if change.target.scope is not Scope.FACILITY:
        raise NotFoundError("facility-not-found")
    if not 1 <= change.seats <= SEATS_AT_MOST:
        raise InvalidError("seats-out-of-range", field="seats", high=str(SEATS_AT_MOST))
    if week_version(session, change.target) != change.version:
        raise StaleError
    resource = ensure_resource(session, ResourceKind.SEAT, _id(change.target))
    resource.lanes = change.seats
    return _touch(session, resource)


_ACTS: dict[type, Callable[..., SQLModel]] = {
    AddHours: _add_hours,
    CloseHours: _close_hours,
    NewWeek: _new_week,
    AddException: _add_exception,
    WithdrawException: _withdraw,
    SetTerms: _set_terms,
    SetSeats: _set_seats,
}


def week_version(session: Session, target: Target) -> int:
    """Return the version of all weekly hours of a resource or facility together."""
    if target.scope is Scope.RESOURCE:
        return session.get_one(Resource, target.scope_id).version
    return queries.house_version(_rows(session, target), queries.find_seats(session, _id(target)))


def _rows(session: Session, target: Target) -> list[AvailabilityRule | OpeningHours]:
    if target.scope is Scope.FACILITY:
        return [*session.exec(select(OpeningHours).where(OpeningHours.facility_id == target.scope_id))]
    query = select(AvailabilityRule).where(AvailabilityRule.resource_id == target.scope_id)
    return [*session.exec(query)]


def _end(session: Session, row: AvailabilityRule | OpeningHours, on: date) -> None:
    row.valid_to = on
    row.version += 1
    session.add(row)


def _touch_target(session: Session, target: Target) -> SQLModel:
    if target.scope is Scope.FACILITY:
        return session.get_one(Facility, target.scope_id)
    return _touch(session, session.get_one(Resource, target.scope_id))


def _touch(session: Session, resource: Resource) -> Resource:
    resource.version += 1
    session.add(resource)
    return resource


def _not_before_today(session: Session, day: date, now: datetime, name: str) -> None:
    if day < policy_of(session).local_date(now):
        raise InvalidError("hours-in-past", field=name)


def _id(target: Target) -> UUID:
    if target.scope_id is None:
        raise NotFoundError("facility-not-found")
    return target.scope_id
