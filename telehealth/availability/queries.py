"""Every select of availability: service types, and the hours and dated changes of resources."""

from collections.abc import Collection, Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_
from sqlmodel import Session, col, or_, select

from telehealth.availability.models import (
    AvailabilityException,
    AvailabilityRule,
    Resource,
    ServiceType,
)
from telehealth.availability.rules import ChangeKind, DatedChange, Scope, Terms, WeeklyHours
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
    query = select(AvailabilityRule).where(
        col(AvailabilityRule.resource_id).in_(resources),
        or_(col(AvailabilityRule.service_type_id).is_(None), AvailabilityRule.service_type_id == service.id),
    )
    found: dict[UUID, list[WeeklyHours]] = {}
    for row in session.exec(query):
        hours = WeeklyHours(
            row.weekday, row.start_minute, row.end_minute, ZoneInfo(row.zone), row.valid_from, row.valid_to
        )
        found.setdefault(row.resource_id, []).append(hours)
    return found


def load_changes(
    session: Session, resources: Mapping[UUID, Resource], window: Span
) -> dict[UUID, list[DatedChange]]:
    """Return the dated changes that concern resources within a window, by resource: one statement."""
    facilities = {row.facility_id for row in resources.values() if row.facility_id}
    query = select(AvailabilityException).where(
        AvailabilityException.ends_at > instant(window.start),
        AvailabilityException.starts_at < instant(window.end),
        or_(
            col(AvailabilityException.scope) == Scope.NATIONAL,
            and_(
                col(AvailabilityException.scope) == Scope.FACILITY,
                col(AvailabilityException.scope_id).in_(facilities),
            ),
            and_(
                col(AvailabilityException.scope) == Scope.RESOURCE,
                col(AvailabilityException.scope_id).in_(resources),
            ),
        ),
    )
    rows = session.exec(query).all()
    found: dict[UUID, list[DatedChange]] = {}
    for row in rows:
        change = DatedChange(Scope(row.scope), ChangeKind(row.kind), Span.between(row.starts_at, row.ends_at))
        for resource in resources.values():
            concerned = {
                Scope.NATIONAL: None,
                Scope.FACILITY: resource.facility_id,
                Scope.RESOURCE: resource.id,
            }
            if concerned[change.scope] == row.scope_id:
                found.setdefault(resource.id, []).append(change)
    return found
