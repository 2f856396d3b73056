"""Half-open intervals of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def epoch(at: datetime) -> int:
    """Return whole epoch seconds of an aware instant."""
    if at.tzinfo is None:
        raise ValueError("a naive time has no place on the time line")
    return int(at.timestamp())


def instant(seconds: int) -> datetime:
    """Return the aware UTC instant of epoch seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant a local day ends."""
    return datetime.combine(day + timedelta(days=1), time(0), zone)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """[start, end) in epoch seconds, the unit of every claim."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("a span must end after it starts")

    @classmethod
    def between(cls, start: datetime, end: datetime) -> "Span":
        """Build a span from two aware instants."""
        return cls(epoch(start), epoch(end))

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two share any instant; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def widened(self, before: timedelta, after: timedelta) -> "Span":
        """Return the span with buffers added on both sides."""
        return Span(self.start - int(before.total_seconds()), self.end + int(after.total_seconds()))


def union(spans: Iterable[Span]) -> list[Span]:
    """Merge spans that overlap or touch, in order."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
