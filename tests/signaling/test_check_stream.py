"""What arrivals tell, and the line before the checking peer."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.media.seats import FullError, Seats
from signaling.media.stream import Arrivals, Flow


def test_evenly_spaced_packets_have_no_jitter_whatever_their_delay() -> None:
    arrivals = Arrivals(0.02)
    for number in range(50):
        arrivals.note(number, 7.3 + number * 0.02)
    assert (arrivals.count, arrivals.jitter_ms) == (50, 0)


def test_packets_that_come_now_early_now_late_have_jitter() -> None:
    arrivals = Arrivals(0.02)
    for number in range(200):
        arrivals.note(number, number * 0.02 + (0.03 if number % 2 else 0))
    assert arrivals.jitter_ms == 30


@given(st.lists(st.tuples(st.integers(0, 149), st.floats(0, 100)), max_size=300))
def test_a_packet_counts_once_in_any_order(packets: list[tuple[int, float]]) -> None:
    arrivals = Arrivals(0.02)
    for number, at in packets:
        arrivals.note(number, at)
    assert arrivals.count == len({number for number, _ in packets})
    assert 0 <= arrivals.jitter_ms <= 200_000


def test_a_rate_is_reckoned_from_the_first_piece_on() -> None:
    flow = Flow()
    assert flow.kbps is None
    flow.note(4096, 1.0)
    assert flow.kbps is None
    for step in range(1, 11):
        flow.note(1250, 1.0 + step * 0.1)
    assert (flow.bytes, flow.kbps) == (4096 + 12_500, 100)


def test_who_comes_first_is_served_first_and_those_in_line_hear_their_place() -> None:
    async def scene() -> None:
        seats, order = Seats(1, 2), []
        told: dict[str, list[int]] = {"b": [], "c": []}
        gates = {name: asyncio.Event() for name in "abc"}

        async def visit(name: str) -> None:
            async with seats.take(told.setdefault(name, []).append):
                order.append(name)
                await gates[name].wait()

        async with asyncio.TaskGroup() as group:
            for name in "abc":
                group.create_task(visit(name))
                await asyncio.sleep(0)
            with pytest.raises(FullError):
                async with seats.take(lambda place: None):
                    pass
            for name in "abc":
                gates[name].set()
        assert order == ["a", "b", "c"]
        assert told == {"a": [], "b": [1], "c": [2, 1]}

    asyncio.run(scene())


def test_no_place_is_lost_when_those_in_line_go_at_the_moment_it_falls_free() -> None:
    """A mast fails: who is served and who is first in line are gone in the same instant."""

    async def scene() -> None:
        seats, served = Seats(1, 5), asyncio.Event()

        async def sit(until: asyncio.Event | None = None) -> None:
            async with seats.take(lambda place: None):
                served.set()
                if until is not None:
                    await until.wait()

        first = asyncio.create_task(sit(asyncio.Event()))
        await served.wait()
        second, third = asyncio.create_task(sit(asyncio.Event())), asyncio.create_task(sit())
        await asyncio.sleep(0)
        for each in (first, second):
            each.cancel()
        gone = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(each) for each in gone] == [asyncio.CancelledError] * 2
        async with asyncio.timeout(1):
            await third
            await sit()

    asyncio.run(scene())


def test_whoever_leaves_the_line_gives_up_the_place_and_no_place_is_lost() -> None:
    async def scene() -> None:
        seats, told = Seats(1, 5), []
        async with seats.take(told.append):
            waiting = [asyncio.create_task(_sit(seats, told.append)) for _ in range(2)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.gather(waiting[0], return_exceptions=True)
            assert told == [1, 2, 1]
        await waiting[1]
        async with asyncio.timeout(1), seats.take(told.append):
            pass

    async def _sit(seats: Seats, tell: object) -> None:
        async with seats.take(tell):  # type: ignore[arg-type]
            pass

    asyncio.run(scene())
