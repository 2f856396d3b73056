"""Shapes of the JSON API of urgent requests and duty."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from telehealth.kit.schemas import Input, Output
from telehealth.urgent.rules import (
    AgeBand,
    CancelReason,
    CloseReason,
    DangerSign,
    DeclineReason,
    StepKind,
    UrgentPriority,
)
from telehealth.urgent.states import UrgentState

Ref = Annotated[UUID, Field(strict=False)]
Instant = Annotated[AwareDatetime, Field(strict=False)]
Sign = Annotated[DangerSign, Field(strict=False)]


class UrgentIn(Input):
    """What a station says with the one button."""

    visit_id: Ref
    priority: Annotated[UrgentPriority, Field(strict=False)] = UrgentPriority.URGENT
    danger_signs: Annotated[list[Sign], Field(default_factory=list, max_length=10)]


class DeclineIn(Input):
    """Why not."""

    reason: Annotated[DeclineReason, Field(strict=False)]


class CancelIn(Input):
    """Why a request is called off."""

    reason: Annotated[CancelReason, Field(strict=False)]


class CloseIn(Input):
    """What became of a request that nobody answered."""

    reason: Annotated[CloseReason, Field(strict=False)]


class LeaseIn(Input):
    """The token of the lease a write rests on; an older one is answered 409 `lease-lost`."""

    lease_token: Annotated[int, Field(ge=1, le=2**31 - 1)]


class SwitchIn(Input):
    """Be rung, or not, until an instant within a day."""

    is_on: bool
    until_at: Instant


class RingOut(Output):
    """A doctor who was rung."""

    membership_id: UUID
    level: int
    rung_at: datetime
    seen_at: datetime | None
    declined_at: datetime | None
    reason: DeclineReason | None


class LevelOut(Output):
    """A step of the ladder; `rung_at` is null while its turn lies ahead."""

    level: int
    pool_id: UUID
    rung_at: datetime | None
    was_empty: bool


class StepOut(Output):
    """A line of the record."""

    seq: int
    kind: StepKind
    from_state: UrgentState | None
    to_state: UrgentState
    membership_id: UUID | None
    pool_id: UUID | None
    reason: str | None
    lease_token: int | None
    at: datetime


class UrgentOut(Output):
    """An urgent request. Who the patient is, is shown to the station and to who has accepted."""

    id: UUID
    state: UrgentState
    version: int
    priority: UrgentPriority
    danger_signs: list[DangerSign]
    age_band: AgeBand
    specialty_code: str | None
    station_facility_id: UUID
    patient_id: UUID | None
    visit_id: UUID | None
    appointment_id: UUID | None
    owner_membership_id: UUID | None
    enqueued_at: datetime
    escalate_at: datetime | None
    lease_until: datetime | None
    lease_token: int | None = Field(description="Shown to its holder only")
    close_reason: str | None


class UrgentPage(Output):
    """Open requests in the order of the queue."""

    requests: list[UrgentOut]
    next_cursor: str | None = Field(description="For the next page; null on the last")


class UrgentDetail(UrgentOut):
    """A request with its ladder, who was rung, and every step."""

    levels: list[LevelOut]
    rings: list[RingOut]
    steps: list[StepOut]


class OnDutyOut(Output):
    """A doctor who is on duty in a pool now."""

    pool_id: UUID
    pool_name: str
    facility_id: UUID
    membership_id: UUID
    until_at: datetime


class SwitchOut(Output):
    """What the switch says."""

    is_on: bool
    until_at: datetime
