"""What happened to hours; heard by scheduling in the same unit of work."""

from dataclasses import dataclass
from uuid import UUID

from telehealth.availability.rules import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChanged:
    """Hours of a resource, a facility or the whole country are not what they were.

    `seats` says how many a facility has now, where that is what changed.
    """

    scope: Scope
    scope_id: UUID | None = None
    seats: int | None = None
