"""What has happened to a patient's registration."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PatientRegistered:
    """A facility registered a patient."""

    patient_id: UUID
    facility_id: UUID


@dataclass(frozen=True, slots=True)
class PatientChanged:
    """A patient's details or contacts were changed; `fields` are names, never values."""

    patient_id: UUID
    version: int
    fields: tuple[str, ...]
