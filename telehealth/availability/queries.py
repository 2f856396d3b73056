"""Every select of availability: service types, and the hours and dated changes of resources."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, and_, bindparam
from sqlalchemy import select as core_select
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.availability.models import (
    AvailabilityException,
    AvailabilityRule,
    NationalDay,
    OpeningHours,
    Resource,
    ServiceType,
)
from telehealth.availability.rules import (
    OPENS_WITHIN,
    CalendarDay,
    ChangeKind,
    DatedChange,
    ResourceKind,
    Scope,
    Station,
    Terms,
    WeeklyHours,
    usual_hours,
    weekday_on,
)
from telehealth.kit.actors import Actor
from telehealth.kit.db import metadata
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, instant

_AHEAD: Final = timedelta(days=OPENS_WITHIN + 8)
"""How far from now a station's hours are loaded: its next opening is asked for from some days on, too."""

_SERVICE = select(ServiceType).where(ServiceType.code == bindparam("code"))
"""Asked for every search and hold: building a statement costs more than sending it."""


def get_service(session: Session, code: str) -> ServiceType:
    """Return a service type by its code; raise `service-not-found`."""
    service = session.exec(_SERVICE, params={"code": code}).first()
    if service is None:
        raise NotFoundError("service-not-found")
    return service


def list_services(session: Session) -> list[ServiceType]:
    """List what can be booked, the shortest first."""
    return list(
        session.exec(select(ServiceType).order_by(col(ServiceType.duration_minutes), ServiceType.code))
    )


def terms_of(service: ServiceType) -> Terms:
    """Return the terms of a service type as the rules read them."""
    return Terms(
        duration=service.duration_minutes,
        before=service.buffer_before_minutes,
        after=service.buffer_after_minutes,
        step=service.step_minutes,
        offset=service.offset_minutes,
        notice=service.min_notice_minutes,
        horizon_days=service.horizon_days,
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """All hours of a resource, a facility or the country that are in force or to come."""

    version: int
    weekly: list[AvailabilityRule] | list[OpeningHours]
    exceptions: list[AvailabilityException]
    resource: Resource | None = None
    seats: int | None = None
    """How many appointments a station can have at once; of houses only."""


def get_sheet(session: Session, actor: Actor, scope: Scope, scope_id: UUID | None, *, now: datetime) -> Sheet:
    """Return the hours of a resource or facility the actor may see: their own, or of their facility.

    Raises `resource-not-found`, `facility-not-found`.
    """
    today = policy_of(session).local_date(now)
    exceptions = select(AvailabilityException).where(
        AvailabilityException.scope == scope,
        AvailabilityException.scope_id == scope_id,
        AvailabilityException.ends_at > now,
        col(AvailabilityException.withdrawn_at).is_(None),
    )
    changes = list(session.exec(exceptions.order_by(col(AvailabilityException.starts_at))))
    if scope is Scope.RESOURCE:
        resource = get_resource(session, actor, scope_id)
        rules = select(AvailabilityRule).where(AvailabilityRule.resource_id == scope_id)
        weekly = [row for row in session.exec(rules) if row.valid_to is None or row.valid_to > today]
        return Sheet(resource.version, sorted(weekly, key=_by_day), changes, resource)
    if scope is Scope.FACILITY and (scope_id is None or scope_id != actor.facility_id):
        raise NotFoundError("facility-not-found")
    rows = session.exec(select(OpeningHours).where(OpeningHours.facility_id == scope_id)).all()
    opening = [row for row in rows if row.valid_to is None or row.valid_to > today]
    seat = find_seats(session, scope_id) if scope_id is not None else None
    seats = seat.lanes if seat else 1
    return Sheet(house_version(rows, seat), sorted(opening, key=_by_day), changes, seats=seats)


def find_seats(session: Session, facility_id: UUID) -> Resource | None:
    """Return the seats of a station; None while nothing was booked there and none were set: it has one."""
    query = select(Resource).where(Resource.kind == ResourceKind.SEAT, Resource.owner_id == facility_id)
    return session.exec(query).first()


def house_version(rows: Sequence[AvailabilityRule | OpeningHours], seat: Resource | None) -> int:
    """Return the version of a house's opening hours and seats together.

    Rows are only added and closed, and closing counts one up; so do seats that change: the sum never
    comes twice.
    """
    return 1 + sum(row.version for row in rows) + (seat.version - 1 if seat else 0)


def _by_day(row: AvailabilityRule | OpeningHours) -> tuple[int, int, date]:
    return row.weekday, row.start_minute, row.valid_from


def get_resource(session: Session, actor: Actor, resource_id: UUID | None) -> Resource:
    """Return a doctor's or a station's resource within the actor's reach; raise `resource-not-found`."""
    row = session.exec(_reachable(actor).where(Resource.id == resource_id)).first()
    if row is None:
        raise NotFoundError("resource-not-found")
    return row


def get_resource_of(session: Session, actor: Actor, owner_id: UUID) -> Resource:
    """Return the resource of a membership or facility; raise `resource-not-found`."""
    row = session.exec(_reachable(actor).where(Resource.owner_id == owner_id)).first()
    if row is None:
        raise NotFoundError("resource-not-found")
    return row


def list_resources(session: Session, actor: Actor) -> list[Resource]:
    """List the doctors' resources of the actor's facility."""
    return list(session.exec(_reachable(actor).where(Resource.kind == ResourceKind.DOCTOR)))


def list_sheets(session: Session, actor: Actor, *, now: datetime) -> list[Sheet]:
    """List the hours of every doctor of the actor's facility: three statements, however many doctors."""
    today = policy_of(session).local_date(now)
    resources = list_resources(session, actor)
    ids = [resource.id for resource in resources]
    rules = select(AvailabilityRule).where(
        col(AvailabilityRule.resource_id).in_(ids),
        or_(col(AvailabilityRule.valid_to).is_(None), col(AvailabilityRule.valid_to) > today),
    )
    changes = select(AvailabilityException).where(
        AvailabilityException.scope == Scope.RESOURCE,
        col(AvailabilityException.scope_id).in_(ids),
        AvailabilityException.ends_at > now,
        col(AvailabilityException.withdrawn_at).is_(None),
    )
    weekly: dict[UUID, list[AvailabilityRule]] = {}
    for rule in session.exec(rules):
        weekly.setdefault(rule.resource_id, []).append(rule)
    dated: dict[UUID | None, list[AvailabilityException]] = {}
    for change in session.exec(changes.order_by(col(AvailabilityException.starts_at))):
        dated.setdefault(change.scope_id, []).append(change)
    return [
        Sheet(row.version, sorted(weekly.get(row.id, []), key=_by_day), dated.get(row.id, []), row)
        for row in resources
    ]


def _reachable(actor: Actor) -> SelectOfScalar[Resource]:
    own = col(Resource.owner_id) == actor.ref
    if actor.facility_id is not None:
        own = or_(own, col(Resource.facility_id) == actor.facility_id)
    return select(Resource).where(own, Resource.kind != ResourceKind.PATIENT)


def list_national_days(session: Session, year: int) -> list[NationalDay]:
    """List the national calendar's days of a year."""
    query = select(NationalDay).where(col(NationalDay.day).between(date(year, 1, 1), date(year, 12, 31)))
    return list(session.exec(query.order_by(col(NationalDay.day))))


def list_days_ahead(session: Session, on: date) -> list[NationalDay]:
    """List the national calendar's days from a day on."""
    query = select(NationalDay).where(NationalDay.day >= on)
    return list(session.exec(query.order_by(col(NationalDay.day))))


def load_hours(
    session: Session, resources: Collection[UUID], service: ServiceType
) -> dict[UUID, list[WeeklyHours]]:
    """Return the weekly hours of resources for a service, by resource: one statement."""
    asked = {"ids": list(resources), "service": service.id}
    found: dict[UUID, list[WeeklyHours]] = {}
    for resource_id, *row in session.connection().execute(_HOURS, asked):
        found.setdefault(resource_id, []).append(_hours(*row))
    return found


def load_opening(session: Session, facilities: Collection[UUID]) -> dict[UUID, list[WeeklyHours]]:
    """Return the opening hours of facilities, by facility: one statement."""
    found: dict[UUID, list[WeeklyHours]] = {}
    for facility_id, *row in session.connection().execute(_OPENING, {"ids": list(facilities)}):
        found.setdefault(facility_id, []).append(_hours(*row))
    return found


def load_calendar(session: Session, first: date, last: date) -> dict[date, CalendarDay]:
    """Return the national calendar's days within [first, last]: one statement."""
    rows = session.connection().execute(_CALENDAR, {"first": first, "last": last})
    return {day: CalendarDay(weekday, name) for day, weekday, name in rows}


def _hours(
    weekday: int, start: int, end: int, zone: str, valid_from: date, valid_to: date | None
) -> WeeklyHours:
    return WeeklyHours(weekday, start, end, ZoneInfo(zone), valid_from, valid_to)


def _columns(table: Table) -> list[ColumnElement[Any]]:
    names = ("weekday", "start_minute", "end_minute", "zone", "valid_from", "valid_to")
    return [table.c[name] for name in names]


_rules, _opened = metadata.tables["availability_rule"], metadata.tables["opening_hours"]
_days = metadata.tables["national_day"].c
_HOURS = core_select(_rules.c.resource_id, *_columns(_rules)).where(
    _rules.c.resource_id.in_(bindparam("ids", expanding=True)),
    or_(_rules.c.service_type_id.is_(None), _rules.c.service_type_id == bindparam("service")),
)
_OPENING = core_select(_opened.c.facility_id, *_columns(_opened)).where(
    _opened.c.facility_id.in_(bindparam("ids", expanding=True))
)
_CALENDAR = core_select(_days.day, _days.weekday, _days.name).where(
    _days.day.between(bindparam("first"), bindparam("last"))
)
_changes = metadata.tables["availability_exception"].c
_CHANGES = core_select(
    _changes.scope,
    _changes.scope_id,
    _changes.kind,
    _changes.starts_at,
    _changes.ends_at,
    _changes.service_type_id,
).where(
    _changes.ends_at > bindparam("start"),
    _changes.starts_at < bindparam("end"),
    _changes.withdrawn_at.is_(None),
    or_(
        _changes.scope == Scope.NATIONAL,
        and_(
            _changes.scope == Scope.FACILITY,
            _changes.scope_id.in_(bindparam("facilities", expanding=True)),
        ),
        and_(
            _changes.scope == Scope.RESOURCE,
            _changes.scope_id.in_(bindparam("resources", expanding=True)),
        ),
    ),
)
"""Written once: every search and hold reads hours, and building a statement costs more than sending it."""


def load_changes(
    session: Session, resources: Mapping[UUID, Resource], window: Span, service: ServiceType
) -> dict[UUID, list[DatedChange]]:
    """Return the dated changes that concern resources within a window, by resource: one statement."""
    facilities = {row.facility_id for row in resources.values() if row.facility_id}
    asked = {
        "start": instant(window.start),
        "end": instant(window.end),
        "facilities": list(facilities),
        "resources": list(resources),
    }
    by_scope: dict[UUID | None, list[DatedChange]] = {}
    for scope, scope_id, kind, starts_at, ends_at, service_id in session.connection().execute(
        _CHANGES, asked
    ):
        change = DatedChange(
            Scope(scope),
            ChangeKind(kind),
            Span.between(starts_at, ends_at),
            is_ours=service_id == service.id,
        )
        by_scope.setdefault(scope_id, []).append(change)
    nothing: list[DatedChange] = []
    found: dict[UUID, list[DatedChange]] = {}
    for each in resources.values():
        theirs = by_scope.get(each.facility_id, nothing) if each.facility_id else nothing
        own = [*by_scope.get(None, nothing), *theirs, *by_scope.get(each.id, nothing)]
        if own:
            found[each.id] = own
    return found


def as_hours(row: AvailabilityRule | OpeningHours) -> WeeklyHours:
    """Return stored hours as the rules see them."""
    return WeeklyHours(
        row.weekday, row.start_minute, row.end_minute, ZoneInfo(row.zone), row.valid_from, row.valid_to
    )


def station_hours(session: Session, facility_id: UUID, now: datetime) -> Station:
    """Return when a station works around now: its opening hours, else the usual ones, less closures.

    Its own, and those of the whole country.
    """
    zone = policy_of(session).zone
    today = policy_of(session).local_date(now)
    calendar = load_calendar(session, today - timedelta(days=2), today + _AHEAD)
    weekly = load_opening(session, [facility_id]).get(facility_id, [])
    closures = session.exec(
        select(AvailabilityException).where(
            AvailabilityException.kind == ChangeKind.CLOSED,
            or_(
                AvailabilityException.scope_id == facility_id,
                AvailabilityException.scope == Scope.NATIONAL,
            ),
            col(AvailabilityException.withdrawn_at).is_(None),
            AvailabilityException.ends_at > now,
            AvailabilityException.starts_at < now + _AHEAD,
        )
    )
    closed = tuple(Span.between(row.starts_at, row.ends_at) for row in closures)

    def hours_on(day: date) -> tuple[Span, ...]:
        if not any(each.is_in_force(day) for each in weekly):
            return usual_hours(day, zone, weekday_on(day, calendar))
        spans = (each.on(day, calendar) for each in weekly)
        return tuple(span for span in spans if span is not None)

    return Station(hours_on, closed, zone)
