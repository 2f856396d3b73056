"""Minutes over the API: begun, written part by part, signed by those they name, opened again."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Database
from tests.support.clock import FixedClock
from tests.support.practice import PIN, Practice, open_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.programs import program, refusal, tag

# What the API adds to the services, which run on both databases, is the same on each.
pytestmark = pytest.mark.databases("sqlite")

PARTS = ("summary", "discussion", "conclusion", "plan")


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    return open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT)


@pytest.fixture
def nurse(practice: Practice) -> TestClient:
    return program(practice, practice.world.nurse)


@pytest.fixture
def path(practice: Practice) -> str:
    return f"/api/v1{practice.visit}/minutes"


def begin(nurse: TestClient, path: str) -> dict[str, Any]:
    texts = {name: f"Phần {name}" for name in PARTS[:3]}
    answer = nurse.post(path, json={"place": "Trạm Y tế xã Phủ Thông", "texts": texts})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_begun_written_signed_by_both_and_opened_again(
    practice: Practice, nurse: TestClient, path: str
) -> None:
    assert refusal(nurse.get(path)) == (404, "minutes-not-begun")
    begun = begin(nurse, path)
    assert (begun["state"], begun["missing"]) == ("draft", ["minutes_plan"])
    assert begin(nurse, path) == begun
    written = nurse.put(f"{path}/texts/plan", json={"text": "Theo dõi ba ngày"}, headers=tag(0))
    assert (written.status_code, written.json()["missing"]) == (200, ["minutes_signatures"])
    stale = nurse.put(f"{path}/texts/plan", json={"text": "Khác"}, headers=tag(0))
    assert refusal(stale) == (412, "stale-version")
    doctor = program(practice, practice.world.doctor)
    read = str(doctor.get(path).headers["ETag"])
    wrong = doctor.post(f"{path}/sign", json={"secret": "000000"}, headers=tag(read))
    assert refusal(wrong) == (403, "secret-wrong")
    for who in (doctor, nurse):
        read = str(who.get(path).headers["ETag"])
        signed = who.post(f"{path}/sign", json={"secret": PIN}, headers=tag(read))
        assert signed.status_code == 201, signed.text
    assert (signed.json()["state"], signed.json()["missing"]) == ("complete", [])
    assert {each["role"] for each in signed.json()["signatures"]} == {"chair", "secretary"}
    late = nurse.put(f"{path}/texts/plan", json={"text": "Khác"}, headers=tag(1))
    assert refusal(late) == (409, "minutes-signed")
    opened = nurse.post(f"{path}/reopen", json={"reason": "Sai ngày"})
    assert (opened.json()["state"], opened.json()["round"], opened.json()["signatures"]) == ("draft", 2, [])


def test_the_frame_is_set_as_a_whole(practice: Practice, nurse: TestClient, path: str) -> None:
    frame = begin(nurse, path)["frame"]
    chair = {"role": "chair", "membership_id": str(practice.world.doctor.ref)}
    outside = {"role": "member", "name": "Lê Thị Hoa", "title": "GS.", "facility": "Bệnh viện Bạch Mai"}
    body = {"held_at": "2026-11-23T00:50:00Z", "place": "Phòng họp", "people": [chair, outside]}
    set_to = nurse.put(f"{path}/frame", json=body, headers=tag(frame["version"]))
    assert set_to.status_code == 200, set_to.text
    shown = set_to.json()["frame"]
    assert (shown["place"], shown["version"]) == ("Phòng họp", frame["version"] + 1)
    assert [each["name"] for each in shown["people"]][1] == "Lê Thị Hoa"
    assert refusal(nurse.put(f"{path}/frame", json={**body, "place": "x"}, headers=tag(1)))[0] == 412
    two = {**body, "people": [chair, {**chair, "membership_id": str(practice.world.nurse.ref)}]}
    refused = nurse.put(f"{path}/frame", json=two, headers=tag(shown["version"]))
    assert refusal(refused) == (422, "minutes-two-chairs")
    assert nurse.put(f"{path}/frame", json={**body, "x": 1}, headers=tag(2)).status_code == 422


def test_a_stranger_finds_nothing(practice: Practice, path: str) -> None:
    stranger = program(practice, practice.world.other_doctor)
    assert refusal(stranger.get(path)) == (404, "visit-not-found")
    assert refusal(stranger.post(path, json={})) == (404, "visit-not-found")
