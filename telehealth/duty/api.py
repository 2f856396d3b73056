"""Pools, rosters, swaps and who is on duty over the API."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.duty import queries, service
from telehealth.duty.models import Pool, Swap
from telehealth.duty.rules import monday_of
from telehealth.duty.schemas import (
    AssignIn,
    CopiedOut,
    EventOut,
    GapOut,
    LeaveOut,
    MemberIn,
    MemberOut,
    NoticeOut,
    OnDutyOut,
    PoolIn,
    PoolOut,
    RosterOut,
    ShiftIn,
    ShiftOut,
    SwapIn,
    SwapOut,
    WithdrawIn,
)
from telehealth.duty.service import MemberTerms, Planned, PoolTerms, Wanted
from telehealth.duty.weeks import load_roster
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import instant
from telehealth.kit.versions import IfMatch, set_version

router = APIRouter(prefix="/api/v1", tags=["duty"])

Seer = Annotated[Actor, AllowToken("duty.see")]
Reader = Annotated[Actor, AllowToken("roster.read")]
Planner = Annotated[Actor, AllowToken("roster.plan")]
Manager = Annotated[Actor, AllowToken("pool.manage")]
Owner = Annotated[Actor, AllowToken("shift.own")]
Swapper = Annotated[Actor, AllowToken("shift.swap")]


@router.get("/on-duty")
def list_on_duty(actor: Seer, unit: ReadUnit) -> list[OnDutyOut]:
    """List who is on duty now in the pools the facility may ask, the nearest level first."""
    today = policy_of(unit.session).local_date(unit.now)
    pools = (
        queries.list_pools_for(unit.session, station_id=actor.facility_id, on=today)
        if actor.facility_id
        else []
    )
    place = {pool.id: number for number, pool in enumerate(pools)}
    on = queries.list_on_duty(unit.session, place.keys(), now=unit.now)
    rows = sorted(on, key=lambda each: (place[each.pool_id], each.until_at, each.membership_id))
    return [OnDutyOut.model_validate(each, from_attributes=True) for each in rows]


@router.get("/duty-notices")
def list_notices(actor: Seer, unit: ReadUnit) -> list[NoticeOut]:
    """List what one was told about duties and has not put away."""
    rows = queries.list_notices(unit.session, queries.recipients(actor))
    return [NoticeOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/duty-notices/{notice_id}/seen")
def see_notice(actor: Seer, unit: WriteUnit, notice_id: UUID) -> NoticeOut:
    """Put a notice away."""
    row = service.see_notice(unit.session, actor, notice_id, now=unit.now)
    return NoticeOut.model_validate(row, from_attributes=True)


@router.get("/pools")
def list_pools(actor: Manager, unit: ReadUnit) -> list[PoolOut]:
    """List the facility's pools, those out of use too."""
    pools = queries.list_pools(unit.session, actor.facility_id) if actor.facility_id else []
    return _pools(unit, pools)


@router.post("/pools", status_code=201)
def create_pool(actor: Manager, unit: WriteUnit, body: PoolIn, response: Response) -> PoolOut:
    """Make a pool at the facility."""
    pool = service.create_pool(unit.session, actor, PoolTerms(**body.model_dump()), now=unit.now)
    return _pool(unit, pool, response)


@router.get("/pools/{pool_id}")
def read_pool(actor: Manager, unit: ReadUnit, pool_id: UUID, response: Response) -> PoolOut:
    """Return a pool of the facility."""
    return _pool(unit, queries.get_own_pool(unit.session, actor, pool_id), response)


@router.put("/pools/{pool_id}")
def change_pool(
    actor: Manager, unit: WriteUnit, pool_id: UUID, body: PoolIn, version: IfMatch, response: Response
) -> PoolOut:
    """Give a pool other terms, or close it."""
    terms = PoolTerms(**body.model_dump())
    pool = service.change_pool(unit.session, actor, pool_id, terms, version=version, now=unit.now)
    return _pool(unit, pool, response)


@router.put("/pools/{pool_id}/members/{membership_id}")
def put_member(
    actor: Manager,
    unit: WriteUnit,
    pool_id: UUID,
    membership_id: UUID,
    body: MemberIn,
    version: IfMatch,
    response: Response,
) -> PoolOut:
    """Put a doctor of the facility into a pool, or change their part; the version is the pool's."""
    terms = MemberTerms(**body.model_dump())
    service.put_member(unit.session, actor, pool_id, membership_id, terms, version=version, now=unit.now)
    return _pool(unit, queries.get_own_pool(unit.session, actor, pool_id), response)


@router.delete("/pools/{pool_id}/members/{membership_id}")
def end_member(
    actor: Manager,
    unit: WriteUnit,
    pool_id: UUID,
    membership_id: UUID,
    version: IfMatch,
    response: Response,
) -> PoolOut:
    """Let a doctor leave a pool today."""
    service.end_member(unit.session, actor, pool_id, membership_id, version=version, now=unit.now)
    return _pool(unit, queries.get_own_pool(unit.session, actor, pool_id), response)


@router.get("/rosters/{week}")
def read_roster(actor: Reader, unit: ReadUnit, week: date, response: Response) -> RosterOut:
    """Return the week a day is in: shifts with their warnings, when nobody is on duty, who is off when."""
    roster = load_roster(unit.session, actor, monday_of(week), now=unit.now)
    set_version(response, roster.version)
    return RosterOut(
        week=roster.monday,
        version=roster.version,
        shifts=[_shift(Planned(shift, roster.troubles.get(shift.id, ()))) for shift in roster.shifts],
        gaps=[
            GapOut(pool_id=pool_id, starts_at=instant(gap.start), ends_at=instant(gap.end))
            for pool_id, found in roster.gaps.items()
            for gap in found
        ],
        leaves=[
            LeaveOut(
                pool_id=pool_id,
                membership_id=leave.membership_id,
                starts_at=instant(leave.span.start),
                ends_at=instant(leave.span.end),
            )
            for pool_id, found in roster.leaves.items()
            for leave in found
        ],
    )


@router.post("/rosters/{week}/copy", status_code=201)
def copy_week(actor: Planner, unit: WriteUnit, week: date) -> CopiedOut:
    """Copy the shifts of the week before as drafts; what no roster may have is left out and counted."""
    copied = service.copy_week(unit.session, actor, week, now=unit.now)
    left_out = {str(trouble): count for trouble, count in copied.left_out.items()}
    return CopiedOut(shifts=[_shift(Planned(each, ())) for each in copied.shifts], left_out=left_out)


@router.post("/rosters/{week}/publish")
def publish_week(actor: Planner, unit: WriteUnit, week: date, version: IfMatch) -> list[ShiftOut]:
    """Let every draft of a week bind; the version is the week's."""
    published = service.publish_week(unit.session, actor, week, version=version, now=unit.now)
    return [_shift(each) for each in published]


@router.post("/shifts", status_code=201)
def plan_shift(actor: Planner, unit: WriteUnit, body: ShiftIn, response: Response) -> ShiftOut:
    """Add a draft to the roster."""
    planned = service.plan(unit.session, actor, Wanted(**body.model_dump()), now=unit.now)
    set_version(response, planned.shift.version)
    return _shift(planned)


@router.get("/shifts/mine")
def list_own_shifts(actor: Owner, unit: ReadUnit) -> list[ShiftOut]:
    """List one's own published shifts that have not ended."""
    rows = queries.list_own_shifts(unit.session, actor, now=unit.now)
    return [_shift(Planned(row, ())) for row in rows]


@router.get("/shifts/{shift_id}/events")
def list_shift_events(actor: Reader, unit: ReadUnit, shift_id: UUID) -> list[EventOut]:
    """List what became of a shift, the first first."""
    shift = queries.get_shift(unit.session, actor, shift_id)
    rows = queries.list_events(unit.session, shift.id)
    return [EventOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/shifts/{shift_id}/assign")
def assign_shift(
    actor: Planner, unit: WriteUnit, shift_id: UUID, body: AssignIn, version: IfMatch, response: Response
) -> ShiftOut:
    """Give a shift to another doctor of its pool; both are told."""
    planned = service.assign(
        unit.session,
        actor,
        shift_id,
        body.membership_id,
        reason=body.reason,
        version=version,
        now=unit.now,
    )
    set_version(response, planned.shift.version)
    return _shift(planned)


@router.post("/shifts/{shift_id}/withdraw")
def withdraw_shift(
    actor: Planner, unit: WriteUnit, shift_id: UUID, body: WithdrawIn, version: IfMatch, response: Response
) -> ShiftOut:
    """Take a shift off the roster; its doctor is told."""
    shift = service.withdraw(unit.session, actor, shift_id, reason=body.reason, version=version, now=unit.now)
    set_version(response, shift.version)
    return _shift(Planned(shift, ()))


@router.get("/swaps")
def list_swaps(actor: Swapper, unit: ReadUnit) -> list[SwapOut]:
    """List the unanswered swaps one has a part in."""
    rows = queries.list_own_swaps(unit.session, actor, now=unit.now)
    return [SwapOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/shifts/{shift_id}/swaps", status_code=201)
def ask_swap(
    actor: Swapper, unit: WriteUnit, shift_id: UUID, body: SwapIn, version: IfMatch, response: Response
) -> SwapOut:
    """Ask a colleague to take one's shift, perhaps for one of theirs; the version is the shift's."""
    swap = service.ask_swap(
        unit.session,
        actor,
        shift_id,
        body.membership_id,
        return_shift_id=body.return_shift_id,
        version=version,
        now=unit.now,
    )
    return _swap(swap, response)


@router.post("/swaps/{swap_id}/accept")
def accept_swap(
    actor: Swapper, unit: WriteUnit, swap_id: UUID, version: IfMatch, response: Response
) -> SwapOut:
    """Take the shift one was asked to take."""
    swap = service.accept_swap(unit.session, actor, swap_id, version=version, now=unit.now)
    return _swap(swap, response)


@router.post("/swaps/{swap_id}/decline")
def decline_swap(
    actor: Swapper, unit: WriteUnit, swap_id: UUID, version: IfMatch, response: Response
) -> SwapOut:
    """Keep things as they are."""
    swap = service.decline_swap(unit.session, actor, swap_id, version=version, now=unit.now)
    return _swap(swap, response)


@router.post("/swaps/{swap_id}/take-back")
def take_back_swap(
    actor: Swapper, unit: WriteUnit, swap_id: UUID, version: IfMatch, response: Response
) -> SwapOut:
    """Ask no longer."""
    swap = service.take_back_swap(unit.session, actor, swap_id, version=version, now=unit.now)
    return _swap(swap, response)


def _swap(swap: Swap, response: Response) -> SwapOut:
    set_version(response, swap.version)
    return SwapOut.model_validate(swap, from_attributes=True)


def _shift(planned: Planned) -> ShiftOut:
    row = planned.shift.model_dump(exclude={"created_by", "created_at"})
    return ShiftOut(**row, warnings=[str(each) for each in planned.warnings])


def _pool(unit: Unit, pool: Pool, response: Response) -> PoolOut:
    set_version(response, pool.version)
    (shown,) = _pools(unit, [pool])
    return shown


def _pools(unit: Unit, pools: Sequence[Pool]) -> list[PoolOut]:
    today = policy_of(unit.session).local_date(unit.now)
    members = queries.list_terms(unit.session, [pool.id for pool in pools], today, today)
    return [
        PoolOut(
            **pool.model_dump(exclude={"created_at"}),
            members=[
                MemberOut.model_validate(member, from_attributes=True)
                for member in members
                if member.pool_id == pool.id
            ],
        )
        for pool in pools
    ]
