"""What others may want to hear of minutes."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MinutesReopened:
    """Signed minutes were opened again: their papers hold no more."""

    visit_id: UUID
    round: int
