"""What happened on the wait list; heard by follow-up, which asks a person to see to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade:
    """A time is held for an entry; its station has until then to ask the patient."""

    entry_id: UUID
    station_facility_id: UUID
    patient_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """The offer was answered, ran out or was taken back."""

    entry_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEnded:
    """The last day an entry waited for is over, nothing came free, and its visit has no other time."""

    entry_id: UUID
    visit_id: UUID
    station_facility_id: UUID
    patient_id: UUID
