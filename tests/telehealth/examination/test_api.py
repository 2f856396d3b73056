"""The examination over the API: one item at a time against its version, the rest normal, another template."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.examination.service import load_templates
from telehealth.kit.db import Database
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.programs import program, refusal, tag

# What the API adds to the services, which run on both databases, is the same on each.
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    opened = open_practice(database, tmp_path, clock)
    with database.write() as unit:
        load_templates(unit.session, now=unit.now)
    return opened


@pytest.fixture
def doctor(practice: Practice) -> TestClient:
    return program(practice, practice.world.doctor)


@pytest.fixture
def path(practice: Practice) -> str:
    return f"/api/v1{practice.visit}/examination"


def put(doctor: TestClient, path: str, item: str, version: int, **body: str) -> Any:
    return doctor.put(f"{path}/items/{item}", json=body, headers=tag(version))


def test_items_are_written_against_their_version(doctor: TestClient, path: str) -> None:
    empty = doctor.get(path).json()
    assert (empty["items"], empty["version"], empty["template"]["code"]) == ([], 0, "general")
    system = empty["template"]["systems"][0]
    first = put(doctor, path, system["code"], 0, state="normal")
    assert (first.json()["text"], first.headers["ETag"]) == (system["normal"], '"1"')
    assert refusal(put(doctor, path, system["code"], 0, state="abnormal")) == (412, "stale-version")
    worse = put(doctor, path, system["code"], 1, state="abnormal", text="Thổi tâm thu 3/6")
    assert (worse.json()["state"], worse.json()["version"]) == ("abnormal", 2)
    read = doctor.get(path)
    assert [each["text"] for each in read.json()["items"]] == ["Thổi tâm thu 3/6"]
    assert read.headers["ETag"] == f'"{read.json()["version"]}"'


def test_what_no_template_asks_for_is_refused(doctor: TestClient, path: str) -> None:
    assert refusal(put(doctor, path, "wings", 0, state="normal")) == (422, "examination-item-unknown")
    code = doctor.get(path).json()["template"]["systems"][0]["code"]
    assert refusal(put(doctor, path, code, 0, state="answered")) == (422, "examination-state")
    assert put(doctor, path, code, 0, state="normal", who="me").status_code == 422
    assert refusal(doctor.put(f"{path}/items/{code}", json={"state": "normal"})) == (428, "if-match-needed")


def test_the_rest_is_normal_and_another_template_keeps_what_is_written(doctor: TestClient, path: str) -> None:
    rest = doctor.post(f"{path}/rest-normal").json()
    assert len(rest["items"]) == len(rest["template"]["systems"])
    codes = [each["code"] for each in doctor.get("/api/v1/record-templates").json()]
    assert "child" in codes
    other = doctor.put(f"{path}/template", json={"code": "child"})
    assert (other.json()["template"]["code"], len(other.json()["items"])) == ("child", len(rest["items"]))
    assert refusal(doctor.put(f"{path}/template", json={"code": "wings"})) == (404, "template-not-found")


def test_a_nurse_reads_and_does_not_write_and_a_stranger_finds_nothing(practice: Practice, path: str) -> None:
    nurse = program(practice, practice.world.nurse)
    assert nurse.get(path).status_code == 200
    assert refusal(put(nurse, path, "heart", 0, state="normal")) == (403, "not-allowed")
    stranger = program(practice, practice.world.other_doctor)
    assert refusal(stranger.get(path)) == (404, "visit-not-found")
    assert refusal(stranger.post(f"{path}/rest-normal")) == (404, "visit-not-found")
