"""Turns at what only one can have: those who want the same thing come one after the other.

Kept by one process for its own requests, so that whoever comes later finds out in a moment what became
of the one before; what may not happen twice is refused by the database all the same.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anyio import CapacityLimiter


@dataclass
class _Line:
    """Those who want one thing: a gate that lets one through at a time, the first who came first."""

    gate: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    length: int = 0


class Turns:
    """A line for each thing that somebody wants now; for the event loop's thread only."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, _Line] = {}

    def __len__(self) -> int:
        """Return how many things are wanted now."""
        return len(self._lines)

    @contextmanager
    def line(self, wanted: Hashable) -> Iterator[CapacityLimiter]:
        """Stand in the line for a thing; give the gate to wait at."""
        line = self._lines.setdefault(wanted, _Line())
        line.length += 1
        try:
            yield line.gate
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[wanted]
