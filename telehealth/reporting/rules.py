"""Pure rules of reports: waits, and what a table says about many of them."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, TypeVar
from uuid import UUID

K = TypeVar("K", bound=Hashable)

MEDIAN: Final = 50
MOST: Final = 90


@dataclass(frozen=True, slots=True)
class Wait:
    """How one appointment went: agreed, the patient at the station, the doctor there. No patient in it."""

    station_id: UUID
    agreed_at: datetime
    arrived_at: datetime | None
    started_at: datetime

    @property
    def for_time(self) -> int:
        """Whole minutes from the agreement, or the request before it, to the start."""
        return _minutes(self.agreed_at, self.started_at)

    @property
    def at_station(self) -> int | None:
        """Whole minutes the patient waited at the station; None for one who was not checked in."""
        return None if self.arrived_at is None else _minutes(self.arrived_at, self.started_at)


@dataclass(frozen=True, slots=True)
class UrgentWait:
    """How long a station rang for a doctor; `accepted_at` is None while nobody has come. No patient in it."""

    station_id: UUID
    pressed_at: datetime
    accepted_at: datetime | None

    @property
    def seconds(self) -> int | None:
        """Whole seconds from the press until the first doctor accepted."""
        gone = self.accepted_at - self.pressed_at if self.accepted_at is not None else None
        return None if gone is None else max(0, int(gone.total_seconds()))


@dataclass(frozen=True, slots=True)
class Figures:
    """What many waits look like: half waited no longer than `median`, nine of ten than `most`."""

    count: int
    median: int
    most: int
    longest: int


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """The waits of a week or of a station."""

    for_time: Figures
    at_station: Figures | None


@dataclass(frozen=True, slots=True)
class UrgentFigures:
    """The urgent requests of a week or of a station: how many nobody took, and how long the others rang."""

    count: int
    unanswered: int
    answered: Figures | None


def percentile(values: Sequence[int], percent: int) -> int:
    """Return the smallest value that so many percent of the values do not exceed (nearest rank)."""
    if not values or not 0 < percent <= 100:
        raise ValueError("a percentile needs values and a percent of 1 to 100")
    return sorted(values)[-(-len(values) * percent // 100) - 1]


def figures_of(values: Sequence[int]) -> Figures | None:
    """Return what the values look like; None of none."""
    if not values:
        return None
    return Figures(len(values), percentile(values, MEDIAN), percentile(values, MOST), max(values))


def by(waits: Iterable[Wait], key: Callable[[Wait], K]) -> dict[K, WaitFigures]:
    """Return the figures of waits that share a key, in the order of the keys as text."""
    rows = sorted(waits, key=lambda wait: str(key(wait)))
    found = {}
    for name, group in groupby(rows, key=key):
        same = list(group)
        for_time = figures_of([wait.for_time for wait in same])
        if for_time is not None:
            at_station = [wait.at_station for wait in same if wait.at_station is not None]
            found[name] = WaitFigures(for_time, figures_of(at_station))
    return found


def urgent_by(waits: Iterable[UrgentWait], key: Callable[[UrgentWait], K]) -> dict[K, UrgentFigures]:
    """Return the figures of urgent requests that share a key, in the order of the keys as text; seconds."""
    found = {}
    for name, group in groupby(sorted(waits, key=lambda wait: str(key(wait))), key=key):
        same = [wait.seconds for wait in group]
        answered = [seconds for seconds in same if seconds is not None]
        found[name] = UrgentFigures(len(same), len(same) - len(answered), figures_of(answered))
    return found


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() // 60))
