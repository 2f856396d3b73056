"""Locking the resources of a booking, always in one order."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.scheduling.models import Resource
from telehealth.scheduling.queries import Owner
from telehealth.scheduling.rules import ResourceKind


def lock_resources(session: Session, owners: Sequence[Owner]) -> dict[Owner, Resource]:
    """Lock the resources of these owners, making those of stations and patients that are missing.

    The row lock is what makes two bookings of one doctor wait for each other; the exclusion
    constraint alone deadlocks under contention. A doctor without a resource is left out.
    """
    owner_ids = [owner_id for _, owner_id in owners]
    known = set(
        session.exec(select(Resource.kind, Resource.owner_id).where(col(Resource.owner_id).in_(owner_ids)))
    )
    for kind, owner_id in owners:
        if kind is not ResourceKind.DOCTOR and (kind, owner_id) not in known:
            add_resource(session, kind, owner_id)
    query = (
        select(Resource)
        .where(col(Resource.owner_id).in_(owner_ids))
        .order_by(col(Resource.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {(ResourceKind(row.kind), row.owner_id): row for row in session.exec(query)}
    return {owner: rows[owner] for owner in owners if owner in rows}


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
