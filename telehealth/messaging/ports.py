"""What the outbox asks of others: gateways to send by, and whoever knows if a text is still true."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text for one number; the reference is ours and the same whenever the text is tried again."""

    reference: UUID
    to: str
    text: str


class Fault(StrEnum):
    """What a failed attempt means for the next one.

    Temporary: again after a while. Permanent: this text will never go to this number this way.
    Configuration: nothing goes this way until somebody mends an account, a key or a registration.
    Unknown: nobody knows whether it was taken.
    """

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


class ForgedCallbackError(Exception):
    """A callback that does not come from the vendor, or makes no sense."""


class Outcome(StrEnum):
    """What a gateway reports about a text it accepted."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report as a gateway gives it; `reference` is ours where the vendor repeats it."""

    provider_ref: str
    outcome: Outcome
    occurred_at: datetime
    reference: UUID | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """A vendor's request to us, as it came: header names in lower case, the body untouched."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


CLEARS_UP: Final = timedelta(minutes=30)
"""How long a lost answer is asked for anew: long enough to clear it up, short enough to be the same text."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a vendor can do.

    `reports`: says of every text whether it arrived. `can_find`: tells by our reference whether it took
    a text. `repeats_within`: how long the same reference twice is one text; None where it is two.
    `needs_registration`: takes only texts that were registered before. `is_asked`: reports only what it is
    asked about.
    """

    reports: bool = False
    is_asked: bool = False
    can_find: bool = False
    repeats_within: timedelta | None = None
    needs_registration: bool = False


Waiting = Mapping[str, UUID]
"""A gateway's own references of texts -> ours."""

NOTHING: Final[Waiting] = MappingProxyType({})


class Gateway(Protocol):
    """A way for texts to leave. Implementations never touch our database and may be called by threads."""

    @property
    def name(self) -> str:
        """The name attempts and receipts are filed under."""
        ...

    @property
    def traits(self) -> Traits:
        """What the vendor can do."""
        ...

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:
        """Hand over a text; return the gateway's own reference, or raise GatewayError."""
        ...

    def find(self, reference: UUID) -> str | None:
        """Return the gateway's reference for a text of ours, None if it never got it.

        Raises GatewayError when it cannot tell. Called only where the traits say so.
        """
        ...

    def reports(self, waiting: Waiting = NOTHING, *, now: datetime) -> list[Report]:
        """Return delivery reports; one may be returned more than once.

        `waiting`: the texts it took of which nothing final is known, given to who must be asked.
        """
        ...

    def close(self) -> None:
        """Let go of connections; a later call opens them anew."""
        ...

    def read_callback(self, callback: Callback, *, now: datetime) -> list[Report]:
        """Return what a callback reports, nothing of what is not final; raise ForgedCallbackError."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a message claims: this template, about this subject at this version."""

    template: str
    subject_id: UUID
    subject_version: int


StillTrue = Callable[[Session, Collection[Claimed], datetime], Collection[Claimed]]
"""Says which of some claims about one kind of subject still hold."""

Checkers = Mapping[str, StillTrue]
"""Subject kind -> who tells which messages about it still hold; wiring.py fills it."""


def one_by_one(holds: Callable[[Session, Claimed, datetime], bool]) -> StillTrue:
    """Ask of each claim by itself, where few come at a time."""

    def those_that_hold(session: Session, claims: Collection[Claimed], now: datetime) -> set[Claimed]:
        return {each for each in claims if holds(session, each, now)}

    return those_that_hold


class Unspoken(Protocol):
    """What a slice above knows by name and no text may name: diseases, medicines."""

    def names(self, session: Session) -> Iterable[str]:
        """List the names as people write them."""
        ...
