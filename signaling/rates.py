"""How much may be said: token buckets per participant and per room. Pure: time is passed in."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

RATE: Final = 20.0
BURST: Final = 60.0
ROOM_RATE: Final = 40.0
ROOM_BURST: Final = 180.0
CHARS_PER_TOKEN: Final = 4_096


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


def cost_of(frame: str | bytes) -> float:
    """A long frame counts for several short ones."""
    return 1.0 + len(frame) // CHARS_PER_TOKEN


class RoomBudget:
    """What one room may say in all, and each participant; tells who floods from who suffers."""

    def __init__(self, now: float) -> None:
        self._room = Bucket.full(ROOM_RATE, ROOM_BURST, now)
        self._people: dict[UUID, Bucket] = {}

    def flooder(self, sender: UUID, frame: str | bytes, now: float) -> UUID | None:
        """Count one frame of `sender`; returns who is to be dropped for it, or None.

        That is the sender where it went past its own rate, or whoever has the least left where the room
        went past its own: the same four talkers at once must not cost a listener its place.
        """
        bucket = self._people.get(sender)
        if bucket is None:
            bucket = self._people[sender] = Bucket.full(RATE, BURST, now)
        cost = cost_of(frame)
        if not bucket.draw(cost, now):
            return sender
        if not self._room.draw(cost, now):
            self._room.give_back()
            return min(self._people, key=lambda one: self._people[one].level(now))
        return None
