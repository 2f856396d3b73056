"""The figures made of what a recorder noted: a freeze is never averaged away."""

import pytest

from tests.support.laboratory.recordings import (
    Recording,
    Window,
    back_after,
    concealed_percent,
    difference,
    first_after,
    frozen_percent,
    longest_gap,
    per_second,
    worst_concealed,
)

SMOOTH = [each * 100.0 for each in range(101)]
"""Ten a second for ten seconds."""

TEN_SECONDS = Window(0, 10_000)


def counted(*readings: tuple[float, float, float]) -> list[dict[str, float]]:
    return [{"at": at, "heard": heard, "concealed": concealed} for at, heard, concealed in readings]


def test_a_smooth_picture_is_not_frozen() -> None:
    assert frozen_percent(SMOOTH, TEN_SECONDS) == 0
    assert per_second(SMOOTH, TEN_SECONDS) == pytest.approx(10, abs=0.2)
    assert longest_gap(SMOOTH, TEN_SECONDS) == 0.1


def test_a_picture_that_stood_for_two_seconds_was_frozen_for_a_fifth_of_ten() -> None:
    times = [at for at in SMOOTH if not 3_000 < at < 5_000]
    assert frozen_percent(times, TEN_SECONDS) == 20
    assert longest_gap(times, TEN_SECONDS) == 2


def test_a_picture_that_came_late_or_never_was_frozen_until_then() -> None:
    assert frozen_percent([at for at in SMOOTH if at >= 4_000], TEN_SECONDS) == 40
    assert frozen_percent([at for at in SMOOTH if at <= 1_000], TEN_SECONDS) == 90
    assert frozen_percent([], TEN_SECONDS) == 100


def test_back_means_steadily_and_one_straggler_does_not_count() -> None:
    times = [100.0, 5_000.0, *(9_000.0 + each * 70 for each in range(20))]
    assert first_after(times, 4_000) == 1
    assert back_after(times, 4_000) == 5
    assert back_after(times[:2], 4_000) is None
    assert first_after(times, 20_000) is None


def test_concealed_sound_is_counted_from_the_start_of_the_window() -> None:
    stats = counted((0, 0, 0), (1_000, 48_000, 9_000), (2_000, 96_000, 9_480), (3_000, 144_000, 9_960))
    assert concealed_percent(stats, Window(1_000, 3_000)) == 1
    assert difference(stats, "heard", Window(5_000, 9_000)) == 0
    assert concealed_percent(stats, Window(5_000, 9_000)) == 100, "no sound at all is the worst sound"


def test_the_worst_connection_counts_and_dead_ones_do_not() -> None:
    recording = Recording(
        stats={
            0: counted((0, 5, 5), (3_000, 5, 5)),
            1: counted((0, 0, 0), (3_000, 100_000, 1_000)),
            2: counted((0, 0, 0), (3_000, 100_000, 4_000)),
        }
    )
    assert worst_concealed(recording, Window(0, 3_000)) == 4
    assert worst_concealed(Recording(), Window(0, 3_000)) == 100


def test_what_the_page_noted_is_sorted() -> None:
    recording = Recording.read(
        {
            "frames": {"doctor": [5.0]},
            "voices": [{"at": 3.0, "from": 1}, {"at": 1.0, "from": 0}, {"at": 2.0, "from": 1}],
            "stats": [{"at": 4.0, "from": 1}],
            "messages": [{"at": 1.0, "type": "waiting"}, {"at": 2.0, "type": "admitted"}],
            "sockets": [0.5],
        }
    )
    assert recording.all_voices == [1.0, 2.0, 3.0]
    assert [each["at"] for each in recording.said("admitted", since=1.5)] == [2.0]
    assert recording.said("waiting", since=1.5) == []
