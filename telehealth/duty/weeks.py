"""A week's roster, put together from the slice's queries and rules."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from telehealth.duty import queries
from telehealth.duty.models import Pool, PoolMember, Shift
from telehealth.duty.rules import WEEK_DAYS, Leave, Trouble, cover_on, gaps, troubles, week_span
from telehealth.kit.actors import Actor
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch


@dataclass(frozen=True, slots=True)
class Roster:
    """A week of a facility's pools: what is planned, what is wrong with it, when nobody is on duty."""

    monday: date
    version: int
    pools: tuple[Pool, ...]
    shifts: tuple[Shift, ...]
    troubles: Mapping[UUID, tuple[Trouble, ...]]
    gaps: Mapping[UUID, tuple[Span, ...]]
    leaves: Mapping[UUID, tuple[Leave, ...]]
    """When doctors of a pool are off, whether or not a shift is planned over it."""


def load_roster(session: Session, actor: Actor, monday: date, *, now: datetime) -> Roster:
    """Load a week of the actor's facility: nine statements, whatever the number of pools and shifts.

    Gaps are told from now on, of pools in use; drafts count as planned, shifts of who works no more do not.
    """
    zone = policy_of(session).zone
    week = week_span(monday, zone)
    pools = queries.list_pools(session, actor.facility_id) if actor.facility_id else []
    ids = [pool.id for pool in pools]
    shifts = queries.list_shifts(session, ids, week)
    terms = queries.list_terms(session, ids, monday, monday + timedelta(days=WEEK_DAYS - 1))
    off = queries.list_leaves(session, {term.membership_id for term in terms}, week)
    found = find_troubles(session, shifts, facility_id=actor.facility_id) if actor.facility_id else {}
    covering = [shift for shift in shifts if Trouble.NOT_WORKING not in found.get(shift.id, ())]
    return Roster(
        monday=monday,
        version=queries.week_version(session, ids, week),
        pools=tuple(pools),
        shifts=tuple(shifts),
        troubles=found,
        gaps={pool.id: tuple(_gaps(pool, covering, monday, zone, now)) for pool in pools if pool.is_active},
        leaves={pool.id: _leaves(pool, terms, off) for pool in pools if pool.is_active},
    )


def find_troubles(
    session: Session, shifts: Collection[Shift], *, facility_id: UUID
) -> dict[UUID, tuple[Trouble, ...]]:
    """Return what is wrong with shifts of a facility, by shift: four statements, whatever their number."""
    if not shifts:
        return {}
    people = {row.membership_id for row in shifts}
    spans = [Span.between(row.starts_at, row.ends_at) for row in shifts]
    within = Span(min(span.start for span in spans), max(span.end for span in spans))
    around = queries.load_around(session, people, within, facility_id=facility_id)
    staff = queries.staff_of(session, people)
    found = {
        row.id: tuple(troubles(queries.as_duty(row, staff[row.membership_id], facility_id), around))
        for row in shifts
        if row.membership_id in staff
    }
    return {shift_id: each for shift_id, each in found.items() if each}


def _leaves(pool: Pool, terms: Iterable[PoolMember], off: Iterable[Leave]) -> tuple[Leave, ...]:
    members = {term.membership_id for term in terms if term.pool_id == pool.id}
    return tuple(leave for leave in off if leave.membership_id in members)


def _gaps(pool: Pool, shifts: Iterable[Shift], monday: date, zone: ZoneInfo, now: datetime) -> Iterator[Span]:
    duties = [Span.between(row.starts_at, row.ends_at) for row in shifts if row.pool_id == pool.id]
    for day in range(WEEK_DAYS):
        cover = cover_on(monday + timedelta(days=day), pool.covered_from, pool.covered_until, zone)
        for gap in gaps(cover, duties):
            if gap.end > epoch(now):
                yield Span(max(gap.start, epoch(now)), gap.end)
