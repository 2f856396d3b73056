"""Pools: making them, their terms, who is in them."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.rules import check
from telehealth.duty import queries
from telehealth.duty.models import Pool, PoolMember
from telehealth.duty.rules import PoolPolicy, leads_back
from telehealth.duty.service.history import append, note_roster, require_version
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.staff.models import Specialty
from telehealth.staff.queries import find_membership_actor
from telehealth.staff.rules import Role

_BOUNDS = {
    "window_days": (1, 366),
    "respond_minutes": (1, 10_080),
    "escalate_seconds": (10, 3600),
    "lease_seconds": (10, 3600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTerms:
    """What is decided about a pool: columns of Pool."""

    name: str
    specialty_code: str | None = None
    policy: PoolPolicy = PoolPolicy.CONTINUITY_FIRST
    window_days: int = 30
    respond_minutes: int = 120
    escalates_to: UUID | None = None
    escalate_seconds: int = 90
    lease_seconds: int = 60
    covered_from: int = 0
    covered_until: int = 1440
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTerms:
    """What is decided about a doctor's part in a pool."""

    weight: int = 1
    priority: int = 0
    credit_minutes: int = 0


def add_pool(session: Session, facility_id: UUID, name: str, *, now: datetime, **terms: Any) -> Pool:
    """Add a pool to a facility, unasked; `terms` are further columns of Pool."""
    pool = Pool(facility_id=facility_id, name=name, created_at=now, **terms)
    session.add(pool)
    session.flush()
    return pool


def add_member(
    session: Session, pool: Pool, membership_id: UUID, *, on: date, weight: int = 1, priority: int = 0
) -> PoolMember:
    """Put a doctor into a pool from a day on, unasked; one who had left is back in it."""
    member = session.get(PoolMember, (pool.id, membership_id))
    if member is None:
        member = PoolMember(pool_id=pool.id, membership_id=membership_id, joined_on=on)
    member.weight, member.priority, member.left_on = weight, priority, None
    session.add(member)
    session.flush()
    return member


def create_pool(session: Session, actor: Actor, terms: PoolTerms, *, now: datetime) -> Pool:
    """Make a pool at the actor's facility.

    Raises `pool-name-taken`, `specialty-unknown`, `pool-terms`, `pool-not-found` for one to escalate to
    that the facility may not ask.
    """
    check(actor, "pool.manage")
    if actor.facility_id is None:
        raise NotFoundError("pool-not-found")
    _require_terms(session, actor.facility_id, terms, now=now)
    values = {name: value for name, value in asdict(terms).items() if name != "name"}
    pool = add_pool(session, actor.facility_id, terms.name.strip(), now=now, **values)
    append(session, actor, "pool", pool, "create", before=None, data=_data(terms), now=now)
    note_roster(session, pool, (), (), now=now)
    return pool


def change_pool(
    session: Session, actor: Actor, pool_id: UUID, terms: PoolTerms, *, version: int | None, now: datetime
) -> Pool:
    """Give a pool other terms, or close it (`is_active` false).

    Raises as `create_pool` does, and `pool-not-found`, `stale-version`, `escalation-circle`,
    `pool-asked-next` and `pool-has-shifts` for one that cannot be closed yet.
    """
    check(actor, "pool.manage")
    queries.get_own_pool(session, actor, pool_id)
    escalations = queries.lock_escalations(session)
    pool = queries.get_own_pool(session, actor, pool_id, lock=True)
    require_version(pool, version)
    _require_terms(session, pool.facility_id, terms, pool_id=pool.id, now=now)
    if leads_back(escalations, pool.id, terms.escalates_to):
        raise InvalidError("escalation-circle", field="escalates_to")
    if pool.is_active and not terms.is_active:
        _require_unused(session, pool, escalations, now)
    before = "active" if pool.is_active else "closed"
    for name, value in asdict(terms).items():
        setattr(pool, name, value.strip() if name == "name" else value)
    pool.version += 1
    session.add(pool)
    append(session, actor, "pool", pool, "change", before=before, data=_data(terms), now=now)
    note_roster(session, pool, (), (), now=now)
    return pool


def put_member(
    session: Session,
    actor: Actor,
    pool_id: UUID,
    membership_id: UUID,
    terms: MemberTerms,
    *,
    version: int | None,
    now: datetime,
) -> PoolMember:
    """Put a doctor of the facility into a pool, or change their part; `version` is the pool's.

    Raises `pool-not-found`, `stale-version`, `not-a-doctor-here`, `member-terms`.
    """
    check(actor, "pool.manage")
    pool = queries.get_own_pool(session, actor, pool_id, lock=True)
    require_version(pool, version)
    today = policy_of(session).local_date(now)
    doctor = find_membership_actor(session, membership_id, today=today)
    if doctor is None or doctor.role is not Role.DOCTOR or doctor.here != pool.facility_id:
        raise InvalidError("not-a-doctor-here", field="doctor")
    if not (1 <= terms.weight <= 10 and 0 <= terms.priority <= 99 and 0 <= terms.credit_minutes <= 100_000):
        raise InvalidError("member-terms", field="weight")
    member = add_member(session, pool, membership_id, on=today, weight=terms.weight, priority=terms.priority)
    member.credit_minutes = terms.credit_minutes
    session.add(member)
    data = {"doctor": str(membership_id), **asdict(terms)}
    _step(session, actor, pool, "put_member", data, membership_id, now)
    return member


def end_member(
    session: Session, actor: Actor, pool_id: UUID, membership_id: UUID, *, version: int | None, now: datetime
) -> PoolMember:
    """Let a doctor leave a pool today.

    Raises `pool-not-found`, `stale-version`, `membership-not-found`, and `member-has-shifts` while drafts
    or published shifts of theirs are ahead.
    """
    check(actor, "pool.manage")
    pool = queries.get_own_pool(session, actor, pool_id, lock=True)
    require_version(pool, version)
    today = policy_of(session).local_date(now)
    member = session.get(PoolMember, (pool.id, membership_id))
    if member is None or (member.left_on is not None and member.left_on <= today):
        raise NotFoundError("membership-not-found")
    ahead = [
        row
        for row in queries.list_shifts_ahead(session, [pool.id], now=now)
        if row.membership_id == membership_id
    ]
    if ahead:
        raise ConflictError("member-has-shifts", count=len(ahead))
    member.left_on = today
    session.add(member)
    _step(session, actor, pool, "end_member", {"doctor": str(membership_id)}, membership_id, now)
    return member


def _step(
    session: Session,
    actor: Actor,
    pool: Pool,
    command: str,
    data: dict[str, Any],
    membership_id: UUID,
    now: datetime,
) -> None:
    pool.version += 1
    session.add(pool)
    state = "active" if pool.is_active else "closed"
    append(session, actor, "pool", pool, command, before=state, data=data, now=now)
    note_roster(session, pool, (), (membership_id,), now=now)


def _require_terms(
    session: Session, facility_id: UUID, terms: PoolTerms, *, now: datetime, pool_id: UUID | None = None
) -> None:
    name = terms.name.strip()
    if not 2 <= len(name) <= 80:
        raise InvalidError("pool-terms", field="name")
    for field, (least, most) in _BOUNDS.items():
        if not least <= getattr(terms, field) <= most:
            raise InvalidError("pool-terms", field=field)
    if not 0 <= terms.covered_from < terms.covered_until <= 1440:
        raise InvalidError("pool-terms", field="covered_until")
    same = select(Pool.id).where(Pool.facility_id == facility_id, Pool.name == name, Pool.id != pool_id)
    if session.exec(same).first() is not None:
        raise InvalidError("pool-name-taken", field="name")
    if terms.specialty_code is not None and session.get(Specialty, terms.specialty_code) is None:
        raise InvalidError("specialty-unknown", field="specialty_code")
    today, asked_next = policy_of(session).local_date(now), terms.escalates_to
    if asked_next and not queries.find_pool_for(session, asked_next, station_id=facility_id, on=today):
        raise InvalidError("pool-not-found", field="escalates_to")


def _require_unused(
    session: Session, pool: Pool, escalations: dict[UUID, UUID | None], now: datetime
) -> None:
    if pool.id in escalations.values():
        raise ConflictError("pool-asked-next")
    if queries.list_shifts_ahead(session, [pool.id], now=now):
        raise ConflictError("pool-has-shifts")


def _data(terms: PoolTerms) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in asdict(terms).items()}
