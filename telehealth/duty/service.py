"""Use-cases of duty: pools and who is in them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.duty.models import Pool, PoolMember


def add_pool(session: Session, facility_id: UUID, name: str, *, now: datetime, **terms: Any) -> Pool:
    """Add a pool to a facility; `terms` are further columns of Pool."""
    pool = Pool(facility_id=facility_id, name=name, created_at=now, **terms)
    session.add(pool)
    session.flush()
    return pool


def add_member(
    session: Session, pool: Pool, membership_id: UUID, *, on: date, weight: int = 1, priority: int = 0
) -> PoolMember:
    """Put a doctor into a pool from a day on; one who had left is back in it."""
    member = session.get(PoolMember, (pool.id, membership_id))
    if member is None:
        member = PoolMember(pool_id=pool.id, membership_id=membership_id, joined_on=on)
    member.weight, member.priority, member.left_on = weight, priority, None
    session.add(member)
    session.flush()
    return member
