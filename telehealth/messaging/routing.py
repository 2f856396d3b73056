"""Which gateway next: by the operator's order, among those that lately worked. Pure.

Health is measured on the attempts themselves, so every worker sees the same and none has to be told:
five failures in a row close a gateway for half a minute, then one text at a time tries it again, and each
failure more keeps it closed for twice as long. A row counts over hours: where a station sends a text every
half hour, what fails has failed for a while. One that often fails or is slow goes to the end of the order
until its bad minutes are over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from telehealth.messaging.pacing import is_of_the_text
from telehealth.messaging.ports import Fault

LOOK_BACK: Final = timedelta(hours=6)
LOOK_AT_MOST: Final = 60
LATELY: Final = timedelta(minutes=5)
CLOSES_AFTER: Final = 5
CLOSED_FOR: Final = timedelta(seconds=30)
CLOSED_AT_MOST: Final = timedelta(minutes=10)
"""An outage is noticed to be over within this time; each try may be a text nobody knows the fate of."""
ENOUGH_TO_JUDGE: Final = 10
BAD_SHARE: Final = 0.3
SLOW: Final = timedelta(seconds=8)
"""Close to the ten seconds after which an answer counts as lost."""


class Standing(StrEnum):
    """What may be sent by a gateway: texts, one text to see whether it works again, nothing."""

    OPEN = "open"
    PROBING = "probing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt by a gateway; not ended while it is on its way."""

    started_at: datetime
    ended_at: datetime | None = None
    fault: str = ""
    code: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether it speaks against the gateway: a number that does not exist does not."""
        return self.fault not in ("", Fault.PERMANENT) and not is_of_the_text(self.code)

    @property
    def is_slow(self) -> bool:
        """Whether the answer came late."""
        return self.ended_at is not None and self.ended_at - self.started_at >= SLOW


@dataclass(frozen=True, slots=True)
class Health:
    """What the last minutes say of a gateway."""

    standing: Standing
    tries: int
    bad: int
    slow: int

    @property
    def is_weak(self) -> bool:
        """Whether others are better asked first."""
        return self.tries >= ENOUGH_TO_JUDGE and (self.bad + self.slow) / self.tries >= BAD_SHARE


def health_of(tries: Iterable[Try], now: datetime) -> Health:
    """Judge a gateway by its last tries; those a wrong clock put into the future are left."""
    recent = [each for each in tries if now - LOOK_BACK <= each.started_at <= now]
    ended = sorted((t for t in recent if t.ended_at is not None), key=lambda t: t.ended_at or now)
    row: list[Try] = []
    for each in reversed(ended):
        if not each.is_bad:
            break
        row.insert(0, each)
    standing = Standing.OPEN
    if len(row) >= CLOSES_AFTER:
        until = (row[-1].ended_at or now) + closed_for(_probes(row))
        is_probed = any(t.ended_at is None and t.started_at >= until for t in recent)
        standing = Standing.CLOSED if now < until or is_probed else Standing.PROBING
    lately = [each for each in ended if each.started_at >= now - LATELY]
    bad = sum(each.is_bad for each in lately)
    slow = sum(each.is_slow and not each.is_bad for each in lately)
    return Health(standing, len(lately), bad, slow)


def closed_for(probes: int) -> timedelta:
    """Return how long a gateway stays closed once so many texts have tried it in vain since it closed."""
    return CLOSED_AT_MOST if probes > 9 else min(CLOSED_FOR * 2**probes, CLOSED_AT_MOST)


def _probes(row: Sequence[Try]) -> int:
    """Count the failures of a row that began after it closed the gateway: not those on their way by then."""
    closed_at = row[CLOSES_AFTER - 1].ended_at
    return sum(closed_at is not None and each.started_at > closed_at for each in row[CLOSES_AFTER:])


def in_order(names: Sequence[str], health: Mapping[str, Health]) -> list[str]:
    """Return the gateways that may be asked, the one to ask first in front.

    One that is to be probed comes first where it is the operator's first choice: else it never would be.
    """
    asked = [name for name in names if health[name].standing is not Standing.CLOSED]
    return sorted(asked, key=lambda name: health[name].is_weak and health[name].standing is Standing.OPEN)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a text's earlier attempt by a gateway."""

    gateway: str
    fault: str
    code: str


def ways_for(names: Sequence[str], tried: Sequence[Tried]) -> list[str]:
    """Return by which of these gateways a text may go yet, untried ones first.

    None but the same one while it is unknown whether that has taken it: two would be two texts.
    """
    lost = [each.gateway for each in tried if each.fault == Fault.UNKNOWN]
    if lost:
        return [name for name in names if name == lost[-1]]
    refused = {each.gateway for each in tried if each.fault == Fault.PERMANENT or is_of_the_text(each.code)}
    before = {each.gateway for each in tried}
    left = [name for name in names if name not in refused]
    return [name for name in left if name not in before] + [name for name in left if name in before]
