"""What happened to visits."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSigned:
    """A record was signed by whoever answers for it."""

    visit_id: UUID
    patient_id: UUID
    appointment_id: UUID | None
    station_facility_id: UUID
    signer_membership_id: UUID
    follow_up_on: date | None
    follow_up_facility_id: UUID | None
    follow_up_slack_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitWithdrawn:
    """A visit was closed that will not take place."""

    visit_id: UUID
    patient_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAmended:
    """A signed record got an amendment."""

    visit_id: UUID
    patient_id: UUID
    number: int
