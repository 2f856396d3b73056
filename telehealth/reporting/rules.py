"""Pure rules of reports: waits, and what a table says about many of them."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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


WITHOUT_PICTURE: Final = frozenset({"audio", "phone"})
"""Levels of the ladder at which nobody is seen."""

WITH_PICTURE: Final = "high"
BREAK: Final = "lost"
MENDED: Final = ("restarted", "renewed")


@dataclass(frozen=True, slots=True)
class CallNote:
    """A line of a call's journal about somebody's line; `level` where it says what the line should carry."""

    member_id: UUID
    kind: str
    at: datetime
    level: str | None = None


@dataclass(frozen=True, slots=True)
class HeldCall:
    """One call that began: where, how long, how it ended, how its lines fared. No patient in it."""

    station_id: UUID
    started_at: datetime
    ended_at: datetime | None
    ending: str | None
    notes: tuple[CallNote, ...] = ()

    @property
    def seconds(self) -> int:
        """How long it ran, up to its last sign of life where nobody ended it."""
        last = self.ended_at or max((note.at for note in self.notes), default=self.started_at)
        return max(0, int((last - self.started_at).total_seconds()))

    @property
    def audio_seconds(self) -> int:
        """How long at least one line carried sound alone, or not even that."""
        end = self.started_at.timestamp() + self.seconds
        spans = []
        since: dict[UUID, float] = {}
        for note in sorted(self.notes, key=lambda each: each.at):
            if note.level is None:
                continue
            at = min(max(note.at, self.started_at).timestamp(), end)
            if note.level in WITHOUT_PICTURE:
                since.setdefault(note.member_id, at)
            elif note.member_id in since:
                spans.append((since.pop(note.member_id), at))
        spans += [(at, end) for at in since.values()]
        return int(_covered(spans))

    def count(self, *kinds: str) -> int:
        """Return how many notes are of these kinds."""
        return sum(note.kind in kinds for note in self.notes)


@dataclass(frozen=True, slots=True)
class CallFigures:
    """The calls of a station in a week: `audio_percent` of their time some line carried sound alone."""

    count: int
    minutes: int
    audio_percent: int
    breaks: int
    mended: int
    endings: tuple[tuple[str, int], ...]


def call_figures(calls: Sequence[HeldCall]) -> CallFigures:
    """Return what these calls were like; an ending nobody noted is `open`."""
    seconds = sum(call.seconds for call in calls)
    audio = sum(call.audio_seconds for call in calls)
    endings = sorted(call.ending or "open" for call in calls)
    return CallFigures(
        count=len(calls),
        minutes=seconds // 60,
        audio_percent=round(100 * audio / seconds) if seconds else 0,
        breaks=sum(call.count(BREAK) for call in calls),
        mended=sum(call.count(*MENDED) for call in calls),
        endings=tuple((name, len(list(group))) for name, group in groupby(endings)),
    )


def calls_by(calls: Iterable[HeldCall], key: Callable[[HeldCall], K]) -> dict[K, CallFigures]:
    """Return the figures of calls that share a key, in the order of the keys as text."""
    rows = sorted(calls, key=lambda call: str(key(call)))
    return {name: call_figures(list(group)) for name, group in groupby(rows, key=key)}


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    """Return the seconds that at least one of the spans covers."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


@dataclass(frozen=True, slots=True)
class Rated:
    """One answer how a visit was: at which station, on which day, which of the five steps."""

    station_id: UUID
    on: date
    step: int


@dataclass(frozen=True, slots=True)
class Noted:
    """What a patient wrote with an answer, and nothing of who wrote it."""

    on: date
    step: int
    note: str


def ratings_by(rated: Iterable[Rated]) -> dict[tuple[UUID, date], tuple[int, ...]]:
    """Count answers by station and month (its first day): of each step, from 1 to 5."""
    counts: dict[tuple[UUID, date], list[int]] = {}
    for each in rated:
        row = counts.setdefault((each.station_id, each.on.replace(day=1)), [0] * 5)
        row[each.step - 1] += 1
    return {where: tuple(row) for where, row in counts.items()}


def months_back(today: date, months: int) -> date:
    """Return the first day of the month so many months before that of a day."""
    whole = today.year * 12 + today.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class TextFigures:
    """The texts that left for patients of a station in a week, how far they came, their cost in VND.

    `delivered` and `failed` as the networks said, `opened` and `answered` what followed the text;
    `reached`: opened, answered, or somebody was spoken to afterwards about the same thing.
    """

    sent: int
    delivered: int
    failed: int
    opened: int
    answered: int
    reached: int
    cost: int

    def __add__(self, other: "TextFigures") -> "TextFigures":
        """Return both together."""
        return TextFigures(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))


@dataclass(frozen=True, slots=True)
class GatewayTries:
    """What became of a gateway's attempts, their cost in VND, and when it last took a text."""

    taken: int = 0
    refused: int = 0
    lost: int = 0
    delivered: int = 0
    cost: int = 0
    last_taken_at: datetime | None = None

    @property
    def tries(self) -> int:
        """How many attempts there were that have ended."""
        return self.taken + self.refused + self.lost
