"""What a timeline is made of, and where a page of it ends. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from telehealth.kit.errors import InvalidError


class Kind(StrEnum):
    """What an entry is."""

    VISIT = "visit"
    APPOINTMENT = "appointment"
    URGENT = "urgent"
    MESSAGE = "message"


NEEDED: Final = MappingProxyType(
    {
        Kind.VISIT: "visit.read",
        Kind.APPOINTMENT: "appointment.read",
        Kind.URGENT: "urgent.read",
        Kind.MESSAGE: "message.read",
    }
)
"""Which action of `access.rules.ACTIONS` lets somebody see entries of a kind."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry of a page: the next begins below it. It names an instant and an id, nothing else."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read a cursor; raise `cursor-invalid` for what is none of ours."""
        micros, _, hexadecimal = text.rpartition("-")
        try:
            return cls(_EPOCH + timedelta(microseconds=int(micros)), UUID(hex=hexadecimal))
        except (ValueError, OverflowError):
            raise InvalidError("cursor-invalid", field="before") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened or is agreed: its kind decides what `label` and `subject_id` are.

    A visit: consult kind. An appointment: its code, and the visit. An urgent request: priority, and the
    visit. A message: its template, and what it is about.
    """

    kind: Kind
    id: UUID
    at: datetime
    state: str
    facility_id: UUID
    doctor_id: UUID | None
    label: str
    subject_id: UUID | None

    @property
    def cursor(self) -> Cursor:
        """Where a page that ends with this entry ends."""
        return Cursor(self.at, self.id)


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of a timeline, newest first, and where the next begins if there is more."""

    entries: tuple[Entry, ...]
    older: Cursor | None
