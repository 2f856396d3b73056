"""What happened to rosters, for whoever must act on it in the same unit of work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ShiftFact:
    """A shift as it is after what happened."""

    shift_id: UUID
    pool_id: UUID
    membership_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ShiftPublished(ShiftFact):
    """A planned duty binds from now on."""


@dataclass(frozen=True, slots=True)
class ShiftAssigned(ShiftFact):
    """A published duty is another doctor's now."""

    from_membership_id: UUID


@dataclass(frozen=True, slots=True)
class ShiftWithdrawn(ShiftFact):
    """A published duty is off."""
