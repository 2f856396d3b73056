"""Shapes of handing over in the API."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from telehealth.handover.rules import Verdict
from telehealth.kit.schemas import Input, Output


class HandOverIn(Input):
    """Whose day goes to whom."""

    from_membership_id: Annotated[UUID, Field(strict=False)]
    to_membership_id: Annotated[UUID, Field(strict=False)]
    on: Annotated[date, Field(strict=False)]


class ShiftPartOut(Output):
    """A shift of the day: whether the other doctor can take it."""

    shift_id: UUID
    starts_at: datetime
    ends_at: datetime
    moves: bool
    troubles: list[str]


class NextOut(Output):
    """A free time of a doctor who could stand in."""

    membership_id: UUID
    starts_at: datetime


class AppointmentPartOut(Output):
    """An appointment of the day: whether it moves; if not, who else is free then or which times come next."""

    appointment_id: UUID
    starts_at: datetime
    station_facility_id: UUID
    verdict: Verdict
    others: list[UUID]
    next_slots: list[NextOut]


class HandOverOut(Output):
    """What handing over the day would do."""

    shifts: list[ShiftPartOut]
    appointments: list[AppointmentPartOut]


class HandedOut(Output):
    """What was handed over, and what was left with the code why."""

    shifts: list[UUID]
    appointments: list[UUID]
    left: dict[UUID, str]
