"""The check against the ministry's list over the API, and its lawful ways out."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from telehealth.conditions.service import import_list
from telehealth.kit.db import Database
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.programs import program, refusal, tag

# What the API adds to the services, which run on both databases, is the same on each.
pytestmark = pytest.mark.databases("sqlite")

LABEL = "TT 30/2023/TT-BYT"


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A written visit for high blood pressure, which is on no list."""
    with database.write() as unit:
        import_list(unit.session, "code,name,source\nM54.5,Đau thắt lưng,x\n", LABEL, now=unit.now)
    return open_practice(database, tmp_path, clock, is_written=True)


@pytest.fixture
def doctor(practice: Practice) -> TestClient:
    return program(practice, practice.world.doctor)


@pytest.fixture
def path(practice: Practice) -> str:
    return f"/api/v1{practice.visit}/remote-list"


def test_what_is_outside_is_named_and_holds_the_signature_back(doctor: TestClient, path: str) -> None:
    checked = doctor.get(path).json()
    assert (checked["list_label"], checked["is_held_back"], checked["version"]) == (LABEL, True, 0)
    assert [each["code"] for each in checked["outside"]] == ["I10"]
    body = {"is_named": True}
    assert refusal(doctor.put(f"{path}/basis", json=body)) == (428, "if-match-needed")
    assert refusal(doctor.put(f"{path}/basis", json=body, headers=tag(0))) == (403, "basis-not-configured")
    taken_back = doctor.put(f"{path}/basis", json={"is_named": False}, headers=tag(0))
    assert (taken_back.status_code, taken_back.headers["ETag"]) == (200, '"1"')
    assert refusal(doctor.put(f"{path}/basis", json={"is_named": False}, headers=tag(0)))[0] == 412


def test_converted_it_is_bound_to_no_list(doctor: TestClient, path: str) -> None:
    assert doctor.post(f"{path}/convert", json={"reason": ""}).status_code == 422
    converted = doctor.post(f"{path}/convert", json={"reason": "Bệnh ngoài danh mục"})
    assert (converted.status_code, converted.json()["is_held_back"]) == (200, False)
    again = doctor.post(f"{path}/convert", json={"reason": "Bệnh ngoài danh mục"})
    assert refusal(again) == (409, "visit-is-support")


def test_a_nurse_and_a_stranger_answer_nothing(practice: Practice, path: str) -> None:
    nurse = program(practice, practice.world.nurse)
    assert refusal(nurse.get(path)) == (403, "not-allowed")
    assert refusal(nurse.put(f"{path}/basis", json={"is_named": True}, headers=tag(0)))[0] == 403
    stranger = program(practice, practice.world.other_doctor)
    assert refusal(stranger.get(path)) == (404, "visit-not-found")
