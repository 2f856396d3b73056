"""What the check of a line needs from the domain; the composition root implements it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CheckAccess:
    """A check somebody may make. `may_relay`: a patient who was not let in gets nothing of the relay."""

    check_id: UUID
    may_relay: bool


class CheckPorts(Protocol):
    """The domain's side."""

    def redeem(self, ticket: str, *, now: datetime) -> CheckAccess | None:
        """Use a ticket up; None if it is unknown, used or expired."""
        ...
