"""What a recorder noted, and the figures made of it: purely, and never an average that hides a freeze."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

FREEZE_MS = 300
"""A picture that stands for longer is frozen: at ten pictures a second, three are missing."""

STEADY = 5
STEADY_MS = 1000
"""So many events within so long mean "it is back": one straggler does not."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Times are the day's, in milliseconds. `frames` by participant, `stats` and `voices` by connection."""

    frames: dict[str, list[float]] = field(default_factory=dict)
    voices: dict[int, list[float]] = field(default_factory=dict)
    stats: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    sockets: list[float] = field(default_factory=list)

    @classmethod
    def read(cls, noted: dict[str, Any]) -> "Recording":
        """Sort what the page's recorder holds."""
        voices: dict[int, list[float]] = {}
        for each in noted["voices"]:
            voices.setdefault(each["from"], []).append(each["at"])
        stats: dict[int, list[dict[str, Any]]] = {}
        for each in noted["stats"]:
            stats.setdefault(each["from"], []).append(each)
        return cls(noted["frames"], voices, stats, noted["messages"], noted["sockets"])

    @property
    def all_voices(self) -> list[float]:
        """When sound of anybody was played."""
        return sorted(at for each in self.voices.values() for at in each)

    @property
    def self_id(self) -> str:
        """The participant whose page this is; "" before the server has said so."""
        return next((each["self"] for each in self.messages if each.get("self")), "")

    def said(self, kind: str, since: float = 0) -> list[dict[str, Any]]:
        """Return the server's messages of a type that came after a time."""
        return [each for each in self.messages if each["type"] == kind and each["at"] > since]


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, in milliseconds of the day's clock."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.start) / 1000

    def inside(self, times: Sequence[float]) -> Sequence[float]:
        """Return those of sorted times that lie in it."""
        return times[bisect_left(times, self.start) : bisect_right(times, self.end)]


def first_after(times: Sequence[float], since: float) -> float | None:
    """Return the seconds from `since` to the first event after it; None if there was none."""
    at = bisect_right(times, since)
    return (times[at] - since) / 1000 if at < len(times) else None


def back_after(times: Sequence[float], since: float) -> float | None:
    """Return the seconds from `since` until events came steadily again; None if they never did."""
    later = times[bisect_right(times, since) :]
    for first, last in zip(later, later[STEADY - 1 :], strict=False):
        if last - first <= STEADY_MS:
            return (first - since) / 1000
    return None


def per_second(times: Sequence[float], window: Window) -> float:
    """Return how many events a second there were."""
    return len(window.inside(times)) / window.seconds


def gaps(times: Sequence[float], window: Window) -> list[float]:
    """Return the milliseconds between events, and from and to the window's ends."""
    marks = [window.start, *window.inside(times), window.end]
    return [later - earlier for earlier, later in pairwise(marks)]


def longest_gap(times: Sequence[float], window: Window) -> float:
    """Return the longest wait for an event in seconds."""
    return max(gaps(times, window)) / 1000


def frozen_percent(times: Sequence[float], window: Window) -> float:
    """Return the share of the window in which one picture stood for longer than FREEZE_MS."""
    frozen = sum(gap for gap in gaps(times, window) if gap > FREEZE_MS)
    return 100 * frozen / (window.end - window.start)


def difference(stats: Sequence[dict[str, Any]], name: str, window: Window) -> float:
    """Return by how much a counter grew in the window; 0 where it was read less than twice."""
    inside = [each[name] for each in stats if window.start <= each["at"] <= window.end]
    return inside[-1] - inside[0] if len(inside) > 1 else 0


def concealed_percent(stats: Sequence[dict[str, Any]], window: Window) -> float:
    """Return the share of played samples that were invented, silence included; all of them if none came."""
    played = difference(stats, "heard", window)
    return 100 * difference(stats, "concealed", window) / played if played else 100.0


def worst_concealed(recording: Recording, window: Window) -> float:
    """Return concealed_percent of the connection where it is worst; those that carried nothing are gone."""
    shares = [
        concealed_percent(stats, window)
        for stats in recording.stats.values()
        if difference(stats, "heard", window)
    ]
    return max(shares, default=100.0)


def lowest(stats: Sequence[dict[str, Any]], name: str, window: Window) -> float:
    """Return the least value read in the window; 0 where nothing was read."""
    return min((each[name] for each in stats if window.start <= each["at"] <= window.end), default=0)


def highest(stats: Sequence[dict[str, Any]], name: str, window: Window) -> float:
    """Return the greatest value read in the window; 0 where nothing was read."""
    return max((each[name] for each in stats if window.start <= each["at"] <= window.end), default=0)
