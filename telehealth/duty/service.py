"""Use-cases of duty: pools and who is in them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.duty.models import DutySwitch, Pool, PoolMember, Shift
from telehealth.duty.rules import ShiftState


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


def set_switch(
    session: Session, membership_id: UUID, *, is_on: bool, until_at: datetime, now: datetime
) -> DutySwitch:
    """Keep what a doctor says by the switch; it beats the roster until it runs out."""
    switch = session.get(DutySwitch, membership_id, with_for_update=True)
    switch = switch or DutySwitch(membership_id=membership_id, is_on=is_on, changed_at=now, until_at=until_at)
    switch.is_on, switch.changed_at, switch.until_at = is_on, now, until_at
    session.add(switch)
    session.flush()
    return switch


def add_shift(
    session: Session,
    pool: Pool,
    membership_id: UUID,
    *,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Shift:
    """Add a binding duty, as set-up does: the roster's own way is to plan and publish."""
    shift = Shift(
        pool_id=pool.id,
        membership_id=membership_id,
        starts_at=starts_at,
        ends_at=ends_at,
        state=ShiftState.PUBLISHED,
        created_by=membership_id,
        created_at=now,
    )
    session.add(shift)
    session.flush()
    return shift
