"""Rates: bursts pass, floods do not, and the listener is never the one dropped."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from signaling.rates import BURST, RATE, ROOM_BURST, Bucket, RoomBudget, cost_of

PEOPLE = [uuid4() for _ in range(4)]


def test_a_burst_passes_and_the_next_waits() -> None:
    bucket = Bucket.full(RATE, BURST, now=0)
    assert all(bucket.draw(1, 0) for _ in range(60))
    assert not bucket.draw(1, 0)
    assert bucket.draw(1, 0.05)


def test_a_long_frame_counts_for_more() -> None:
    assert cost_of("x") == 1
    assert cost_of("x" * 65_536) == 17


def test_who_is_too_fast_alone_is_the_flooder() -> None:
    budget = RoomBudget(now=0)
    assert [budget.flooder(PEOPLE[0], "x", 0) for _ in range(61)][-1] == PEOPLE[0]
    assert budget.flooder(PEOPLE[1], "x", 0) is None


def test_together_too_fast_the_one_who_said_most_is_dropped() -> None:
    budget = RoomBudget(now=0)
    listener, *talkers = PEOPLE
    dropped: set[UUID] = set()
    for tick in range(200):
        now = tick / 20
        if tick % 20 == 0:
            assert budget.flooder(listener, "x", now) != listener
        dropped |= {one for talker in talkers if (one := budget.flooder(talker, "x", now))}
    assert dropped
    assert listener not in dropped


def test_steady_talkers_within_their_rate_do_not_cost_an_honest_burst_its_place() -> None:
    """Each stays under 20 a second, so that none is ever low; together they are too fast for the room."""
    budget = RoomBudget(now=0)
    honest, *talkers = PEOPLE
    dropped: set[UUID] = set()
    for tick in range(19 * 30):
        now = tick / 19
        dropped |= {one for talker in talkers if (one := budget.flooder(talker, "x", now))}
        if tick % 190 == 100:  # a connection is set up: an offer and its candidates
            dropped |= {one for _ in range(12) if (one := budget.flooder(honest, "x", now))}
    assert dropped
    assert honest not in dropped


def test_who_flooded_long_ago_is_not_dropped_for_those_who_flood_now() -> None:
    budget = RoomBudget(now=0)
    gone, *talkers = PEOPLE
    for _ in range(60):
        budget.flooder(gone, "x", 0)
    dropped = {budget.flooder(talker, "x", 60) for _ in range(60) for talker in talkers}
    dropped |= {budget.flooder(talker, "x", 60.1) for talker in talkers}
    assert gone not in dropped


@given(st.lists(st.floats(0, 2), max_size=400))
def test_never_more_than_the_burst_and_the_rate(pauses: list[float]) -> None:
    bucket, now, passed = Bucket.full(RATE, BURST, 0), 0.0, 0
    for pause in pauses:
        now += pause / 50
        passed += bucket.draw(1, now)
    assert passed <= BURST + RATE * now + 1e-6


def test_the_room_holds_more_than_one_talker() -> None:
    assert ROOM_BURST >= 3 * BURST
