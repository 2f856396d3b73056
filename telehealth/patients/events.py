"""What has happened to a patient, for whoever must act on it in the same unit of work."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PatientChanged:
    """A patient's details or contacts were changed; `fields` are names, never values."""

    patient_id: UUID
    version: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatientDied:
    """Somebody who phoned or went there was told that a patient died."""

    patient_id: UUID
    noted_by: UUID


@dataclass(frozen=True, slots=True)
class DeathTakenBack:
    """A patient who was noted as dead is alive."""

    patient_id: UUID
    taken_back_by: UUID


@dataclass(frozen=True, slots=True)
class NumberDoubted:
    """Whoever answered at a patient's number does not know the patient; `facility_id` found out."""

    patient_id: UUID
    facility_id: UUID


@dataclass(frozen=True, slots=True)
class PatientsMerged:
    """Two records were found to be of one person; `kept_id` is current."""

    kept_id: UUID
    merged_id: UUID


@dataclass(frozen=True, slots=True)
class GlassBroken:
    """A record out of scope was opened in an emergency."""

    glass_id: UUID
    patient_id: UUID
    facility_id: UUID
    station_facility_id: UUID
