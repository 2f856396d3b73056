"""Dated relations between facilities."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.facilities.rules import (
    Edge,
    EdgeKind,
    check_edge,
    check_span,
    holds,
    overlap,
    reachable,
    supporters,
)
from telehealth.kit.errors import ConflictError, InvalidError

POINT, STATION, CENTRE, PROVINCE, CENTRAL = (UUID(int=n) for n in range(1, 6))
JANUARY, JULY, DECEMBER = date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 1)


def supports(upper: UUID, lower: UUID, since: date = JANUARY, until: date | None = None) -> Edge:
    return Edge(EdgeKind.SUPPORTS, upper, lower, since, until)


def is_point(point: UUID, station: UUID) -> Edge:
    return Edge(EdgeKind.IS_POINT_OF, point, station, JANUARY)


def test_supporters_come_nearest_first() -> None:
    edges = [supports(CENTRAL, PROVINCE), supports(PROVINCE, CENTRE), supports(CENTRE, STATION)]
    assert supporters(edges, STATION) == [CENTRE, PROVINCE, CENTRAL]


def test_a_station_point_is_supported_through_its_station() -> None:
    edges = [is_point(POINT, STATION), supports(CENTRE, STATION)]
    assert supporters(edges, POINT) == [CENTRE]


def test_a_station_that_supports_its_point_itself_is_listed() -> None:
    edges = [is_point(POINT, STATION), supports(STATION, POINT), supports(CENTRE, STATION)]
    assert set(supporters(edges, POINT)) == {STATION, CENTRE}


def test_nobody_is_listed_twice_or_as_their_own_supporter() -> None:
    edges = [
        supports(CENTRE, STATION),
        supports(PROVINCE, STATION),
        supports(PROVINCE, CENTRE),
        supports(STATION, CENTRE),
    ]
    assert supporters(edges, STATION) == [CENTRE, PROVINCE]


def test_whoever_nobody_supports_has_no_supporters() -> None:
    assert supporters([supports(CENTRE, STATION)], CENTRE) == []


def test_nobody_supports_those_who_support_them() -> None:
    edges = [supports(PROVINCE, CENTRE), supports(CENTRE, STATION)]
    with pytest.raises(ConflictError, match="edge-cycle"):
        check_edge(supports(STATION, PROVINCE), edges)


def test_nobody_supports_themselves() -> None:
    with pytest.raises(ConflictError, match="edge-cycle"):
        check_edge(supports(STATION, STATION), [])


def test_relations_that_never_hold_together_make_no_cycle() -> None:
    check_edge(supports(STATION, CENTRE, JULY), [supports(CENTRE, STATION, JANUARY, JULY)])


def test_a_cycle_that_begins_later_is_refused() -> None:
    with pytest.raises(ConflictError, match="edge-cycle"):
        check_edge(supports(STATION, CENTRE, JANUARY), [supports(CENTRE, STATION, JULY)])


def test_two_may_consult_each_other() -> None:
    check_edge(
        Edge(EdgeKind.CONSULTS, STATION, CENTRE, JANUARY), [Edge(EdgeKind.CONSULTS, CENTRE, STATION, JANUARY)]
    )


def test_the_same_relation_is_not_stored_twice() -> None:
    with pytest.raises(ConflictError, match="edge-exists"):
        check_edge(supports(CENTRE, STATION, JULY), [supports(CENTRE, STATION)])


def test_a_span_may_not_end_before_it_begins() -> None:
    with pytest.raises(InvalidError, match="span-empty"):
        check_span(JULY, JULY)


def test_the_last_day_is_not_part_of_a_span() -> None:
    edge = supports(CENTRE, STATION, JANUARY, JULY)
    assert holds(edge, JANUARY)
    assert not holds(edge, JULY)


days = st.dates(JANUARY, DECEMBER)
nodes = st.sampled_from([POINT, STATION, CENTRE, PROVINCE, CENTRAL])


@st.composite
def edges(draw: st.DrawFn) -> Edge:
    since = draw(days)
    until = draw(st.none() | st.dates(since, DECEMBER).filter(lambda day: day > since))
    return supports(draw(nodes), draw(nodes), since, until)


@given(edges(), edges())
def test_overlap_means_a_common_day(a: Edge, b: Edge) -> None:
    starts = {a.valid_from, b.valid_from}
    assert overlap(a, b) == any(holds(a, day) and holds(b, day) for day in starts)


@given(st.lists(edges(), max_size=12), days)
def test_whatever_was_accepted_never_holds_a_cycle(offered: list[Edge], day: date) -> None:
    kept: list[Edge] = []
    for edge in offered:
        try:
            check_edge(edge, kept)
        except (ConflictError, InvalidError):
            continue
        kept.append(edge)
    today = [edge for edge in kept if holds(edge, day)]
    assert all(edge.from_id not in reachable(today, edge.to_id) for edge in today)
