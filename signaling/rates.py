"""How much may be said: token buckets per participant and per room. Pure: time is passed in."""

import math
from dataclasses import dataclass
from typing import Final
from uuid import UUID

RATE: Final = 20.0
BURST: Final = 60.0
ROOM_RATE: Final = 40.0
ROOM_BURST: Final = 180.0
CHARS_PER_TOKEN: Final = 4_096
FADES: Final = 10.0


@dataclass(slots=True)
class Bucket:
    """Holds up to `burst` tokens and gains `rate` a second; starts full."""

    rate: float
    burst: float
    tokens: float
    filled_at: float

    @classmethod
    def full(cls, rate: float, burst: float, now: float) -> "Bucket":
        """A bucket that was not drawn from for long."""
        return cls(rate, burst, burst, now)

    def draw(self, cost: float, now: float) -> bool:
        """Take `cost` tokens; False (and nothing taken) when there are not as many."""
        self.tokens, self.filled_at = self.level(now), now
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True

    def level(self, now: float) -> float:
        """How many tokens there are by now."""
        return min(self.burst, self.tokens + (now - self.filled_at) * self.rate)

    def give_back(self) -> None:
        """Fill half again, after the room's worst talker was sent out."""
        self.tokens = max(self.tokens, self.burst / 2)


@dataclass(slots=True)
class Meter:
    """How much was said lately: what lies `FADES` seconds back counts for a half."""

    said: float
    read_at: float

    def add(self, cost: float, now: float) -> None:
        """Count what is said now."""
        self.said, self.read_at = self.level(now) + cost, now

    def level(self, now: float) -> float:
        """How much that is by now."""
        return self.said * math.exp2(-(now - self.read_at) / FADES)


def cost_of(frame: str | bytes) -> float:
    """A long frame counts for several short ones."""
    return 1.0 + len(frame) // CHARS_PER_TOKEN


class RoomBudget:
    """What one room may say in all, and each participant; tells who floods from who suffers."""

    def __init__(self, now: float) -> None:
        self._room = Bucket.full(ROOM_RATE, ROOM_BURST, now)
        self._people: dict[UUID, Bucket] = {}
        self._said: dict[UUID, Meter] = {}

    def flooder(self, sender: UUID, frame: str | bytes, now: float) -> UUID | None:
        """Count one frame of `sender`; returns who is to be dropped for it, or None.

        That is the sender where it went past its own rate, or whoever said most lately where the room went
        past its own: talkers who stay just within theirs must cost neither a listener nor somebody with
        one burst of candidates their place.
        """
        bucket = self._people.get(sender)
        if bucket is None:
            bucket = self._people[sender] = Bucket.full(RATE, BURST, now)
            self._said[sender] = Meter(0.0, now)
        cost = cost_of(frame)
        self._said[sender].add(cost, now)
        if not bucket.draw(cost, now):
            return sender
        if not self._room.draw(cost, now):
            self._room.give_back()
            return max(self._said, key=lambda one: self._said[one].level(now))
        return None
