"""Service types, resources, weekly hours, opening hours, dated changes: written as told, nobody asked."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from telehealth.availability.models import (
    AvailabilityException,
    AvailabilityRule,
    OpeningHours,
    Resource,
    ServiceType,
)
from telehealth.availability.rules import ChangeKind, ResourceKind, Scope, check_hours, on_grid
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.staff.events import MembershipBegun
from telehealth.staff.rules import Role


def add_service_type(session: Session, code: str, **terms: int | str) -> ServiceType:
    """Add a service type, or give the one with this code new terms (columns of ServiceType)."""
    service = session.exec(select(ServiceType).where(ServiceType.code == code)).first()
    service = service or ServiceType(code=code)
    for name, value in terms.items():
        setattr(service, name, value)
    session.add(service)
    session.flush()
    return service


def ensure_service_type(session: Session, code: str, **terms: int | str) -> None:
    """Add a service type unless there is one with this code, whose terms somebody may have changed."""
    if session.exec(select(ServiceType.id).where(ServiceType.code == code)).first() is None:
        add_service_type(session, code, **terms)


def ensure_resource(
    session: Session, kind: ResourceKind, owner_id: UUID, *, facility_id: UUID | None = None, lanes: int = 1
) -> Resource:
    """Return the resource of a doctor (membership), a station (facility) or a patient; add it if missing."""
    query = select(Resource).where(Resource.kind == kind, Resource.owner_id == owner_id)
    resource = session.exec(query).first()
    if resource is None:
        add_resource(session, kind, owner_id, facility_id=facility_id, lanes=lanes)
        resource = session.exec(query).one()
    return resource


def on_membership_begun(session: Session, event: MembershipBegun, now: datetime) -> None:  # noqa: ARG001 (a subscriber)
    """Give a doctor who begins a diary, so that hours can be written before anything was booked."""
    if event.role == Role.DOCTOR:
        add_resource(session, ResourceKind.DOCTOR, event.membership_id, facility_id=event.facility_id)


def add_resource(
    session: Session, kind: ResourceKind, owner_id: UUID, *, facility_id: UUID | None = None, lanes: int = 1
) -> None:
    """Add a resource unless another unit of work is faster."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "id": new_id(),
        "kind": str(kind),
        "owner_id": owner_id,
        "facility_id": owner_id if kind is ResourceKind.SEAT else facility_id,
        "lanes": lanes,
        "zone": policy_of(session).zone.key,
        "is_active": True,
    }
    session.connection().execute(insert(Resource).values(**values).on_conflict_do_nothing())


def add_rule(
    session: Session,
    resource: Resource,
    *,
    weekday: int,
    start_minute: int,
    end_minute: int,
    valid_from: date,
    valid_to: date | None = None,
    service_type_id: UUID | None = None,
) -> AvailabilityRule:
    """Add weekly hours (0 is Monday, minutes after midnight, beyond 1440 overnight).

    Raises `bad-hours` off the five-minute grid or out of order.
    """
    check_hours(weekday, start_minute, end_minute)
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidError("bad-hours", field="valid_to")
    rule = AvailabilityRule(
        resource_id=resource.id,
        service_type_id=service_type_id,
        weekday=weekday,
        start_minute=start_minute,
        end_minute=end_minute,
        valid_from=valid_from,
        valid_to=valid_to,
        zone=resource.zone,
    )
    session.add(rule)
    session.flush()
    return rule


def add_weekly_hours(
    session: Session, resource: Resource, weekdays: Iterable[int], *spans: tuple[str, str], valid_from: date
) -> list[AvailabilityRule]:
    """Add the same hours on several weekdays: `add_weekly_hours(s, doctor, range(5), ("07:30", "11:30"))`.

    An end not after its start ("20:00", "06:00") is on the next day.
    """
    rules = []
    for weekday in weekdays:
        for start, end in spans:
            start_minute, end_minute = _minutes(start), _minutes(end)
            end_minute += 1440 if end_minute <= start_minute else 0
            rules.append(
                add_rule(
                    session,
                    resource,
                    weekday=weekday,
                    start_minute=start_minute,
                    end_minute=end_minute,
                    valid_from=valid_from,
                )
            )
    return rules


def add_exception(
    session: Session,
    actor: Actor,
    *,
    scope: Scope,
    scope_id: UUID | None,
    kind: ChangeKind,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    service_type_id: UUID | None = None,
    now: datetime,
) -> AvailabilityException:
    """Add a closure, extra hours, or hours kept for one service, of a resource, a facility or the country.

    Weekly hours yield to national changes, those to the facility's, those to the resource's own.
    It never touches appointments. Raises `bad-hours`.
    """
    if (kind is ChangeKind.SERVICE_ONLY) != (service_type_id is not None):
        raise InvalidError("bad-hours", field="service_type_id")
    starts_at, ends_at = on_grid(starts_at, ends_at, kind)
    row = AvailabilityException(
        scope=scope,
        scope_id=scope_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        service_type_id=service_type_id,
        created_by=actor.ref,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def add_opening(
    session: Session,
    facility_id: UUID,
    *,
    weekday: int,
    start_minute: int,
    end_minute: int,
    valid_from: date,
    valid_to: date | None = None,
) -> OpeningHours:
    """Add opening hours of a facility, as weekly hours are added. Raises `bad-hours`."""
    check_hours(weekday, start_minute, end_minute)
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidError("bad-hours", field="valid_to")
    row = OpeningHours(
        facility_id=facility_id,
        weekday=weekday,
        start_minute=start_minute,
        end_minute=end_minute,
        valid_from=valid_from,
        valid_to=valid_to,
        zone=policy_of(session).zone.key,
    )
    session.add(row)
    session.flush()
    return row


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)
