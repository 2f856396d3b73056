"""Shapes of the wait list in the JSON API."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from telehealth.kit.schemas import Input, Output
from telehealth.scheduling.rules import Part, PatientPlace, Priority
from telehealth.scheduling.schemas import SlotOut
from telehealth.waitlist.states import EntryState

Ref = Annotated[UUID, Field(strict=False)]
Day = Annotated[date, Field(strict=False)]
Weekday = Annotated[int, Field(ge=0, le=6, description="0 is Monday")]


class EntryIn(Input):
    """A visit that is to wait: for exactly one of a pool and a doctor."""

    visit_id: Ref
    pool_id: Ref | None = None
    doctor_membership_id: Ref | None = None
    earliest_on: Day
    latest_on: Day
    weekdays: list[Weekday] = Field(default=[], max_length=7, description="None: any day")
    part: Annotated[Part, Field(strict=False)] | None = None
    priority: Annotated[Priority, Field(strict=False)] = Priority.ROUTINE
    service_code: str | None = Field(
        default=None, description="None: that of the visit's appointment, else the standard one"
    )


class OfferIn(Input):
    """The free time to offer, one of the gaps."""

    doctor_membership_id: Ref
    starts_at: Annotated[AwareDatetime, Field(strict=False)]


class AcceptIn(Input):
    """Where the patient will be; as agreed for the later appointment, else at the station."""

    patient_place: Annotated[PatientPlace, Field(strict=False)] | None = None


class DeclineIn(Input):
    """Whether the visit goes on waiting for another time."""

    keeps_waiting: bool = False


class AskedOut(Output):
    """An entry as the coordinator of the pool sees it: nothing that tells who the patient is."""

    id: UUID
    code: str = Field(description="What station and coordinator call it on the phone")
    station_facility_id: UUID
    pool_id: UUID | None
    doctor_membership_id: UUID | None
    earliest_on: date
    latest_on: date
    weekdays: list[int]
    part: Part | None
    priority: Priority
    state: EntryState
    offer_expires_at: datetime | None
    offers_made: int
    version: int
    created_at: datetime = Field(description="Since when it waits")


class EntryOut(AskedOut):
    """An entry as its station sees it; its version is also the ETag."""

    patient_id: UUID
    visit_id: UUID
    offer_appointment_id: UUID | None


class EntryPage(Output):
    """Entries of a station, offers to answer first."""

    entries: list[EntryOut]
    next_cursor: str | None = Field(description="For the next page; null on the last")


class GapOut(Output):
    """A free time, and who would take it, in the order they are to be asked."""

    slot: SlotOut
    entry_ids: list[UUID]


class WaitListOut(Output):
    """Who waits, in the order they are to be asked, and what they could be offered now."""

    entries: list[AskedOut]
    gaps: list[GapOut]
    more: int = Field(description="How many wait who are not listed; a pool narrows the list")
    unasked: int = Field(description="How many who could come soon were not compared with the gaps")
