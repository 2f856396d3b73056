"""Every select of duty: which pools a station may ask, who is in them, who is on duty, a week's roster."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from telehealth.access.rules import can
from telehealth.availability.models import AvailabilityException, Resource
from telehealth.availability.rules import ChangeKind, ResourceKind, Scope, first_second
from telehealth.duty.errors import PoolNotFoundError, ShiftNotFoundError, SwapNotFoundError
from telehealth.duty.models import DutyEvent, DutyNotice, DutySwitch, Pool, PoolMember, Shift, Swap
from telehealth.duty.rules import (
    FOR_EVER,
    Around,
    Duty,
    Leave,
    OnDuty,
    Switched,
    Term,
    on_duty,
)
from telehealth.duty.states import ShiftState, SwapState
from telehealth.facilities.models import Facility, Tier
from telehealth.facilities.queries import edges_on, supporting
from telehealth.facilities.rules import EdgeKind
from telehealth.kit.actors import Actor
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch, instant
from telehealth.staff.models import Membership, Staff
from telehealth.staff.queries import may_work

LIVE = (ShiftState.DRAFT, ShiftState.PUBLISHED)
"""States in which a shift takes its doctor's time."""


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


def list_pools_of(session: Session, pool_ids: Collection[UUID]) -> list[Pool]:
    """List these pools by name, those out of use too."""
    query = select(Pool).where(col(Pool.id).in_(pool_ids))
    return list(session.exec(query.order_by(Pool.name, col(Pool.id))))


def list_askers(session: Session, facility_id: UUID, *, on: date) -> set[UUID]:
    """Return the facilities that are supported by one, at any remove: who sees its pools. One statement."""
    below: dict[UUID, set[UUID]] = {}
    for edge in edges_on(session, on):
        if edge.kind not in (EdgeKind.SUPPORTS, EdgeKind.IS_POINT_OF):
            continue
        is_support = edge.kind == EdgeKind.SUPPORTS
        upper, lower = (edge.from_id, edge.to_id) if is_support else (edge.to_id, edge.from_id)
        below.setdefault(upper, set()).add(lower)
    found, waiting = {facility_id}, [facility_id]
    while waiting:
        fresh = below.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def list_pools(session: Session, facility_id: UUID) -> list[Pool]:
    """List the pools of a facility by name, those out of use too."""
    query = select(Pool).where(Pool.facility_id == facility_id)
    return list(session.exec(query.order_by(Pool.name, col(Pool.id))))


def list_pools_with(session: Session, membership_id: UUID, *, on: date) -> list[Pool]:
    """List the active pools a doctor is in on a day."""
    query = select(Pool).join(PoolMember, col(PoolMember.pool_id) == Pool.id)
    query = query.where(PoolMember.membership_id == membership_id, _in_pool(on), col(Pool.is_active))
    return list(session.exec(query.order_by(Pool.name, col(Pool.id))))


def get_pool(session: Session, pool_id: UUID, *, lock: bool = False) -> Pool:
    """Return a pool, locked against other writers if asked; raise `pool-not-found`."""
    # Its key stays, so that an appointment may be noted as one to this pool meanwhile.
    how = {"key_share": True} if lock else None
    pool = session.get(Pool, pool_id, with_for_update=how, populate_existing=lock)
    if pool is None:
        raise PoolNotFoundError
    return pool


def get_own_pool(session: Session, actor: Actor, pool_id: UUID, *, lock: bool = False) -> Pool:
    """Return a pool of the actor's facility; raise `pool-not-found`, out of scope as well."""
    pool = get_pool(session, pool_id, lock=lock)
    if pool.facility_id != actor.facility_id:
        raise PoolNotFoundError
    return pool


def lock_escalations(session: Session) -> dict[UUID, UUID | None]:
    """Return which pool is asked after which, all of them locked: no two changes may close a circle."""
    query = select(Pool).order_by(col(Pool.id)).with_for_update()
    rows = session.exec(query.execution_options(populate_existing=True))
    return {pool.id: pool.escalates_to for pool in rows}


def lock_pools(session: Session, pool_ids: Collection[UUID]) -> dict[UUID, Pool]:
    """Return pools by id, locked in one order against whoever else plans for them."""
    query = select(Pool).where(col(Pool.id).in_(pool_ids)).order_by(col(Pool.id)).with_for_update()
    return {pool.id: pool for pool in session.exec(query.execution_options(populate_existing=True))}


def list_members(session: Session, pool_ids: Collection[UUID], *, on: date) -> list[PoolMember]:
    """List who is in any of these pools on a day and works then, shut out by nobody: one statement."""
    query = (
        select(PoolMember)
        .join(Membership, col(PoolMember.membership_id) == Membership.id)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .where(col(PoolMember.pool_id).in_(pool_ids), _in_pool(on), may_work(on))
    )
    return list(session.exec(query.order_by(col(PoolMember.pool_id), col(PoolMember.membership_id))))


def days_in_pool(session: Session, pool_id: UUID) -> dict[UUID, tuple[date, date | None]]:
    """Return from when to when doctors are in a pool, by membership; the second day is the first after."""
    query = select(PoolMember).where(PoolMember.pool_id == pool_id)
    return {row.membership_id: (row.joined_on, row.left_on) for row in session.exec(query)}


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


def list_shifts(session: Session, pool_ids: Collection[UUID], within: Span) -> list[Shift]:
    """List the drafts and published shifts of pools that touch a span, in order: one statement."""
    query = select(Shift).where(
        col(Shift.pool_id).in_(pool_ids),
        col(Shift.state).in_(LIVE),
        col(Shift.starts_at) < instant(within.end),
        col(Shift.ends_at) > instant(within.start),
    )
    return list(session.exec(query.order_by(col(Shift.starts_at), col(Shift.ends_at), col(Shift.id))))


def list_shifts_ahead(session: Session, pool_ids: Collection[UUID], *, now: datetime) -> list[Shift]:
    """List the drafts and published shifts of pools that have not ended, in order."""
    query = select(Shift).where(
        col(Shift.pool_id).in_(pool_ids), col(Shift.state).in_(LIVE), col(Shift.ends_at) > now
    )
    return list(session.exec(query.order_by(col(Shift.starts_at), col(Shift.id))))


def shifts_by_id(session: Session, shift_ids: Collection[UUID]) -> dict[UUID, Shift]:
    """Return shifts by id, whatever their state; the caller knows them from what is in scope."""
    return {row.id: row for row in session.exec(select(Shift).where(col(Shift.id).in_(shift_ids)))}


def pools_by_id(session: Session, pool_ids: Collection[UUID]) -> dict[UUID, Pool]:
    """Return pools by id; the caller knows them from what is in scope."""
    return {row.id: row for row in session.exec(select(Pool).where(col(Pool.id).in_(pool_ids)))}


def list_own_shifts(session: Session, actor: Actor, *, now: datetime) -> list[Shift]:
    """List the published shifts of a doctor that have not ended, in order."""
    query = select(Shift).where(
        Shift.membership_id == actor.ref, Shift.state == ShiftState.PUBLISHED, col(Shift.ends_at) > now
    )
    return list(session.exec(query.order_by(col(Shift.starts_at), col(Shift.id))))


def list_colleagues_shifts(session: Session, pool_ids: Collection[UUID], *, now: datetime) -> list[Shift]:
    """List the published shifts of pools that have not begun, in order."""
    query = select(Shift).where(
        col(Shift.pool_id).in_(pool_ids), Shift.state == ShiftState.PUBLISHED, col(Shift.starts_at) > now
    )
    return list(session.exec(query.order_by(col(Shift.starts_at), col(Shift.id))))


def week_version(session: Session, pool_ids: Collection[UUID], within: Span) -> int:
    """Return a number that grows with every change of a week's shifts, those withdrawn since included."""
    query = select(func.coalesce(func.sum(Shift.version), 0)).where(
        col(Shift.pool_id).in_(pool_ids),
        col(Shift.starts_at) >= instant(within.start),
        col(Shift.starts_at) < instant(within.end),
    )
    return int(session.exec(query).one())


def get_shift(session: Session, actor: Actor, shift_id: UUID, *, lock: bool = False) -> Shift:
    """Return a shift of a pool of the actor's facility, or a published one of the actor's own.

    Raises `shift-not-found`, out of scope as well.
    """
    shift = session.get(Shift, shift_id, with_for_update=lock, populate_existing=lock)
    if shift is None:
        raise ShiftNotFoundError
    is_own = shift.membership_id == actor.ref and shift.state == ShiftState.PUBLISHED
    if not is_own and get_pool(session, shift.pool_id).facility_id != actor.facility_id:
        raise ShiftNotFoundError
    return shift


def get_swap(session: Session, actor: Actor, swap_id: UUID, *, lock: bool = False) -> Swap:
    """Return a swap the actor asked for or was asked; raise `swap-not-found`, out of scope as well."""
    swap = session.get(Swap, swap_id, with_for_update=lock, populate_existing=lock)
    if swap is None or actor.ref not in (swap.from_membership_id, swap.to_membership_id):
        raise SwapNotFoundError
    return swap


def list_open_swaps(session: Session, shift_ids: Collection[UUID]) -> list[Swap]:
    """List the unanswered swaps that give away or would take any of these shifts."""
    touches = or_(col(Swap.shift_id).in_(shift_ids), col(Swap.return_shift_id).in_(shift_ids))
    query = select(Swap).where(Swap.state == SwapState.ASKED, touches)
    return list(session.exec(query.order_by(col(Swap.id))))


def list_own_swaps(session: Session, actor: Actor, *, now: datetime) -> list[Swap]:
    """List the unanswered swaps a doctor has a part in, whose shifts have not begun."""
    mine = or_(Swap.from_membership_id == actor.ref, Swap.to_membership_id == actor.ref)
    query = select(Swap).join(Shift, col(Swap.shift_id) == Shift.id)
    query = query.where(Swap.state == SwapState.ASKED, mine, col(Shift.starts_at) > now)
    return list(session.exec(query.order_by(col(Shift.starts_at), col(Swap.id))))


def list_events(session: Session, subject_id: UUID) -> list[DutyEvent]:
    """List what became of a pool, a shift or a swap, the first first."""
    query = select(DutyEvent).where(DutyEvent.subject_id == subject_id)
    return list(session.exec(query.order_by(col(DutyEvent.version))))


def list_notices(session: Session, recipients: Collection[UUID], *, limit: int = 50) -> list[DutyNotice]:
    """List what these recipients were told and nobody has seen yet, the latest first."""
    query = select(DutyNotice).where(
        col(DutyNotice.recipient_id).in_(recipients), col(DutyNotice.seen_at).is_(None)
    )
    order = (col(DutyNotice.recorded_at).desc(), col(DutyNotice.id).desc())
    return list(session.exec(query.order_by(*order).limit(limit)))


def staff_of(session: Session, membership_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the person behind each membership."""
    query = select(Membership.id, Membership.staff_id).where(col(Membership.id).in_(membership_ids))
    return dict(session.exec(query).all())


def lock_people(session: Session, membership_ids: Collection[UUID]) -> None:
    """Lock the people behind memberships: two facilities must not plan one doctor's night at once."""
    query = select(Staff.id).join(Membership, col(Membership.staff_id) == Staff.id)
    query = query.where(col(Membership.id).in_(membership_ids)).order_by(col(Staff.id))
    session.exec(query.with_for_update(of=Staff)).all()


def recipients(actor: Actor) -> list[UUID]:
    """Return whose notices an actor reads: one's own, and the facility's where one does not only examine."""
    reads_all = can(actor, "roster.read") or can(actor, "day.see")
    return [actor.ref, actor.facility_id] if reads_all and actor.facility_id else [actor.ref]


def load_around(
    session: Session, membership_ids: Collection[UUID], within: Span, *, facility_id: UUID
) -> Around:
    """Load what the shifts of these doctors are checked against: three statements, whatever their number.

    What other facilities published for the same people counts as well; their drafts do not.
    """
    terms = (
        select(PoolMember, Membership, Staff)
        .join(Membership, col(PoolMember.membership_id) == Membership.id)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .where(col(PoolMember.membership_id).in_(membership_ids))
    )
    staff = select(Membership.staff_id).where(col(Membership.id).in_(membership_ids))
    duties = (
        select(Shift, Membership.staff_id, Pool.facility_id)
        .join(Membership, col(Shift.membership_id) == Membership.id)
        .join(Pool, col(Shift.pool_id) == Pool.id)
        .where(
            col(Membership.staff_id).in_(staff),
            or_(
                Shift.state == ShiftState.PUBLISHED,
                (col(Shift.state) == ShiftState.DRAFT) & (col(Pool.facility_id) == facility_id),
            ),
            col(Shift.starts_at) < instant(within.end),
            col(Shift.ends_at) > instant(within.start),
        )
    )
    zone = policy_of(session).zone
    return Around(
        zone=zone,
        terms={
            (row.pool_id, row.membership_id): Term(row.joined_on, row.left_on, _working(work, person, zone))
            for row, work, person in session.exec(terms)
        },
        duties=tuple(as_duty(*row) for row in session.exec(duties)),
        leaves=_by_doctor(list_leaves(session, membership_ids, within)),
    )


def _working(membership: Membership, staff: Staff, zone: ZoneInfo) -> Span | None:
    """Return when somebody works; None for nobody who ever did."""
    ends = [epoch(staff.disabled_at)] if staff.disabled_at else []
    ends += [first_second(membership.valid_to, 0, zone)] if membership.valid_to else []
    start, end = first_second(membership.valid_from, 0, zone), min(ends, default=FOR_EVER)
    return Span(start, end) if start < end else None


def as_duty(shift: Shift, staff_id: UUID, facility_id: UUID) -> Duty:
    """Return a shift as the checks see it."""
    span = Span.between(shift.starts_at, shift.ends_at)
    return Duty(shift.id, shift.pool_id, facility_id, staff_id, shift.membership_id, span)


def list_leaves(session: Session, membership_ids: Collection[UUID], within: Span) -> list[Leave]:
    """List when doctors said to be off within a span and did not take it back, in order: one statement."""
    query = (
        select(Resource.owner_id, AvailabilityException)
        .join(AvailabilityException, col(AvailabilityException.scope_id) == Resource.id)
        .where(
            Resource.kind == ResourceKind.DOCTOR,
            col(Resource.owner_id).in_(membership_ids),
            AvailabilityException.scope == Scope.RESOURCE,
            AvailabilityException.kind == ChangeKind.CLOSED,
            col(AvailabilityException.withdrawn_at).is_(None),
            col(AvailabilityException.starts_at) < instant(within.end),
            col(AvailabilityException.ends_at) > instant(within.start),
        )
        .order_by(col(AvailabilityException.starts_at), col(AvailabilityException.id))
    )
    return [
        Leave(owner_id, Span.between(row.starts_at, row.ends_at), row.reason)
        for owner_id, row in session.exec(query)
    ]


def _by_doctor(leaves: Iterable[Leave]) -> dict[UUID, tuple[Span, ...]]:
    found: dict[UUID, tuple[Span, ...]] = {}
    for leave in leaves:
        found[leave.membership_id] = (*found.get(leave.membership_id, ()), leave.span)
    return found


def list_terms(session: Session, pool_ids: Collection[UUID], first: date, last: date) -> list[PoolMember]:
    """List who is in any of these pools on some day of [first, last]: one statement."""
    query = select(PoolMember).where(
        col(PoolMember.pool_id).in_(pool_ids),
        col(PoolMember.joined_on) <= last,
        or_(col(PoolMember.left_on).is_(None), col(PoolMember.left_on) > first),
    )
    return list(session.exec(query.order_by(col(PoolMember.pool_id), col(PoolMember.membership_id))))


def _in_pool(on: date) -> ColumnElement[bool]:
    is_in = or_(col(PoolMember.left_on).is_(None), col(PoolMember.left_on) > on)
    return (col(PoolMember.joined_on) <= on) & is_in
