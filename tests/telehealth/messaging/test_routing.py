"""Which gateway next: measured on the attempts, tried again carefully, never two ways at once."""

from datetime import datetime, timedelta

import pytest

from telehealth.messaging.ports import Fault
from telehealth.messaging.routing import (
    CLOSED_AT_MOST,
    CLOSED_FOR,
    CLOSES_AFTER,
    ENOUGH_TO_JUDGE,
    LOOK_BACK,
    Health,
    Standing,
    Tried,
    Try,
    closed_for,
    health_of,
    in_order,
    ways_for,
)
from tests.support.clock import MONDAY_MORNING as NOW

SECOND = timedelta(seconds=1)


def ended(ago: float, fault: str = "", code: str = "", *, took: float = 0.1) -> Try:
    at = NOW - ago * SECOND
    return Try(at - took * SECOND, at, fault, code)


def standing(*tries: Try, now: datetime = NOW) -> Standing:
    return health_of(tries, now).standing


def test_a_gateway_nobody_tried_is_open() -> None:
    assert standing() is Standing.OPEN


@pytest.mark.parametrize("fault", [Fault.TEMPORARY, Fault.CONFIGURATION, Fault.UNKNOWN])
def test_failures_in_a_row_close_it_and_then_one_text_tries_it(fault: Fault) -> None:
    tries = [ended(n + 1, fault) for n in range(CLOSES_AFTER)]
    assert standing(*tries[1:]) is Standing.OPEN
    assert standing(*tries) is Standing.CLOSED
    later = NOW + CLOSED_FOR
    assert standing(*tries, now=later) is Standing.PROBING
    on_its_way = Try(later)
    assert standing(*tries, on_its_way, now=later + SECOND) is Standing.CLOSED
    failed = Try(later, later + SECOND, Fault.TEMPORARY)
    assert standing(*tries, failed, now=later + 2 * SECOND) is Standing.CLOSED
    assert standing(*tries, failed, now=later + SECOND + CLOSED_FOR) is Standing.CLOSED
    assert standing(*tries, failed, now=later + SECOND + 2 * CLOSED_FOR) is Standing.PROBING
    worked = Try(later, later + SECOND)
    assert standing(*tries, worked, now=later + 2 * SECOND) is Standing.OPEN


def test_the_longer_a_row_of_failures_the_longer_it_stays_closed() -> None:
    times = [closed_for(probes) for probes in range(60)]
    assert times == sorted(times)
    assert (times[0], times[1], times[-1]) == (CLOSED_FOR, 2 * CLOSED_FOR, CLOSED_AT_MOST)


@pytest.mark.parametrize("minutes", [2, 20, 60])
def test_failures_far_apart_close_it_as_well(minutes: int) -> None:
    """A station on its own sends a text now and then: five that failed are five, however far apart."""
    tries = [ended(1 + n * minutes * 60, Fault.UNKNOWN) for n in range(CLOSES_AFTER)]
    assert standing(*tries) is Standing.CLOSED


def test_numbers_that_do_not_exist_and_texts_that_are_not_registered_close_nothing() -> None:
    assert standing(*[ended(n, Fault.PERMANENT, "no-such-number") for n in range(9)]) is Standing.OPEN
    tries = [ended(n, Fault.CONFIGURATION, "template-not-registered") for n in range(9)]
    assert standing(*tries) is Standing.OPEN


def test_what_is_long_ago_or_comes_from_a_wrong_clock_is_not_counted() -> None:
    long_ago = [ended(LOOK_BACK.total_seconds() + n, Fault.TEMPORARY) for n in range(9)]
    ahead = [ended(-3600 - n, Fault.TEMPORARY) for n in range(9)]
    assert standing(*long_ago, *ahead) is Standing.OPEN


@pytest.mark.parametrize(("bad", "slow"), [(3, 0), (0, 3), (1, 2)])
def test_one_that_often_fails_or_is_slow_goes_to_the_end(bad: int, slow: int) -> None:
    tries = [ended(n, Fault.TEMPORARY) for n in range(10, 10 + bad)]
    tries += [ended(n, took=9) for n in range(20, 20 + slow)]
    tries += [ended(n) for n in range(1, 1 + ENOUGH_TO_JUDGE - bad - slow)]
    weak = health_of(tries, NOW)
    assert weak.is_weak
    assert not health_of(tries[1:], NOW).is_weak  # too few to judge, or too few that were bad
    assert in_order(["a", "b"], {"a": weak, "b": health_of([], NOW)}) == ["b", "a"]


def test_a_closed_one_is_left_out_and_one_to_be_tried_keeps_its_place() -> None:
    def stands(standing: Standing) -> Health:
        return Health(standing, 5, 5, 0)

    health = {"a": stands(Standing.PROBING), "b": stands(Standing.CLOSED), "c": stands(Standing.OPEN)}
    assert in_order(["a", "b", "c"], health) == ["a", "c"]


@pytest.mark.parametrize(
    ("tried", "ways"),
    [
        ((), ["a", "b", "c"]),
        ((Tried("a", "temporary", "busy"),), ["b", "c", "a"]),
        ((Tried("a", "permanent", "refused"),), ["b", "c"]),
        ((Tried("a", "configuration", "template-not-registered"),), ["b", "c"]),
        ((Tried("a", "configuration", "no-credit"),), ["b", "c", "a"]),
        ((Tried("b", "unknown", "timeout"),), ["b"]),
        ((Tried("b", "unknown", "timeout"), Tried("b", "temporary", "busy")), ["b"]),
        ((Tried("x", "unknown", "timeout"),), []),
    ],
)
def test_a_text_goes_by_ways_that_may_still_take_it(tried: tuple[Tried, ...], ways: list[str]) -> None:
    assert ways_for(["a", "b", "c"], tried) == ways
