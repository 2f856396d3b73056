"""What tests of hours make beside a booking world: pools, languages, maxima, hours kept, many doctors."""

from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, select

from telehealth.availability.models import AvailabilityRule, Resource
from telehealth.availability.rules import ChangeKind, ResourceKind, Scope
from telehealth.availability.service import add_exception, ensure_resource
from telehealth.duty.models import Pool
from telehealth.duty.service import add_member, add_pool
from telehealth.kit.db import Unit
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Membership, MembershipLanguage
from tests.support.booking import BookingWorld, at
from tests.support.world import SINCE


def make_pool(session: Session, world: BookingWorld) -> Pool:
    """Put all doctors of a world into one pool."""
    pool = add_pool(session, world.doctors[0].here, "Trực", now=at("08:00"))
    for doctor in world.doctors:
        add_member(session, pool, doctor.ref, on=SINCE)
    return pool


def speak(session: Session, membership_id: UUID, language: str) -> None:
    """Let a doctor speak a language beside Vietnamese."""
    session.add(MembershipLanguage(membership_id=membership_id, language_code=language))
    session.flush()


def limit(session: Session, membership_id: UUID, **maxima: int) -> None:
    """Give a doctor a `daily_max` or a `weekly_max`."""
    resource = ensure_resource(session, ResourceKind.DOCTOR, membership_id)
    resource.sqlmodel_update(maxima)
    session.flush()


def keep(unit: Unit, world: BookingWorld, resource_id: UUID, service_id: UUID, start: str, end: str) -> None:
    """Keep hours of the tests' Monday for one service."""
    add_exception(
        unit.session,
        world.nurse,
        scope=Scope.RESOURCE,
        scope_id=resource_id,
        kind=ChangeKind.SERVICE_ONLY,
        service_type_id=service_id,
        starts_at=at(start),
        ends_at=at(end),
        now=unit.now,
    )


def copies_of(session: Session, doctor: MembershipActor, count: int) -> list[UUID]:
    """Add as many doctors with the same post and the hours of Mondays, in bulk."""
    post = session.get_one(Membership, doctor.ref)
    resource = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref)
    rules = session.exec(
        select(AvailabilityRule).where(
            AvailabilityRule.resource_id == resource.id, AvailabilityRule.weekday == 0
        )
    ).all()
    members = [post.model_dump() | {"id": new_id()} for _ in range(count)]
    resources = [resource.model_dump() | {"id": new_id(), "owner_id": row["id"]} for row in members]
    hours = [
        rule.model_dump() | {"id": new_id(), "resource_id": row["id"]} for row in resources for rule in rules
    ]
    for table, rows in ((Membership, members), (Resource, resources), (AvailabilityRule, hours)):
        session.connection().execute(insert(table), rows)
    return [row["id"] for row in members]
