"""How much a line should carry: pure advice from what getStats() reports.

Thresholds are those measured for this program (360p15 from 350 kbps, 270p12 from 150, 180p6 from 80, below
that sound alone; sound alone past 1.5 s of delay). Falls at once; rises one level after 10 good seconds
with a margin, because an estimate that hovers at a threshold would switch the picture to and fro.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from signaling.from_client import QualityReport
from signaling.parts import Level, Why

LADDER: Final = (Level.HIGH, Level.MEDIUM, Level.LOW, Level.AUDIO)
FLOOR_KBPS: Final = {Level.HIGH: 350.0, Level.MEDIUM: 150.0, Level.LOW: 80.0, Level.AUDIO: 0.0}
MARGIN: Final = 1.15
MAX_RTT_MS: Final = 1_500.0
LOSS_CAPS: Final = ((30.0, Level.LOW), (15.0, Level.MEDIUM))
CALM_RTT_MS: Final = 600.0
CALM_LOSS_PERCENT: Final = 3.0
STEADY: Final = timedelta(seconds=10)
# A browser's estimate hardly grows past what is being sent: without a try a line would stay low for good.
TRY_AFTER: Final = timedelta(seconds=30)
MAX_TRY_AFTER: Final = timedelta(minutes=4)
GRACE: Final = timedelta(seconds=6)  # the estimate needs this long to follow what is sent


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one participant's way out."""

    level: Level = Level.HIGH
    reason: Why = Why.RECOVERED
    better_since: datetime | None = None
    calm_since: datetime | None = None
    tried_at: datetime | None = None
    try_after: timedelta = TRY_AFTER


def advise(line: Line, report: QualityReport, now: datetime) -> Line:
    """Return the line after this report; its `level` is the advice."""
    reached, reason = _reached(report, 1.0)
    if LADDER.index(reached) > LADDER.index(line.level):
        is_trying = line.tried_at is not None and now - line.tried_at < GRACE
        if is_trying and reason is Why.BANDWIDTH:
            return line
        return _fallen(line, reached, reason, now)
    if line.level is Level.HIGH:
        return Line()
    comfortable, _ = _reached(report, MARGIN)
    is_better = LADDER.index(comfortable) < LADDER.index(line.level) and report.outgoing_kbps is not None
    better_since = (line.better_since or now) if is_better else None
    calm_since = (line.calm_since or now) if _is_calm(report) else None
    waited = replace(line, better_since=better_since, calm_since=calm_since)
    if better_since is not None and now - better_since >= STEADY:
        return _risen(waited, now)
    if calm_since is not None and now - calm_since >= line.try_after:
        return replace(_risen(waited, now), tried_at=now)
    return waited


def _reached(report: QualityReport, margin: float) -> tuple[Level, Why]:
    """The best level these figures carry, and which of them decided."""
    if report.rtt_ms is not None and report.rtt_ms > MAX_RTT_MS / margin:
        return Level.AUDIO, Why.DELAY
    level, reason = Level.HIGH, Why.BANDWIDTH
    if report.outgoing_kbps is not None:
        level = next(step for step in LADDER if report.outgoing_kbps >= FLOOR_KBPS[step] * margin)
    for percent, cap in LOSS_CAPS:
        is_lossy = report.loss_percent is not None and report.loss_percent >= percent / margin
        if is_lossy and LADDER.index(cap) > LADDER.index(level):
            level, reason = cap, Why.LOSS
    return level, reason


def _is_calm(report: QualityReport) -> bool:
    return (
        report.rtt_ms is not None
        and report.rtt_ms <= CALM_RTT_MS
        and (report.loss_percent or 0.0) <= CALM_LOSS_PERCENT
    )


def _fallen(line: Line, level: Level, reason: Why, now: datetime) -> Line:
    """Down at once; a try that soon failed doubles the wait for the next."""
    failed = line.tried_at is not None and now - line.tried_at < 2 * GRACE
    try_after = min(line.try_after * 2, MAX_TRY_AFTER) if failed else TRY_AFTER
    return Line(level=level, reason=reason, try_after=try_after)


def _risen(line: Line, now: datetime) -> Line:
    return Line(
        level=LADDER[LADDER.index(line.level) - 1],
        reason=Why.RECOVERED,
        better_since=now,
        calm_since=now,
        try_after=line.try_after,
    )
