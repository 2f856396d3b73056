"""The one character PostgreSQL stores in no text: refused at the edge, on both databases."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth.kit.db import Database
from tests.support.app import Browser, api_client, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_token


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


def test_programs_are_told_so(app: FastAPI, database: Database) -> None:
    with database.write() as unit:
        token = make_token(unit.session, make_member(unit.session), now=unit.now)
    client = api_client(app, token)
    searched = client.post("/api/v1/patients/search", json={"text": "L\x00ua"})
    assert (searched.status_code, searched.json()["errors"][0]["code"]) == (422, "nul_character")
    assert client.get("/api/v1/slots", params={"specialty": "no\x00i"}).status_code == 422


def test_people_are_not_troubled_with_it(app: FastAPI) -> None:
    tried = Browser(app).post("/sign-in", {"username": "ha\x00nh", "password": "lúa nương"})
    assert tried.status_code == 422
    assert 'value="hanh"' in tried.text
