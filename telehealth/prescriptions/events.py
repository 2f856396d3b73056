"""What happened to prescriptions; heard in the same unit of work."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidedCodeHolds:
    """A prescription was voided and its national code still holds: somebody has to cancel it there."""

    prescription_id: UUID
    visit_id: UUID
    patient_id: UUID
    station_facility_id: UUID
    code: str
