"""Half-open intervals, against a slow model made of single minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.spans import Span, epoch, instant, union

spans = st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


def minutes(parts: list[Span]) -> set[int]:
    return {minute for part in parts for minute in range(part.start, part.end)}


@given(spans, spans)
def test_overlap_means_a_shared_instant(one: Span, other: Span) -> None:
    assert one.overlaps(other) == bool(minutes([one]) & minutes([other]))


@given(st.lists(spans, max_size=8))
def test_a_union_keeps_every_instant_in_separate_ordered_spans(parts: list[Span]) -> None:
    merged = union(parts)
    assert minutes(merged) == minutes(parts)
    assert all(before.end < after.start for before, after in pairwise(merged))


def test_touching_ends_do_not_overlap() -> None:
    assert not Span(0, 10).overlaps(Span(10, 20))


def test_a_span_has_a_length() -> None:
    with pytest.raises(ValueError, match="end after"):
        Span(5, 5)


def test_naive_times_have_no_place_on_the_time_line() -> None:
    with pytest.raises(ValueError, match="naive"):
        epoch(datetime(2026, 11, 23, 8))  # noqa: DTZ001  (a naive time is what is refused)


def test_buffers_widen_and_instants_survive_the_round_trip() -> None:
    start = datetime(2026, 11, 23, 1, tzinfo=UTC)
    span = Span.between(start, start + timedelta(minutes=20))
    wide = span.widened(timedelta(minutes=5), timedelta(minutes=10))
    assert instant(wide.start) == start - timedelta(minutes=5)
    assert instant(wide.end) == start + timedelta(minutes=30)
