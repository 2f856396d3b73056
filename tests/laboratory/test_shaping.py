"""What a link does to packets, without a network: the time is given, so every figure is exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.laboratory.shaping import Pipe, Shape

KILOBYTE = bytes(1000)
UDP_PACKET = bytes(9) + bytes([17]) + bytes(90)
TCP_PACKET = bytes(9) + bytes([6]) + bytes(90)


def arrivals(pipe: Pipe) -> list[float]:
    """Let everything under way arrive; return when each packet did."""
    times: list[float] = []
    while (at := pipe.next_at()) is not None:
        times += [at for _ in pipe.due(at)]
    return times


def test_a_link_without_limits_passes_everything_at_once() -> None:
    pipe = Pipe("seed")
    pipe.offer(b"first", 1.0)
    pipe.offer(b"second", 1.0)
    assert pipe.next_at() == 1.0
    assert pipe.due(1.0) == [b"first", b"second"]
    assert pipe.next_at() is None


def test_packets_leave_at_the_rate_and_arrive_after_the_delay() -> None:
    pipe = Pipe("seed", Shape(rate_kbps=80, delay_ms=50))
    for _ in range(3):
        pipe.offer(KILOBYTE, 0.0)
    assert arrivals(pipe) == pytest.approx([0.15, 0.25, 0.35])


def test_a_link_that_rested_saves_nothing_up() -> None:
    pipe = Pipe("seed", Shape(rate_kbps=80))
    pipe.offer(KILOBYTE, 10.0)
    pipe.offer(KILOBYTE, 10.0)
    assert pipe.due(10.15) == [KILOBYTE]
    assert pipe.due(10.2) == [KILOBYTE]


@pytest.mark.parametrize("queue", [{"queue_bytes": 5_000}, {"queue_ms": 500}])
def test_a_full_queue_drops_what_comes_last(queue: dict[str, float]) -> None:
    pipe = Pipe("seed", Shape(rate_kbps=80, **queue))
    for _ in range(20):
        pipe.offer(KILOBYTE, 0.0)
    assert (pipe.counts.offered, pipe.counts.dropped) == (20, 15)
    assert len(pipe.due(10.0)) == 5


def test_a_packet_larger_than_the_queue_still_passes_an_idle_link() -> None:
    pipe = Pipe("seed", Shape(rate_kbps=80, queue_bytes=500))
    pipe.offer(KILOBYTE, 0.0)
    assert pipe.due(0.1) == [KILOBYTE]


@pytest.mark.parametrize("percent", [3, 5, 10])
def test_as_many_packets_are_lost_as_asked(percent: float) -> None:
    pipe = Pipe("seed", Shape(loss_percent=percent))
    for number in range(20_000):
        pipe.offer(b"packet", number / 1000)
    arrived = len(pipe.due(30.0))
    assert pipe.counts.lost == pytest.approx(20_000 * percent / 100, rel=0.1)
    assert arrived + pipe.counts.lost == 20_000


def test_the_same_seed_loses_the_same_packets_whatever_the_time_and_the_jitter() -> None:
    def survivors(seed: str, *, gap: float, jitter_ms: float) -> list[bytes]:
        pipe = Pipe(seed, Shape(loss_percent=10, jitter_ms=jitter_ms))
        for number in range(500):
            pipe.offer(str(number).encode(), number * gap)
        return pipe.due(1_000.0)

    once = survivors("seed", gap=0.01, jitter_ms=0)
    assert survivors("seed", gap=0.37, jitter_ms=80) == once
    assert survivors("another", gap=0.01, jitter_ms=0) != once


def test_a_burst_takes_everything_for_its_length_and_nothing_else() -> None:
    pipe = Pipe("seed")
    pipe.reshape(0.0, burst_ms=200, burst_every_ms=5_000)
    for number in range(1_000):
        pipe.offer(str(number).encode(), number / 100 + 0.005)
    arrived = {int(each) for each in pipe.due(20.0)}
    assert set(range(1_000)) - arrived == {*range(20), *range(500, 520)}


@given(
    jitter_ms=st.floats(0, 300),
    changes=st.lists(st.tuples(st.sampled_from(["delay_ms", "jitter_ms"]), st.floats(0, 400)), max_size=5),
)
def test_a_link_keeps_the_order_whatever_changes(jitter_ms: float, changes: list[tuple[str, float]]) -> None:
    pipe = Pipe("seed", Shape(delay_ms=100, jitter_ms=jitter_ms))
    for number in range(60):
        pipe.offer(bytes([number]), number / 100)
        if number % 10 == 0 and changes:
            name, value = changes.pop()
            pipe.reshape(number / 100, **{name: value})
    assert pipe.due(10.0) == [bytes([number]) for number in range(60)]


def test_jitter_delays_each_packet_differently_within_its_bound() -> None:
    pipe = Pipe("seed", Shape(delay_ms=100, jitter_ms=50))
    for number in range(200):
        pipe.offer(b"packet", float(number))
    delays = [at % 1 for at in arrivals(pipe)]
    assert len(delays) == 200
    assert 0.1 <= min(delays) < 0.11
    assert 0.14 < max(delays) <= 0.15


def test_a_cut_loses_what_is_under_way_and_what_comes() -> None:
    pipe = Pipe("seed", Shape(rate_kbps=80, delay_ms=100))
    for _ in range(3):
        pipe.offer(KILOBYTE, 0.0)
    pipe.reshape(0.15, is_cut=True)
    pipe.offer(KILOBYTE, 0.2)
    assert pipe.due(5.0) == []
    pipe.reshape(6.0, is_cut=False)
    pipe.offer(KILOBYTE, 6.0)
    assert pipe.due(6.2) == [KILOBYTE]
    assert pipe.counts.as_dict() == {
        "offered": 5,
        "delivered": 1,
        "delivered_bytes": 1000,
        "lost": 0,
        "dropped": 0,
        "cut": 4,
        "blocked": 0,
    }


def test_where_udp_is_blocked_tcp_passes() -> None:
    pipe = Pipe("seed", Shape(has_udp=False))
    pipe.offer(UDP_PACKET, 0.0)
    pipe.offer(TCP_PACKET, 0.0)
    assert pipe.due(0.0) == [TCP_PACKET]
    assert pipe.counts.blocked == 1


def test_what_waits_is_sent_at_a_new_rate() -> None:
    pipe = Pipe("seed", Shape(rate_kbps=8))
    pipe.offer(KILOBYTE, 0.0)
    pipe.reshape(0.01, rate_kbps=800)
    assert pipe.due(0.011) == [KILOBYTE]


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="speed"):
        Pipe("seed").reshape(0.0, speed=3)
