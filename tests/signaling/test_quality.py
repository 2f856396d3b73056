"""Advice on how much a line should carry: falls at once, rises slowly, and does not flap."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.from_client import QualityReport
from signaling.parts import Level, Why
from signaling.quality import LADDER, Line, advise
from tests.support.clock import MONDAY_MORNING

NOW = MONDAY_MORNING


def after(line: Line, seconds: int, report: QualityReport, *, start: datetime = NOW) -> Line:
    """The line after a report every 2 s."""
    for second in range(0, seconds + 1, 2):
        line = advise(line, report, start + timedelta(seconds=second))
    return line


@pytest.mark.parametrize(
    ("kbps", "level"),
    [(2000, Level.HIGH), (350, Level.HIGH), (349, Level.MEDIUM), (150, Level.MEDIUM), (149, Level.LOW),
     (80, Level.LOW), (79, Level.AUDIO), (0, Level.AUDIO)],
)  # fmt: skip
def test_ladder_of_bandwidth(kbps: float, level: Level) -> None:
    assert advise(Line(), QualityReport(outgoing_kbps=kbps), NOW).level is level


@pytest.mark.parametrize(
    ("loss", "level"), [(5, Level.HIGH), (15, Level.MEDIUM), (30, Level.LOW), (100, Level.LOW)]
)
def test_loss_caps_the_level(loss: float, level: Level) -> None:
    line = advise(Line(), QualityReport(outgoing_kbps=900, loss_percent=loss), NOW)
    assert line.level is level
    assert level is Level.HIGH or line.reason is Why.LOSS


def test_a_queue_of_seconds_leaves_only_sound() -> None:
    line = advise(Line(), QualityReport(outgoing_kbps=900, rtt_ms=2446), NOW)
    assert (line.level, line.reason) == (Level.AUDIO, Why.DELAY)


def test_a_browser_that_cannot_tell_changes_nothing() -> None:
    assert advise(Line(), QualityReport(), NOW) == Line()


def test_rises_one_level_after_ten_good_seconds() -> None:
    low = advise(Line(), QualityReport(outgoing_kbps=100), NOW)
    good = QualityReport(outgoing_kbps=900)
    assert after(low, 8, good).level is Level.LOW
    assert after(low, 10, good).level is Level.MEDIUM
    assert after(low, 20, good).level is Level.HIGH
    assert after(low, 10, good).reason is Why.RECOVERED


def test_does_not_rise_on_an_estimate_that_hovers_at_the_threshold() -> None:
    medium = advise(Line(), QualityReport(outgoing_kbps=340), NOW)
    assert after(medium, 28, QualityReport(outgoing_kbps=360)).level is Level.MEDIUM


def test_a_calm_line_is_tried_after_thirty_seconds_though_its_estimate_stays_low() -> None:
    audio = advise(Line(), QualityReport(outgoing_kbps=50), NOW)
    calm = QualityReport(outgoing_kbps=60, rtt_ms=200, loss_percent=0)
    assert after(audio, 28, calm).level is Level.AUDIO
    tried = after(audio, 30, calm)
    assert tried.level is Level.LOW
    soon = NOW + timedelta(seconds=34)
    assert advise(tried, calm, soon).level is Level.LOW, "the estimate is given time to follow"
    later = advise(tried, calm, NOW + timedelta(seconds=38))
    assert later.level is Level.AUDIO
    assert later.try_after == timedelta(seconds=60)


def test_delay_ends_a_try_at_once() -> None:
    audio = advise(Line(), QualityReport(outgoing_kbps=50), NOW)
    tried = after(audio, 30, QualityReport(outgoing_kbps=60, rtt_ms=200))
    queued = QualityReport(outgoing_kbps=60, rtt_ms=2000)
    assert advise(tried, queued, NOW + timedelta(seconds=32)).level is Level.AUDIO


@given(
    st.lists(
        st.builds(
            QualityReport,
            outgoing_kbps=st.none() | st.floats(0, 1000),
            rtt_ms=st.none() | st.floats(0, 5000),
            loss_percent=st.none() | st.floats(0, 100),
        ),
        max_size=60,
    )
)
def test_never_rises_by_more_than_one_level_nor_twice_in_ten_seconds(reports: list[QualityReport]) -> None:
    line, risen_at = Line(), None
    for number, report in enumerate(reports):
        now = NOW + timedelta(seconds=2 * number)
        fresh = advise(line, report, now)
        step = LADDER.index(line.level) - LADDER.index(fresh.level)
        assert step <= 1
        if step == 1:
            assert risen_at is None or now - risen_at >= timedelta(seconds=10)
            risen_at = now
        line = fresh
