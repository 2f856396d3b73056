"""Shapes of a timeline in the API."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from telehealth.kit.schemas import Output
from telehealth.timeline.rules import Kind


class EntryOut(Output):
    """One thing that happened or is agreed."""

    kind: Kind
    id: UUID
    at: datetime
    state: str
    facility_id: UUID
    doctor_membership_id: UUID | None
    label: str = Field(description="Consult kind, code of the appointment, priority, or template of the text")
    subject_id: UUID | None = Field(description="The visit of an appointment or urgent request")


class TimelineOut(Output):
    """One page, newest first."""

    entries: list[EntryOut]
    older: str | None = Field(description="What to send as `before` for the next page; null at the end")
