"""What the outbox asks of others: a gateway to send by, and whoever knows if a text is still true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text for one number; the reference is ours and the same if the attempt is repeated."""

    reference: UUID
    to: str
    text: str


class Fault(StrEnum):
    """What a failed attempt means for the next one."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    CONFIGURATION = "configuration"
    UNKNOWN = "unknown"


class GatewayError(Exception):
    """The gateway did not accept, or it is not known whether it did."""

    def __init__(self, fault: Fault, code: str) -> None:
        super().__init__(code)
        self.fault = fault
        self.code = code


class Outcome(StrEnum):
    """What a gateway reports about a text it accepted."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report as a gateway gives it."""

    provider_ref: str
    outcome: Outcome
    occurred_at: datetime


class Gateway(Protocol):
    """A way for texts to leave. Implementations never touch the database."""

    @property
    def name(self) -> str:
        """The name attempts and receipts are filed under."""
        ...

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:
        """Hand over a text; return the gateway's own reference, or raise GatewayError."""
        ...

    def find(self, reference: UUID) -> str | None:
        """Return the gateway's reference for an attempt of ours, None if it never got it."""
        ...

    def reports(self, *, now: datetime) -> list[Report]:
        """Return delivery reports; one may be returned more than once."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a message claims: this template, about this subject at this version."""

    template: str
    subject_id: UUID
    subject_version: int


StillTrue = Callable[[Session, Claimed, datetime], bool]
Checkers = Mapping[str, StillTrue]
"""Subject kind -> who tells whether a message about it still holds; wiring.py fills it."""
