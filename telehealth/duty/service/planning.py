"""Rosters: planned as drafts, copied from the week before, published, withdrawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.rules import DAY_MINUTES
from telehealth.duty import queries
from telehealth.duty.errors import ShiftOverError, ShiftRefusedError
from telehealth.duty.models import Pool, Shift
from telehealth.duty.rules import (
    PLANNED_AHEAD,
    REFUSED,
    WEEK_DAYS,
    Trouble,
    monday_of,
    shift_span,
    week_span,
)
from telehealth.duty.service.history import (
    NoticeKind,
    append_shift,
    change_shift,
    facts_of,
    note_roster,
    require_version,
    tell,
)
from telehealth.duty.service.lapsing import lapse_swaps
from telehealth.duty.states import ShiftCommand, ShiftState
from telehealth.duty.weeks import find_troubles
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, instant
from telehealth.staff.models import Membership


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shift to plan, by the wall clock; beyond 1440 minutes it ends on the next day."""

    pool_id: UUID
    membership_id: UUID
    on: date
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift with what people should look at before it binds."""

    shift: Shift
    warnings: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of copying a week: new drafts, and how many shifts were left out for which trouble."""

    shifts: tuple[Shift, ...]
    left_out: Mapping[Trouble, int]


def plan(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> Planned:
    """Add a draft to the roster of the actor's facility.

    Raises `pool-not-found`, `pool-closed`, `bad-shift`, `bad-day`, `shift-over`, and for what no roster may
    have `not-in-pool`, `not-working`, `shift-overlaps`, `double-duty`.
    """
    check(actor, "roster.plan")
    pool = queries.get_own_pool(session, actor, wanted.pool_id, lock=True)
    if abs(wanted.on - policy_of(session).local_date(now)) > PLANNED_AHEAD:
        raise InvalidError("bad-day", field="on")
    span = shift_span(wanted.on, wanted.start_minute, wanted.end_minute, policy_of(session).zone)
    return put_draft(session, actor, pool, wanted.membership_id, span, now=now)


def put_draft(
    session: Session, actor: Actor, pool: Pool, membership_id: UUID, span: Span, *, now: datetime
) -> Planned:
    """Add a draft to a pool the caller has locked; raises as `plan` does. Asks nobody's leave."""
    if not pool.is_active:
        raise ConflictError("pool-closed")
    if instant(span.end) <= now:
        raise ShiftOverError
    if session.get(Membership, membership_id) is None:
        raise ShiftRefusedError(Trouble.NOT_IN_POOL)
    queries.lock_people(session, [membership_id])
    shift = Shift(
        id=new_id(),
        pool_id=pool.id,
        membership_id=membership_id,
        starts_at=instant(span.start),
        ends_at=instant(span.end),
        created_by=actor.ref,
        created_at=now,
    )
    found = find_troubles(session, [shift], facility_id=pool.facility_id).get(shift.id, ())
    refuse(found)
    session.add(shift)
    append_shift(session, actor, shift, "plan", before=None, now=now)
    note_roster(session, pool, (), (), now=now)
    return Planned(shift, found)


def copy_week(session: Session, actor: Actor, monday: date, *, now: datetime) -> Copied:
    """Copy the shifts of the week before into a week as drafts, by the wall clock.

    What no roster may have is left out and counted, so copying twice adds nothing. Raises `bad-day`.
    """
    check(actor, "roster.plan")
    policy = policy_of(session)
    monday = _require_monday(monday, policy.local_date(now))
    pools = _lock_own(session, actor)
    before = week_span(monday - timedelta(days=WEEK_DAYS), policy.zone)
    copied, left_out = [], dict[Trouble, int]()
    for old in queries.list_shifts(session, pools.keys(), before):
        span = _week_later(old, policy.zone)
        if span is None or old.starts_at < instant(before.start) or instant(span.end) <= now:
            continue
        try:
            planned = put_draft(session, actor, pools[old.pool_id], old.membership_id, span, now=now)
            copied.append(planned.shift)
        except ShiftRefusedError as refusal:
            left_out[refusal.trouble] = left_out.get(refusal.trouble, 0) + 1
    return Copied(tuple(copied), left_out)


def publish_week(
    session: Session, actor: Actor, monday: date, *, version: int | None, now: datetime
) -> list[Planned]:
    """Let every draft of a week that has not ended bind; each doctor is told once.

    `version` is the week's (`queries.week_version`): nobody publishes what they have not seen. Raises
    `bad-day`, `stale-version`, `nothing-to-publish`, and the trouble of a draft no roster may have.
    """
    check(actor, "roster.plan")
    policy = policy_of(session)
    monday = _require_monday(monday, policy.local_date(now))
    pools, week = _lock_own(session, actor), week_span(monday, policy.zone)
    if version is not None and version != queries.week_version(session, pools.keys(), week):
        raise StaleError
    drafts = [
        shift
        for shift in queries.list_shifts(session, pools.keys(), week)
        if shift.state == ShiftState.DRAFT and shift.starts_at >= instant(week.start) and shift.ends_at > now
    ]
    if not drafts or actor.facility_id is None:
        raise ConflictError("nothing-to-publish")
    publish_drafts(session, actor, pools, drafts, now=now)
    for membership_id in sorted({shift.membership_id for shift in drafts}):
        count = sum(shift.membership_id == membership_id for shift in drafts)
        data = {"week": monday.isoformat(), "count": count}
        tell(session, membership_id, NoticeKind.WEEK_PUBLISHED, data, now)
    found = find_troubles(session, drafts, facility_id=actor.facility_id)
    return [Planned(shift, found.get(shift.id, ())) for shift in drafts]


def publish_drafts(
    session: Session, actor: Actor, pools: Mapping[UUID, Pool], drafts: list[Shift], *, now: datetime
) -> None:
    """Let drafts of locked pools bind, once none has a trouble no roster may have. Tells nobody."""
    queries.lock_people(session, {shift.membership_id for shift in drafts})
    for facility_id in sorted({pools[shift.pool_id].facility_id for shift in drafts}):
        own = [shift for shift in drafts if pools[shift.pool_id].facility_id == facility_id]
        for found in find_troubles(session, own, facility_id=facility_id).values():
            refuse(found)
    for shift in drafts:
        change_shift(session, actor, shift, ShiftCommand.PUBLISH, now=now)
    for pool_id in sorted({shift.pool_id for shift in drafts}):
        own = [shift for shift in drafts if shift.pool_id == pool_id]
        note_roster(session, pools[pool_id], own, {shift.membership_id for shift in own}, now=now)


def withdraw(
    session: Session,
    actor: Actor,
    shift_id: UUID,
    *,
    version: int | None,
    now: datetime,
    reason: str = "",
) -> Shift:
    """Take a shift off the roster: a draft silently, a published one with its doctor told.

    Raises `shift-not-found`, `stale-version`, `shift-over`, `invalid-transition`.
    """
    check(actor, "roster.plan")
    shift, pool = lock_shift(session, actor, shift_id, version=version, now=now)
    was_published = shift.state == ShiftState.PUBLISHED
    change_shift(session, actor, shift, ShiftCommand.WITHDRAW, reason=reason, now=now)
    lapse_swaps(session, actor, [shift], now=now)
    if was_published:
        tell(session, shift.membership_id, NoticeKind.SHIFT_WITHDRAWN, facts_of(shift), now)
    note_roster(session, pool, [shift], [shift.membership_id] if was_published else [], now=now)
    return shift


def lock_shift(
    session: Session, actor: Actor, shift_id: UUID, *, version: int | None, now: datetime
) -> tuple[Shift, Pool]:
    """Return a shift of the actor's facility and its pool, the pool locked first.

    Raises `shift-not-found`, `stale-version`, and `shift-over` for one that has ended.
    """
    known = queries.get_shift(session, actor, shift_id)
    pool = queries.get_pool(session, known.pool_id, lock=True)
    shift = queries.get_shift(session, actor, shift_id, lock=True)
    require_version(shift, version)
    if shift.ends_at <= now:
        raise ShiftOverError
    return shift, pool


def refuse(found: Iterable[Trouble]) -> None:
    """Raise the first trouble that no roster may have."""
    refused = next((trouble for trouble in found if trouble in REFUSED), None)
    if refused is not None:
        raise ShiftRefusedError(refused)


def _lock_own(session: Session, actor: Actor) -> dict[UUID, Pool]:
    """Return the active pools of the actor's facility, locked in one order."""
    own = queries.list_pools(session, actor.facility_id) if actor.facility_id else []
    pools = queries.lock_pools(session, [pool.id for pool in own])
    return {pool_id: pool for pool_id, pool in pools.items() if pool.is_active}


def _require_monday(on: date, today: date) -> date:
    """Return the Monday of the week a day is in; raise `bad-day` years away."""
    if abs(on - today) > PLANNED_AHEAD:
        raise InvalidError("bad-day", field="on")
    return monday_of(on)


def _week_later(shift: Shift, zone: ZoneInfo) -> Span | None:
    """Return the same hours by the wall clock a week later; None where the clocks make them impossible."""
    starts, ends = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
    start_minute = starts.hour * 60 + starts.minute
    end_minute = (ends.date() - starts.date()).days * DAY_MINUTES + ends.hour * 60 + ends.minute
    try:
        return shift_span(starts.date() + timedelta(days=WEEK_DAYS), start_minute, end_minute, zone)
    except InvalidError:
        return None
