"""The picture on a line that hardly carries it, on one that does not, and once that is over."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tests.bench.calls.meeting import Meeting, frames_of, met
from tests.bench.calls.profiles import RURAL_1M, RURAL_300, STARVED, impair
from tests.support.laboratory.recordings import (
    Window,
    back_after,
    frozen_percent,
    gaps,
    highest,
    per_second,
    worst_concealed,
)
from tests.support.laboratory.stage import LaboratoryStage

STARVING, DRAINED, RECOVERING = 35, 12, 60
STILL_SENDING = 2_000
"""Bytes in half a second: keep-alive packets are less, any picture is more."""

GONE_MS = 2_000


def at_300_kbps(stage: LaboratoryStage) -> dict[str, float | None]:
    """The station sends over 300 kbit/s with 5 % loss; the doctor watches."""
    impair(stage.site("station"), RURAL_300)
    with met(stage, settled=8) as meeting:
        window = meeting.watch(20)
        frames = frames_of(meeting.recordings()["doctor"])
        return {"fps": per_second(frames, window), "frozen": frozen_percent(frames, window)}


def starved(stage: LaboratoryStage) -> dict[str, float | None]:
    """The uplink falls from 1 Mbit/s to 80 kbit/s, and comes back."""
    impair(stage.site("station"), RURAL_1M)
    with met(stage, settled=10) as meeting:
        impair(stage.site("station"), STARVED)
        hungry = meeting.watch(STARVING)
        impair(stage.site("station"), RURAL_1M)
        fed = meeting.watch(RECOVERING)
        return {**_while_starved(meeting, hungry), **_afterwards(meeting, fed)}


def _while_starved(meeting: Meeting, hungry: Window) -> dict[str, float | None]:
    pages = meeting.recordings()
    own = [each for stats in pages["station"].stats.values() for each in stats]
    late = Window(hungry.start + DRAINED * 1000, hungry.end)
    return {
        "audio_only": _stopped_after(own, hungry),
        "rtt": highest(own, "rtt", late),
        "concealed": worst_concealed(pages["doctor"], hungry),
        "concealed_then": worst_concealed(pages["doctor"], late),
    }


def _afterwards(meeting: Meeting, fed: Window) -> dict[str, float | None]:
    frames = frames_of(meeting.recordings()["doctor"])
    back = back_after(frames, fed.start)
    if back is None:
        return {"video_back": None, "gone_again": None}
    steady = Window(fed.start + back * 1000, fed.end)
    return {"video_back": back, "gone_again": float(sum(gap > GONE_MS for gap in gaps(frames, steady)))}


def _stopped_after(stats: Sequence[dict[str, Any]], window: Window) -> float | None:
    """Return the seconds until no picture was sent any more; None where some still was at the end."""
    inside = sorted(
        (each for each in stats if window.start <= each["at"] <= window.end), key=lambda x: x["at"]
    )
    steps = pairwise(inside)
    sending = [later["at"] for earlier, later in steps if _sent(earlier, later) > STILL_SENDING]
    last = max(sending, default=window.start)
    return None if window.end - last < GONE_MS else (last - window.start) / 1000


def _sent(earlier: dict[str, Any], later: dict[str, Any]) -> float:
    grown: float = later["shown_bytes"] - earlier["shown_bytes"]
    return grown
