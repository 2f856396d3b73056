"""Shapes of pools, rosters and swaps in the API."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from telehealth.duty.rules import PoolPolicy
from telehealth.kit.schemas import Input, Output

Id = Annotated[UUID, Field(strict=False)]
Day = Annotated[date, Field(strict=False)]


class PoolIn(Input):
    """What is decided about a pool."""

    name: Annotated[str, Field(min_length=2, max_length=80)]
    specialty_code: Annotated[str, Field(max_length=40)] | None = Field(default=None, description="None: any")
    policy: Annotated[PoolPolicy, Field(strict=False)] = PoolPolicy.CONTINUITY_FIRST
    window_days: Annotated[int, Field(ge=1, le=366)] = 30
    respond_minutes: Annotated[int, Field(ge=1, le=10_080)] = 120
    escalates_to: Id | None = None
    escalate_seconds: Annotated[int, Field(ge=10, le=3600)] = 90
    lease_seconds: Annotated[int, Field(ge=10, le=3600)] = 60
    covered_from: Annotated[int, Field(ge=0, le=1439)] = 0
    covered_until: Annotated[int, Field(ge=1, le=1440)] = 1440
    is_active: bool = True


class PoolOut(Output):
    """A pool of doctors; the members are those of today."""

    id: UUID
    facility_id: UUID
    name: str
    specialty_code: str | None
    policy: str
    window_days: int
    respond_minutes: int
    escalates_to: UUID | None
    escalate_seconds: int
    lease_seconds: int
    covered_from: int = Field(description="Minute of the day from which somebody is to be on duty")
    covered_until: int
    is_active: bool
    version: int
    members: list["MemberOut"]


class MemberIn(Input):
    """A doctor's part in a pool."""

    weight: Annotated[int, Field(ge=1, le=10)] = 1
    priority: Annotated[int, Field(ge=0, le=99)] = 0
    credit_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0


class MemberOut(Output):
    """A doctor's part in a pool during some days."""

    membership_id: UUID
    weight: int
    priority: int
    credit_minutes: int
    joined_on: date
    left_on: date | None


class ShiftIn(Input):
    """A shift to plan, by the wall clock; beyond 1440 minutes it ends on the next day."""

    pool_id: Id
    membership_id: Id
    on: Day
    start_minute: Annotated[int, Field(ge=0, le=1439)]
    end_minute: Annotated[int, Field(ge=1, le=2880)]


class ShiftOut(Output):
    """A doctor's duty in a pool; `warnings` are what people should look at before it binds."""

    id: UUID
    pool_id: UUID
    membership_id: UUID
    starts_at: datetime
    ends_at: datetime
    state: str
    version: int
    warnings: list[str]


class AssignIn(Input):
    """To whom a shift goes, and why."""

    membership_id: Id
    reason: Annotated[str, Field(max_length=200)] = ""


class WithdrawIn(Input):
    """Why a shift is off."""

    reason: Annotated[str, Field(max_length=200)] = ""


class SwapIn(Input):
    """Whom a doctor asks to take a shift, and which of the colleague's shifts for it."""

    membership_id: Id
    return_shift_id: Id | None = None


class SwapOut(Output):
    """A wish to swap and where it stands."""

    id: UUID
    shift_id: UUID
    return_shift_id: UUID | None
    from_membership_id: UUID
    to_membership_id: UUID
    state: str
    version: int
    asked_at: datetime
    answered_at: datetime | None


class GapOut(Output):
    """When nobody is on duty although the pool is to be covered."""

    pool_id: UUID
    starts_at: datetime
    ends_at: datetime


class LeaveOut(Output):
    """When a doctor of a pool is off: a shift planned over it carries the warning `on-leave`."""

    pool_id: UUID
    membership_id: UUID
    starts_at: datetime
    ends_at: datetime


class RosterOut(Output):
    """A week of a facility's pools; `version` is its ETag."""

    week: date
    version: int
    shifts: list[ShiftOut]
    gaps: list[GapOut]
    leaves: list[LeaveOut]


class CopiedOut(Output):
    """New drafts, and how many shifts were left out for which trouble."""

    shifts: list[ShiftOut]
    left_out: dict[str, int]


class OnDutyOut(Output):
    """A doctor on duty in a pool now."""

    pool_id: UUID
    membership_id: UUID
    until_at: datetime


class EventOut(Output):
    """One change of a shift."""

    command: str
    from_state: str | None
    to_state: str
    version: int
    actor_kind: str
    actor_ref: UUID
    reason: str
    at: datetime
    data: dict[str, Any]


class NoticeOut(Output):
    """Something a doctor or a facility is told about duties."""

    id: UUID
    kind: str
    data: dict[str, Any]
    recorded_at: datetime
