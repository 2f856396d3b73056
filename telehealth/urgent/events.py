"""What happened to urgent requests; heard in the same unit of work."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentFact:
    """The facts each of these events carries."""

    request_id: UUID
    patient_id: UUID
    visit_id: UUID
    station_facility_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentUnanswered(UrgentFact):
    """The last level was rung and nobody answered in time: somebody has to follow it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentSettled(UrgentFact):
    """Somebody answered after all, or the request was closed: nothing is left to follow up."""
