"""Refusals of the API: stable codes for programs, the person's own language for people."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from telehealth.kit.db import Database
from tests.support import world
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock

pytestmark = pytest.mark.databases("sqlite")  # what is tried is the edge, not the database


@pytest.fixture
def program(database: Database, clock: FixedClock, tmp_path: Path) -> TestClient:
    with database.write() as unit:
        token = world.make_token(unit.session, world.make_member(unit.session), now=unit.now)
    return api_client(build_app(database, tmp_path, clock), token)


def test_each_wrong_value_is_pointed_at_in_vietnamese(program: TestClient) -> None:
    answer = program.post("/api/v1/patients", json={"full_name": 7, "nickname": "x"})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (422, "invalid-input")
    told = {each["pointer"]: (each["code"], each["detail"]) for each in problem["errors"]}
    assert told["/nickname"] == ("extra_forbidden", "Mục này không có ở đây.")
    assert told["/birth"] == ("missing", "Thiếu mục này.")
    assert told["/full_name"][1] == "Giá trị không đúng kiểu hoặc ngoài mức cho phép."


def test_and_in_english_where_that_is_asked_for(program: TestClient) -> None:
    answer = program.post("/api/v1/patients", json={}, headers={"Accept-Language": "en"})
    assert "This value is missing." in {each["detail"] for each in answer.json()["errors"]}


def test_broken_json_is_pointed_at_as_a_whole(program: TestClient) -> None:
    answer = program.post("/api/v1/patients", content=b"{", headers={"Content-Type": "application/json"})
    assert [each["pointer"] for each in answer.json()["errors"]] == [""]


def test_what_was_typed_is_never_repeated(program: TestClient) -> None:
    answer = program.get("/api/v1/patients/bi-mat-cua-nguoi-benh")
    assert (answer.status_code, answer.json()["code"]) == (404, "page-not-found")
    assert "bi-mat" not in answer.text


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/patients/01a2246c-5cb2-7b08-9d7b-993768f969ae", "GET, PUT"),
        ("/api/v1/holds", "POST"),
        ("/today", "GET"),
        ("/patients", "GET, POST"),
    ],
)
def test_a_method_that_is_not_there_is_answered_with_those_that_are(
    program: TestClient, path: str, methods: str
) -> None:
    answer = program.request("DELETE", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, methods)
