"""Who acts. Slices specialise this; audit and change rows need no more than this."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """The kinds of actor the program knows."""

    MEMBERSHIP = "membership"
    LINK = "link"
    INTEGRATION = "integration"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever acts: a membership, a patient link, an integration or the program itself.

    `ref` is the id of the membership, link or integration; `facility_id` the facility acted for.
    """

    kind: ActorKind
    ref: UUID
    facility_id: UUID | None = None


SYSTEM = Actor(kind=ActorKind.SYSTEM, ref=UUID(int=0))
"""The program itself: timed jobs and set-up."""
