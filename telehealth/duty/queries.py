"""Every select of duty: which pools a station may ask, and who is in them."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from telehealth.duty.models import DutySwitch, Pool, PoolMember, Shift
from telehealth.duty.rules import OnDuty, ShiftState, Switched, on_duty
from telehealth.facilities.models import Facility, Tier
from telehealth.facilities.queries import supporting
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of


def find_pool_for(session: Session, pool_id: UUID, *, station_id: UUID, on: date) -> Pool | None:
    """Find an active pool a station may ask on a day: of a facility that supports it."""
    query = select(Pool).join(Facility, col(Pool.facility_id) == Facility.id)
    query = query.where(Pool.id == pool_id, col(Pool.is_active), supporting(station_id, on))
    return session.exec(query).first()


def list_pools_for(
    session: Session, *, station_id: UUID, on: date, specialty: str | None = None
) -> list[Pool]:
    """List the active pools a station may ask on a day, the nearest level first.

    With a specialty, those of it and those of any.
    """
    query = (
        select(Pool)
        .join(Facility, col(Pool.facility_id) == Facility.id)
        .join(Tier, col(Facility.tier_code) == Tier.code)
        .where(col(Pool.is_active), supporting(station_id, on))
        .order_by(col(Tier.rank), Pool.name, col(Pool.id))
    )
    if specialty is not None:
        query = query.where(or_(Pool.specialty_code == specialty, col(Pool.specialty_code).is_(None)))
    return list(session.exec(query))


def list_pools(session: Session, facility_id: UUID) -> list[Pool]:
    """List the pools of a facility by name, those out of use too."""
    query = select(Pool).where(Pool.facility_id == facility_id)
    return list(session.exec(query.order_by(Pool.name, col(Pool.id))))


def list_pools_of(session: Session, membership_id: UUID, *, on: date) -> list[Pool]:
    """List the active pools a doctor is in on a day."""
    query = select(Pool).join(PoolMember, col(PoolMember.pool_id) == Pool.id)
    query = query.where(PoolMember.membership_id == membership_id, _in_pool(on), col(Pool.is_active))
    return list(session.exec(query.order_by(Pool.name, col(Pool.id))))


def get_pool(session: Session, pool_id: UUID, *, lock: bool = False) -> Pool:
    """Return a pool, locked against other writers if asked; raise `pool-not-found`."""
    pool = session.get(Pool, pool_id, with_for_update=lock, populate_existing=lock)
    if pool is None:
        raise NotFoundError("pool-not-found")
    return pool


def list_members(session: Session, pool_ids: Collection[UUID], *, on: date) -> list[PoolMember]:
    """List who is in any of these pools on a day: one statement."""
    query = select(PoolMember).where(col(PoolMember.pool_id).in_(pool_ids), _in_pool(on))
    return list(session.exec(query.order_by(col(PoolMember.pool_id), col(PoolMember.membership_id))))


def list_on_duty(session: Session, pool_ids: Collection[UUID], *, now: datetime) -> list[OnDuty]:
    """List who is on duty now in any of these pools: three statements, whatever their number."""
    members = list_members(session, pool_ids, on=policy_of(session).local_date(now))
    people = {member.membership_id for member in members}
    running = select(Shift).where(
        col(Shift.pool_id).in_(pool_ids),
        Shift.state == ShiftState.PUBLISHED,
        col(Shift.starts_at) <= now,
        col(Shift.ends_at) > now,
    )
    shifts = {
        (shift.pool_id, shift.membership_id): shift.ends_at
        for shift in session.exec(running.order_by(col(Shift.ends_at)))
    }
    said = select(DutySwitch).where(col(DutySwitch.membership_id).in_(people), col(DutySwitch.until_at) > now)
    switches = {row.membership_id: Switched(row.is_on, row.until_at) for row in session.exec(said)}
    return on_duty([(member.pool_id, member.membership_id) for member in members], shifts, switches)


def _in_pool(on: date) -> ColumnElement[bool]:
    is_in = or_(col(PoolMember.left_on).is_(None), col(PoolMember.left_on) > on)
    return (col(PoolMember.joined_on) <= on) & is_in
