"""The wait list and follow-ups over HTTP: keys, tags, answers given once."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.waitlist import queries
from tests.support.app import api_client, build_app
from tests.support.booking import TODAY, at
from tests.support.clock import FixedClock
from tests.support.world import make_token
from tests.telehealth.waitlist.world import WaitWorld

Programs = tuple[TestClient, TestClient]


@pytest.fixture
def programs(database: Database, tmp_path: Path, clock: FixedClock, world: WaitWorld) -> Programs:
    """A program of the station and one of the coordinator."""
    with database.write() as unit:
        tokens = [make_token(unit.session, who, now=unit.now) for who in (world.nurse, world.coordinator)]
    app = build_app(database, tmp_path, clock)
    return api_client(app, tokens[0]), api_client(app, tokens[1])


def key(**more: str) -> dict[str, str]:
    return {"Idempotency-Key": str(new_id()), **more}


def wish(world: WaitWorld, patient: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "visit_id": str(world.visit(patient)),
        "pool_id": str(world.pool.id),
        "earliest_on": TODAY.isoformat(),
        "latest_on": TODAY.isoformat(),
        **more,
    }


def test_from_joining_to_an_appointment(programs: Programs, world: WaitWorld) -> None:
    station, coordinator = programs
    once = key()
    joined = station.post("/api/v1/waitlist", json=wish(world), headers=once)
    assert (joined.status_code, joined.headers["etag"]) == (201, '"1"')
    assert station.post("/api/v1/waitlist", json=wish(world), headers=once).json() == joined.json()
    entry_id = joined.json()["id"]

    asked = coordinator.get("/api/v1/waitlist/asked", params={"pool": str(world.pool.id)}).json()
    assert [entry["id"] for entry in asked["entries"]] == [entry_id]
    assert "patient_id" not in asked["entries"][0]
    gap = asked["gaps"][0]
    assert gap["entry_ids"] == [entry_id]
    chosen = {name: gap["slot"][name] for name in ("doctor_membership_id", "starts_at")}

    path = f"/api/v1/waitlist/{entry_id}"
    assert coordinator.post(f"{path}/offer", json=chosen, headers=key()).status_code == 428
    offered = coordinator.post(f"{path}/offer", json=chosen, headers=key(**{"If-Match": '"1"'}))
    assert (offered.status_code, offered.json()["state"]) == (200, "offered")

    own = station.get(path)
    assert own.json()["offer_appointment_id"]
    stale = station.post(f"{path}/accept", json={}, headers=key(**{"If-Match": '"1"'}))
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    once = key(**{"If-Match": own.headers["etag"]})
    booked = station.post(f"{path}/accept", json={}, headers=once)
    assert (booked.status_code, booked.json()["status"]) == (200, "booked")
    assert station.post(f"{path}/accept", json={}, headers=once).json() == booked.json()
    assert station.get("/api/v1/waitlist").json()["entries"] == []


def test_a_taken_time_comes_with_the_next_ones(
    programs: Programs, world: WaitWorld, database: Database
) -> None:
    station, coordinator = programs
    doctor = str(world.booking.doctors[0].ref)
    first = station.post("/api/v1/waitlist", json=wish(world), headers=key()).json()
    with database.write() as unit:
        world.book(unit.session, at("09:30"), patient=1)
    chosen = {"doctor_membership_id": doctor, "starts_at": at("09:30").isoformat()}
    path = f"/api/v1/waitlist/{first['id']}/offer"
    refused = coordinator.post(path, json=chosen, headers=key(**{"If-Match": '"1"'}))
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-taken")
    assert refused.json()["facts"]["alternatives"][0]["starts_at"].startswith("2026-11-23T02:50")


def test_a_list_that_is_cut_says_how_many_wait_behind(
    programs: Programs, world: WaitWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, coordinator = programs
    for patient in range(3):
        assert station.post("/api/v1/waitlist", json=wish(world, patient), headers=key()).status_code == 201
    assert coordinator.get("/api/v1/waitlist/asked").json()["more"] == 0
    monkeypatch.setattr(queries, "LISTED", 1)
    monkeypatch.setattr(queries, "LOOKED_AT", 1)
    cut = coordinator.get("/api/v1/waitlist/asked").json()
    assert (len(cut["entries"]), cut["more"], cut["unasked"]) == (1, 2, 2)


def test_declining_and_leaving(programs: Programs, world: WaitWorld) -> None:
    station, coordinator = programs
    entry_id = station.post("/api/v1/waitlist", json=wish(world), headers=key()).json()["id"]
    path = f"/api/v1/waitlist/{entry_id}"
    chosen = {
        "doctor_membership_id": str(world.booking.doctors[1].ref),
        "starts_at": at("09:30").isoformat(),
    }
    coordinator.post(f"{path}/offer", json=chosen, headers=key(**{"If-Match": '"1"'}))
    passed = station.post(f"{path}/decline", json={"keeps_waiting": True}, headers={"If-Match": '"2"'})
    assert (passed.json()["state"], passed.headers["etag"]) == ("waiting", '"3"')
    left = station.post(f"{path}/cancel", headers={"If-Match": '"3"'})
    assert left.json()["state"] == "cancelled"
    again = station.post(f"{path}/cancel", headers={"If-Match": '"4"'})
    assert (again.status_code, again.json()["code"]) == (409, "invalid-transition")


def test_a_coordinator_takes_an_offer_back(programs: Programs, world: WaitWorld) -> None:
    station, coordinator = programs
    entry_id = station.post("/api/v1/waitlist", json=wish(world), headers=key()).json()["id"]
    path = f"/api/v1/waitlist/{entry_id}"
    doctor = str(world.booking.doctors[1].ref)
    chosen = {"doctor_membership_id": doctor, "starts_at": at("09:30").isoformat()}
    nothing = coordinator.post(f"{path}/take-back", headers={"If-Match": '"1"'})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "invalid-transition")
    coordinator.post(f"{path}/offer", json=chosen, headers=key(**{"If-Match": '"1"'}))
    assert coordinator.post(f"{path}/take-back").status_code == 428
    assert coordinator.post(f"{path}/take-back", headers={"If-Match": '"1"'}).status_code == 412
    assert station.post(f"{path}/take-back", headers={"If-Match": '"2"'}).status_code == 403
    taken = coordinator.post(f"{path}/take-back", headers={"If-Match": '"2"'})
    assert (taken.json()["state"], taken.headers["etag"]) == ("waiting", '"3"')
    slots = station.get(f"/api/v1/slots?doctor={doctor}&first=2026-11-23&last=2026-11-23").json()["slots"]
    assert at("09:30").isoformat() in {_local(slot["starts_at"]) for slot in slots}


def _local(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(DEFAULT_ZONE).isoformat()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"latest_on": "2026-11-22"}, "bad-wait-window"),
        ({"pool_id": None}, "whom-to-wait-for"),
        ({"weekdays": [7]}, "invalid-input"),
        ({"surprise": 1}, "invalid-input"),
    ],
)
def test_bad_input_has_a_reason(
    programs: Programs, world: WaitWorld, more: dict[str, Any], code: str
) -> None:
    refused = programs[0].post("/api/v1/waitlist", json=wish(world, **more), headers=key())
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert programs[0].get("/api/v1/waitlist").json()["entries"] == []


def test_without_a_key_nothing_is_booked(programs: Programs, world: WaitWorld) -> None:
    refused = programs[0].post("/api/v1/waitlist", json=wish(world))
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-needed")
