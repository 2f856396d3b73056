"""A local day in five-minute bits: where bit 0 lies, and what can be asked of bits."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from telehealth.availability.rules import DAY_MINUTES, GRID_MINUTES, NOON, Terms, local_day, wall_second
from telehealth.kit.spans import Span
from telehealth.scheduling.rules import Part

GRID: Final = GRID_MINUTES * 60


@dataclass(frozen=True, slots=True)
class Frame:
    """A day in bits: where bit 0 lies, how many there are, and the service in bits."""

    base: int
    size: int
    duration: int
    before: int
    total: int

    @property
    def window(self) -> Span:
        """The time all bits together stand for."""
        return Span(self.base, self.base + self.size * GRID)

    @property
    def full(self) -> int:
        """All bits set."""
        return (1 << self.size) - 1

    def bits(self, span: Span) -> int:
        """Return every bit the span touches."""
        low = max(0, (span.start - self.base) // GRID)
        high = min(self.size, -(-(span.end - self.base) // GRID))
        return (1 << high) - (1 << low) if high > low else 0


def frame_of(day: date, zone: ZoneInfo, terms: Terms) -> Frame:
    """Return a local day in bits, with room for what is claimed before its first and after its last start."""
    midnight = local_day(zone, day)
    before, duration, after = (
        minutes // GRID_MINUTES for minutes in (terms.before, terms.duration, terms.after)
    )
    size = before + (midnight.end - midnight.start) // GRID + duration + after
    return Frame(midnight.start - before * GRID, size, duration, before, before + duration + after)


@lru_cache(maxsize=4096)
def step_starts(day: date, zone: ZoneInfo, step: int, offset: int, part: Part | None) -> int:
    """Return the wall-clock starts of a day as bits from midnight; each wall time at most once."""
    midnight = local_day(zone, day).start
    low, high = (NOON if part is Part.AFTERNOON else 0), (NOON if part is Part.MORNING else DAY_MINUTES)
    mask = 0
    for minute in range(offset % step, DAY_MINUTES, step):
        second = wall_second(day, minute, zone)
        if second is not None and low <= minute < high:
            mask |= 1 << (second - midnight) // GRID
    return mask


def runs(bits: int, length: int) -> int:
    """Return the first bits of all runs of at least `length` ones."""
    have = 1
    while have < length:
        shift = min(have, length - have)
        bits &= bits >> shift
        have += shift
    return bits
