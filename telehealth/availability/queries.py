"""Every select of availability: service types, and the hours and dated changes of resources."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, and_, bindparam
from sqlalchemy import select as core_select
from sqlmodel import Session, col, or_, select

from telehealth.availability.models import (
    AvailabilityException,
    AvailabilityRule,
    OpeningHours,
    Resource,
    ServiceType,
)
from telehealth.availability.rules import (
    CalendarDay,
    ChangeKind,
    DatedChange,
    Scope,
    Terms,
    WeeklyHours,
)
from telehealth.kit.db import metadata
from telehealth.kit.errors import NotFoundError
from telehealth.kit.spans import Span, instant


def get_service(session: Session, code: str) -> ServiceType:
    """Return a service type by its code; raise `service-not-found`."""
    service = session.exec(select(ServiceType).where(ServiceType.code == code)).first()
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
"""Written once: every search and hold reads hours, and building a statement costs more than sending it."""


def load_changes(
    session: Session, resources: Mapping[UUID, Resource], window: Span, service: ServiceType
) -> dict[UUID, list[DatedChange]]:
    """Return the dated changes that concern resources within a window, by resource: one statement."""
    facilities = {row.facility_id for row in resources.values() if row.facility_id}
    scope, scope_id = col(AvailabilityException.scope), col(AvailabilityException.scope_id)
    query = select(AvailabilityException).where(
        AvailabilityException.ends_at > instant(window.start),
        AvailabilityException.starts_at < instant(window.end),
        col(AvailabilityException.withdrawn_at).is_(None),
        or_(
            scope == Scope.NATIONAL,
            and_(scope == Scope.FACILITY, scope_id.in_(facilities)),
            and_(scope == Scope.RESOURCE, scope_id.in_(resources)),
        ),
    )
    by_scope: dict[UUID | None, list[DatedChange]] = {}
    for row in session.exec(query):
        change = DatedChange(
            Scope(row.scope),
            ChangeKind(row.kind),
            Span.between(row.starts_at, row.ends_at),
            is_ours=row.service_type_id == service.id,
        )
        by_scope.setdefault(row.scope_id, []).append(change)
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
