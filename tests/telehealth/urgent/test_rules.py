"""Pure rules: the ladder, bands of age, how soon, and the time an appointment made at once takes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.spans import Span
from telehealth.scheduling.rules import span_at_once
from telehealth.urgent.rules import AgeBand, DangerSign, UrgentPriority, age_band, ladder, priority_of

A, B, C = (UUID(int=n) for n in range(3))


def test_a_circle_of_pools_is_walked_once() -> None:
    assert ladder(A, {A: B, B: C, C: A}.get) == (A, B, C)
    assert ladder(A, {}.get) == (A,)


@pytest.mark.parametrize(
    ("years", "band"),
    [(0, "infant"), (1, "child"), (5, "child"), (6, "adolescent"), (16, "adult"), (59, "adult"), (60, "old")],
)
def test_an_age_is_told_as_a_band(years: int, band: str) -> None:
    assert age_band(years) is AgeBand(band)


def test_any_sign_of_danger_makes_it_an_emergency() -> None:
    assert priority_of([]) is UrgentPriority.URGENT
    assert priority_of([DangerSign.CHILD]) is UrgentPriority.EMERGENCY


NOW = 1_000_000_400  # three minutes and twenty seconds into its five minutes


def test_it_begins_with_the_running_five_minutes_and_takes_its_duration() -> None:
    assert span_at_once([], NOW, 900) == Span(NOW - NOW % 300, NOW - NOW % 300 + 900)


def test_it_ends_where_the_next_claim_begins_and_begins_where_the_last_one_ended() -> None:
    before, after = Span(NOW - 900, NOW - 60), Span(NOW + 240, NOW + 1440)
    assert span_at_once([before, after], NOW, 900) == Span(NOW - 60, NOW + 240)


def test_there_is_none_while_a_claim_covers_now() -> None:
    assert span_at_once([Span(NOW - 60, NOW + 1)], NOW, 900) is None
    assert span_at_once([Span(NOW, NOW + 60)], NOW, 900) is None


@given(
    st.lists(st.tuples(st.integers(-7200, 7200), st.integers(1, 7200)), max_size=6),
    st.integers(300, 3600),
)
def test_it_never_overlaps_and_always_covers_now(claims: list[tuple[int, int]], seconds: int) -> None:
    busy = [Span(NOW + start, NOW + start + length) for start, length in claims]
    span = span_at_once(busy, NOW, seconds)
    if span is None:
        assert any(each.start <= NOW < each.end for each in busy)
    else:
        assert not any(span.overlaps(each) for each in busy)
        assert span.start <= NOW < span.end
