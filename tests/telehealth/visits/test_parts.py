"""What a slice above keeps of the record is signed with it, holds it back, and moves its version."""

import json
from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import Session

from telehealth.kit.db import Unit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.events import Bus
from telehealth.visits import queries, service
from telehealth.visits.models import Visit
from telehealth.visits.parts import RecordPart
from tests.support.visits import VisitWorld, subscribe_visits


@dataclass
class Leaflets:
    """A part of the record that a test writes: which leaflets the patient was given."""

    given: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "leaflets"

    def compose(self, _session: Session, visit: Visit, *, today: date) -> object | None:
        given = {"visit": str(visit.id), "on": today.isoformat(), "titles": list(self.given)}
        return given if self.given else None

    def missing(self, _session: Session, _visit: Visit) -> tuple[str, ...]:
        return self.lacks

    def version(self, _session: Session, _visit: Visit) -> int:
        return len(self.given)


@pytest.fixture
def leaflets() -> Leaflets:
    """The part, with nothing given yet."""
    return Leaflets()


@pytest.fixture
def bus(leaflets: Leaflets) -> Bus:
    """A bus on which the part answers."""
    bus = subscribe_visits(Bus())
    bus.extend(RecordPart, leaflets)
    return bus


def test_a_part_is_signed_under_its_name(unit: Unit, world: VisitWorld, leaflets: Leaflets) -> None:
    world.write(unit.session, now=unit.now)
    leaflets.given = ("Ăn nhạt",)
    parts = json.loads(world.sign(unit.session, now=unit.now).canonical)["parts"]
    assert parts == {
        "leaflets": {"visit": str(world.visit.id), "on": "2026-11-23", "titles": ["Ăn nhạt"]},
    }


def test_a_part_with_nothing_in_it_leaves_no_trace(unit: Unit, world: VisitWorld) -> None:
    world.write(unit.session, now=unit.now)
    assert json.loads(world.sign(unit.session, now=unit.now).canonical)["parts"] == {}


def test_a_part_that_is_half_written_holds_the_signature_back(
    unit: Unit, world: VisitWorld, leaflets: Leaflets
) -> None:
    world.write(unit.session, now=unit.now)
    leaflets.lacks = ("leaflets_untitled",)
    with pytest.raises(InvalidError, match="record-incomplete") as refused:
        world.sign(unit.session, now=unit.now)
    assert refused.value.facts["missing"] == ["leaflets_untitled"]


def test_a_part_that_changed_unread_cannot_slip_under_the_signature(
    unit: Unit, world: VisitWorld, leaflets: Leaflets
) -> None:
    world.write(unit.session, now=unit.now)
    read = queries.content_version(unit.session, world.visit)
    leaflets.given = ("Ăn nhạt",)
    with pytest.raises(StaleError):
        service.sign(unit.session, world.doctor, world.visit.id, version=read, now=unit.now)
