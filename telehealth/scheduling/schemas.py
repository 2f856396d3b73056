"""Shapes of scheduling in the JSON API. Times are RFC 3339 with an offset."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from telehealth.access.rules import ConsultKind
from telehealth.kit.schemas import Input, Output
from telehealth.scheduling.rules import (
    AbortReason,
    AbsentParty,
    CancelReason,
    OverrideReason,
    PatientPlace,
    Priority,
    RejectReason,
)
from telehealth.scheduling.states import AppointmentState

Ref = Annotated[UUID, Field(strict=False)]
Instant = Annotated[AwareDatetime, Field(strict=False)]


class SlotOut(Output):
    """A bookable span of one doctor."""

    doctor_membership_id: UUID
    starts_at: datetime
    ends_at: datetime


class SlotPage(Output):
    """Free slots, the earliest first."""

    slots: list[SlotOut]
    next_cursor: str | None = Field(description="For the next page of the same search")
    next_from: date | None = Field(description="Where to go on if this window held no more")


class ServiceOut(Output):
    """What can be booked."""

    code: str
    kind: str
    duration_minutes: int
    hold_seconds: int


class HoldIn(Input):
    """The slot a form wants to keep; `specialty` and `tiers` steer the alternatives to a taken one."""

    form_id: Ref = Field(description="One live hold each; a second hold of the same form moves it")
    visit_id: Ref
    patient_id: Ref
    doctor_membership_id: Ref | None = Field(default=None, description="The doctor; else name a pool")
    pool_id: Ref | None = Field(default=None, description="Doctors who are asked as one: the pool chooses")
    starts_at: Instant
    consult_kind: Annotated[ConsultKind, Field(strict=False)]
    service_code: str = "standard"
    priority: Annotated[Priority, Field(strict=False)] = Priority.ROUTINE
    specialty: str | None = None
    tiers: list[str] | None = None


class ConfirmIn(Input):
    """Where the patient will be."""

    patient_place: Annotated[PatientPlace, Field(strict=False)] = PatientPlace.STATION


class RescheduleIn(Input):
    """The new time, with another doctor where one is named."""

    starts_at: Instant
    doctor_membership_id: Ref | None = None


class ReassignIn(Input):
    """Who has the time now; of an appointment a pool was asked for, the pool chooses if nobody is named."""

    doctor_membership_id: Ref | None = None


class OverrideIn(Input):
    """A time past the rules, and why."""

    starts_at: Instant
    doctor_membership_id: Ref | None = None
    reason: Annotated[OverrideReason, Field(strict=False)]


class OverrideBookIn(Input):
    """An appointment past the rules, agreed at once, and why."""

    visit_id: Ref
    patient_id: Ref
    doctor_membership_id: Ref
    starts_at: Instant
    consult_kind: Annotated[ConsultKind, Field(strict=False)]
    service_code: str = "standard"
    priority: Annotated[Priority, Field(strict=False)] = Priority.ROUTINE
    reason: Annotated[OverrideReason, Field(strict=False)]


class RejectIn(Input):
    """Why a request is not taken."""

    reason: Annotated[RejectReason, Field(strict=False)]


class CancelIn(Input):
    """Why an appointment is called off."""

    reason: Annotated[CancelReason, Field(strict=False)]


class AbortIn(Input):
    """Why a running appointment could not go on."""

    reason: Annotated[AbortReason, Field(strict=False)]


class AbsenceIn(Input):
    """Who did not come."""

    party: Annotated[AbsentParty, Field(strict=False)]


class AppointmentOut(Output):
    """An appointment; its version is also the ETag."""

    id: UUID
    code: str
    status: AppointmentState
    version: int
    visit_id: UUID
    patient_id: UUID
    consult_kind: ConsultKind
    station_facility_id: UUID
    doctor_membership_id: UUID
    pool_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    hold_expires_at: datetime | None
    respond_by: datetime | None
    priority: Priority
    patient_place: PatientPlace
    cancel_reason: str | None
    no_show_party: str | None
    replaces_id: UUID | None


class AppointmentPage(Output):
    """Appointments by time."""

    appointments: list[AppointmentOut]
    next_cursor: str | None
