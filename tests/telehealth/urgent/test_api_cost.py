"""A list of urgent requests costs the same statements, however many there are."""

from pathlib import Path

import pytest

from telehealth.kit.db import Database
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.statements import statements_of
from tests.support.urgent import make_urgent_world
from tests.support.world import make_token

pytestmark = pytest.mark.databases("sqlite")  # what is counted is the same on both

PATH, MANY = "/api/v1/urgent-requests", 8


def test_a_list_costs_the_same_however_long(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now, patients=MANY)
        people = (world.nurse, world.doctors[0][0], world.coordinator)
        tokens = [make_token(unit.session, person, now=unit.now) for person in people]
    app = build_app(database, tmp_path, clock)
    costs: list[set[int]] = [set() for _ in tokens]
    for visit in range(MANY):
        with database.write() as unit:
            world.press(unit.session, now=unit.now, visit=visit)
        for token, cost in zip(tokens, costs, strict=True):
            client = api_client(app, token)
            client.get(PATH)
            with statements_of(app.state.database) as found:
                rows = client.get(PATH).json()["requests"]
            assert len(rows) == visit + 1
            assert {row["patient_id"] is not None for row in rows} == {token == tokens[0]}
            cost.add(len(found))
    assert [len(cost) for cost in costs] == [1, 1, 1]
