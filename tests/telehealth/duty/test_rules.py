"""What a roster may look like: pure, and true of any shifts."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.duty.rules import (
    Around,
    Duty,
    Term,
    Trouble,
    cover_on,
    gaps,
    leads_back,
    shift_span,
    troubles,
    week_span,
)
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import Span

DAY = date(2026, 11, 23)
HERE, THERE = UUID(int=1), UUID(int=2)
POOL, OTHER_POOL = UUID(int=3), UUID(int=4)
ANNA = UUID(int=5)

spans = st.tuples(st.integers(0, 200), st.integers(1, 60)).map(lambda pair: Span(pair[0], sum(pair)))


def duty(number: int, start: int, end: int, *, pool: UUID = POOL, facility: UUID = HERE) -> Duty:
    span = shift_span(DAY, start * 60, end * 60, DEFAULT_ZONE)
    return Duty(UUID(int=100 + number), pool, facility, ANNA, ANNA, span)


def around(*duties: Duty, leaves: tuple[Span, ...] = (), term: Term | None = Term(DAY)) -> Around:  # noqa: B008
    terms = {(POOL, ANNA): term} if term else {}
    return Around(DEFAULT_ZONE, terms, duties, {ANNA: leaves})


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (duty(2, 16, 20), [Trouble.SHIFT_OVERLAPS]),
        (duty(2, 16, 20, pool=OTHER_POOL), [Trouble.TWO_POOLS]),
        (duty(2, 16, 20, pool=OTHER_POOL, facility=THERE), [Trouble.DOUBLE_DUTY]),
        (duty(2, 17, 20), []),
        (duty(1, 13, 17), []),
    ],
)
def test_a_shift_beside_another_of_the_same_person(other: Duty, expected: list[Trouble]) -> None:
    assert troubles(duty(1, 13, 17), around(other)) == expected


def test_a_shift_of_somebody_on_leave_or_outside_the_pool() -> None:
    leave = shift_span(DAY, 16 * 60, 18 * 60, DEFAULT_ZONE)
    assert troubles(duty(1, 13, 17), around(leaves=(leave,))) == [Trouble.ON_LEAVE]
    assert troubles(duty(1, 13, 16), around(leaves=(leave,))) == []
    for term in (None, Term(DAY + timedelta(days=1)), Term(date(2026, 1, 1), DAY)):
        assert troubles(duty(1, 13, 17), around(term=term)) == [Trouble.NOT_IN_POOL]


@pytest.mark.parametrize(
    ("start", "end"), [(780, 780), (780, 770), (781, 900), (-5, 60), (0, 1445), (1440, 1500)]
)
def test_hours_that_are_no_shift(start: int, end: int) -> None:
    with pytest.raises(InvalidError, match="bad-shift"):
        shift_span(DAY, start, end, DEFAULT_ZONE)


def test_a_night_ends_on_the_next_day_and_follows_the_wall_clock() -> None:
    night = shift_span(DAY, 20 * 60, 30 * 60, DEFAULT_ZONE)
    assert datetime.fromtimestamp(night.end, UTC) == datetime(2026, 11, 23, 23, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    longer = shift_span(date(2026, 10, 24), 20 * 60, 30 * 60, berlin)
    assert longer.end - longer.start == 11 * 3600  # the night the clocks go back
    assert (
        week_span(date(2026, 10, 19), berlin).end - week_span(date(2026, 10, 19), berlin).start == 169 * 3600
    )


def test_a_pool_covered_by_day_has_no_gap_at_night() -> None:
    cover = cover_on(DAY, 7 * 60, 17 * 60, DEFAULT_ZONE)
    morning, late = duty(1, 6, 11).span, duty(2, 13, 20).span
    assert gaps(cover, [morning, late]) == [shift_span(DAY, 11 * 60, 13 * 60, DEFAULT_ZONE)]
    assert gaps(cover, []) == [cover]


@given(st.lists(spans, max_size=8))
def test_gaps_and_duties_make_the_whole_and_never_overlap(duties: list[Span]) -> None:
    cover = Span(50, 150)
    found = gaps(cover, duties)
    for second in range(cover.start, cover.end):
        is_covered = any(each.start <= second < each.end for each in duties)
        assert is_covered != any(gap.start <= second < gap.end for gap in found)
    assert found == sorted(found)


@given(st.dictionaries(st.integers(0, 5), st.integers(0, 5) | st.none(), max_size=6), st.integers(0, 5))
def test_an_escalation_that_leads_back_is_seen(links: dict[int, int | None], target: int) -> None:
    escalates = {UUID(int=a): UUID(int=b) if b is not None else None for a, b in links.items()}
    walked, at = set(), UUID(int=target)
    while at is not None and at not in walked:
        walked.add(at)
        at = escalates.get(at)
    assert leads_back(escalates, UUID(int=0), UUID(int=target)) == (UUID(int=0) in walked)
    assert not leads_back(escalates, UUID(int=0), None)
