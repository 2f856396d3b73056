"""What happened to orders; heard in the same unit of work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact:
    """The facts each of these events carries."""

    order_id: UUID
    patient_id: UUID
    visit_id: UUID
    station_facility_id: UUID
    kind: str
    when: str
    seen_by_at: datetime
    due_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleased(OrderFact):
    """The station has an order to acknowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAcknowledged(OrderFact):
    """Somebody at the station saw it: it is to be done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettled(OrderFact):
    """It was done, declined or revoked."""
