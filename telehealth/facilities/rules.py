"""Dated facts about facilities: which hold on a day, and which graphs make sense."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from telehealth.kit.errors import ConflictError, InvalidError


class EdgeKind(StrEnum):
    """What one facility is to another, read from left to right."""

    IS_POINT_OF = "is_point_of"
    SUPPORTS = "supports"
    CONSULTS = "consults"
    SUCCEEDS = "succeeds"


ACYCLIC = frozenset({EdgeKind.IS_POINT_OF, EdgeKind.SUPPORTS, EdgeKind.SUCCEEDS})
"""Graphs with a direction: nobody supports those who support them. Any two may consult each other."""

CSKCB = "cskcb"
"""The code system of facilities in health insurance: five digits, given by BHXH."""

LOCAL = "local"
"""Keys of our own import files, by which a second import finds what the first made."""

CARE_LEVELS = (("initial", 1, "Ban đầu"), ("basic", 2, "Cơ bản"), ("specialised", 3, "Chuyên sâu"))
"""Technical levels since 2025-01-01 (Law 15/2023/QH15, art. 104): code, rank, name."""

TIERS = (
    ("commune", 1, "Xã"),
    ("regional", 2, "Khu vực"),
    ("province", 3, "Tỉnh"),
    ("central", 4, "Trung ương"),
)
"""Administrative tiers since the district went away on 2025-07-01: code, rank, name."""


class Dated(Protocol):
    """Anything that holds from a day on, until another day (not included) or for good."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Edge:
    """A dated relation between two facilities."""

    kind: str
    from_id: UUID
    to_id: UUID
    valid_from: date
    valid_to: date | None = None


def holds(dated: Dated, on: date) -> bool:
    """Tell whether it holds on a day; spans are half open."""
    return dated.valid_from <= on and (dated.valid_to is None or on < dated.valid_to)


def overlap(a: Dated, b: Dated) -> bool:
    """Tell whether there is a day on which both hold."""
    return (b.valid_to is None or a.valid_from < b.valid_to) and (
        a.valid_to is None or b.valid_from < a.valid_to
    )


def check_span(valid_from: date, valid_to: date | None) -> None:
    """Raise `span-empty` when it would end before it begins."""
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidError("span-empty", field="valid_to")


def check_edge(new: Edge, others: Iterable[Edge]) -> None:
    """Raise unless the new edge fits beside the others of its kind.

    `edge-exists` when the same relation holds on one of its days, `edge-cycle` when on some day
    the facility would stand above itself. A cycle can only begin on a day some edge begins on.
    """
    check_span(new.valid_from, new.valid_to)
    if new.from_id == new.to_id:
        raise ConflictError("edge-cycle")
    beside = [each for each in others if each.kind == new.kind and overlap(each, new)]
    if any((each.from_id, each.to_id) == (new.from_id, new.to_id) for each in beside):
        raise ConflictError("edge-exists")
    if new.kind not in ACYCLIC:
        return
    for day in {max(each.valid_from, new.valid_from) for each in (*beside, new)}:
        if new.from_id in reachable([each for each in beside if holds(each, day)], new.to_id):
            raise ConflictError("edge-cycle")


def reachable(edges: Sequence[Edge], start: UUID) -> list[UUID]:
    """List what can be reached along the edges, nearest first; the start itself comes first."""
    found = [start]
    for here in found:
        found += [e.to_id for e in edges if e.from_id == here and e.to_id not in found]
    return found


def supporters(edges: Sequence[Edge], facility_id: UUID) -> list[UUID]:
    """List who supports a facility professionally, nearest first.

    A station point is supported through its station: the two are one place on the way up.
    """
    found: list[UUID] = []
    rank, visited = [facility_id], {facility_id}
    while rank:
        places = _with_stations(edges, rank, visited)
        above = [
            e.from_id for here in places for e in edges if e.kind == EdgeKind.SUPPORTS and e.to_id == here
        ]
        new = [each for each in dict.fromkeys(above) if each not in found and each != facility_id]
        found += new
        rank = [each for each in new if each not in visited]
        visited.update(rank)
    return found


def _with_stations(edges: Sequence[Edge], points: list[UUID], visited: set[UUID]) -> list[UUID]:
    """Return the places with the stations they are points of, which count as visited from now on."""
    places = list(points)
    for here in places:
        for edge in edges:
            if edge.kind == EdgeKind.IS_POINT_OF and edge.from_id == here and edge.to_id not in visited:
                visited.add(edge.to_id)
                places.append(edge.to_id)
    return places
