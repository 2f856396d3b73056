"""Shapes of the JSON API of orders."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from telehealth.kit.schemas import Input, Output
from telehealth.orders.rules import NOTE_LIMIT, WHAT_LIMIT, DeclineReason, OrderKind, StepKind, When
from telehealth.orders.states import OrderState

Ref = Annotated[UUID, Field(strict=False)]
Measured = Annotated[Decimal, Field(strict=False, max_digits=9, decimal_places=3)]
Words = Annotated[str, Field(max_length=NOTE_LIMIT)]


class OrderIn(Input):
    """What is ordered; `when` now makes it the station's task at once, all else once the visit is signed."""

    id: Ref | None = Field(
        default=None, description="A UUIDv7 of the writer's, so that sending again is harmless"
    )
    kind: Annotated[OrderKind, Field(strict=False)]
    what: Annotated[str, Field(min_length=1, max_length=WHAT_LIMIT)]
    when: Annotated[When, Field(strict=False)] = When.WEEK
    note: Words = ""
    code: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="Of a measurement: the vital sign"
    )


class ResultIn(Input):
    """What came of it."""

    text: Words = ""
    value: Measured | None = None
    other: Measured | None = Field(default=None, description="Of a blood pressure: its second number")
    attachments: Annotated[list[Ref], Field(default_factory=list, max_length=12)]


class DeclineIn(Input):
    """Why it cannot be done."""

    reason: Annotated[DeclineReason, Field(strict=False)]
    note: Words = ""


class OrderOut(Output):
    """An order and what became of it."""

    id: UUID
    state: OrderState
    version: int
    visit_id: UUID
    patient_id: UUID | None = Field(description="Null without a right to the patient's data")
    station_facility_id: UUID
    written_by: UUID
    written_at: datetime
    kind: OrderKind
    what: str
    code: str | None
    when: When
    note: str
    released_at: datetime | None
    due_by: datetime | None
    has_climbed: bool = Field(description="Coordinators follow it: nobody saw it in time, or it is late")
    seen_by: UUID | None
    seen_at: datetime | None
    ended_by: UUID | None
    ended_at: datetime | None
    result: str
    value: Decimal | None
    attachments: list[UUID]
    reason: DeclineReason | None


class OrderStepOut(Output):
    """A line of an order's record."""

    seq: int
    kind: StepKind
    from_state: OrderState | None
    to_state: OrderState
    actor_ref: UUID
    reason: str | None
    at: datetime


class OrderDetail(OrderOut):
    """An order with every step."""

    steps: list[OrderStepOut]
