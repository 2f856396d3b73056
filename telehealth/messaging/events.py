"""Facts about messages that higher slices act on."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MessageUndelivered:
    """A message that still holds has not reached the phone, and will not by itself."""

    message_id: UUID
    facility_id: UUID
    patient_id: UUID
    template: str
    subject_kind: str
    subject_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """A message has reached the phone; somebody may have been asked to phone before it did."""

    message_id: UUID
    facility_id: UUID
    patient_id: UUID
    template: str
    subject_kind: str
    subject_id: UUID
