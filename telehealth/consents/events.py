"""What has happened to a consent."""

from dataclasses import dataclass
from uuid import UUID

from telehealth.consents.rules import Purpose


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """Somebody agreed."""

    consent_id: UUID
    patient_id: UUID
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """Somebody took an agreement back."""

    consent_id: UUID
    patient_id: UUID
    purpose: Purpose
