"""Shapes of scheduling in the JSON API. Times are RFC 3339 with an offset."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from telehealth.access.rules import ConsultKind
from telehealth.kit.schemas import Input, Output
from telehealth.scheduling.explain import DoctorAnswer, Unfit, Why
from telehealth.scheduling.rules import (
    AbortReason,
    AbsentParty,
    CancelReason,
    OverrideReason,
    PatientPlace,
    Priority,
    RejectReason,
    Support,
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
    next_from: date | None = Field(
        description="Where to go on if this window held no more; null where it reached the end"
    )


class CauseOut(Output):
    """A reason starts are not offered; the starts of a day fall to the first that takes them away."""

    why: Why
    starts: int
    facts: dict[str, str | int]


class DayOut(Output):
    """One day of one doctor."""

    on: date
    free: int
    causes: list[CauseOut]


class ExplanationOut(Output):
    """Why a doctor shows no slot: because the search passes them over, or day by day."""

    doctor_membership_id: UUID
    unfit: list[Unfit] = Field(description="Why the search passes this doctor over altogether")
    days: list[DayOut]

    @classmethod
    def of(cls, answer: DoctorAnswer) -> Self:
        """Return an answer as the API writes it."""
        return cls.model_validate(answer, from_attributes=True)


class StrandedOut(Output):
    """An appointment the hours no longer hold, or would not; whose it is, is not said."""

    id: UUID
    code: str
    status: AppointmentState
    station_facility_id: UUID
    doctor_membership_id: UUID
    starts_at: datetime
    ends_at: datetime


class HoldIn(Input):
    """The slot a form wants to keep; the words of the search steer the alternatives to a taken one."""

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
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = None


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
    visit_id: UUID | None = Field(description="Null to whoever arranges it without a right to the patient")
    patient_id: UUID | None = Field(description="Null as the visit is")
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
    support: Support
    cancel_reason: str | None
    no_show_party: str | None
    replaces_id: UUID | None


class AppointmentPage(Output):
    """Appointments by time."""

    appointments: list[AppointmentOut]
    next_cursor: str | None
