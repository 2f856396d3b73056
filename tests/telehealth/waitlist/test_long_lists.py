"""More wait than are compared with the gaps: a free time is shown to whoever could take it all the same."""

from datetime import timedelta
from typing import Any

import pytest

from telehealth.kit.db import Unit
from telehealth.waitlist import queries
from tests.support.booking import TODAY
from tests.telehealth.waitlist.world import WaitWorld, make_wait_world

LATER: dict[str, Any] = {
    "earliest_on": TODAY + timedelta(days=20),
    "latest_on": TODAY + timedelta(days=60),
}


def ahead(unit: Unit, world: WaitWorld, count: int, **wish: Any) -> None:
    for patient in range(count):
        world.join(unit.session, patient=patient, now=unit.now, **wish)


@pytest.mark.parametrize("listed", [200, 2])
def test_who_waits_for_later_days_does_not_hide_who_could_come_tomorrow(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    """Whether all are listed, or only the first of them."""
    monkeypatch.setattr(queries, "LOOKED_AT", 3)
    monkeypatch.setattr(queries, "LISTED", listed)
    world = make_wait_world(unit.session, doctors=1, patients=5)
    ahead(unit, world, 4, **LATER)
    last = world.join(unit.session, patient=4, now=unit.now + timedelta(minutes=1))
    found = queries.load_wait_list(unit.session, world.coordinator, now=unit.now + timedelta(minutes=2))
    assert {last.id} == {each for gap in found.gaps for each in gap.entry_ids}
    assert last in found.entries
    assert len(found.entries) + found.more == 5
    assert found.unasked == 0


@pytest.mark.parametrize("listed", [200, 2])
def test_how_many_were_not_compared_is_said(unit: Unit, monkeypatch: pytest.MonkeyPatch, listed: int) -> None:
    monkeypatch.setattr(queries, "LOOKED_AT", 3)
    monkeypatch.setattr(queries, "LISTED", listed)
    world = make_wait_world(unit.session, doctors=1, patients=5)
    ahead(unit, world, 5)
    found = queries.load_wait_list(unit.session, world.coordinator, now=unit.now)
    assert (len(found.entries), found.more, found.unasked) == ((5, 0, 2) if listed == 200 else (3, 2, 2))
