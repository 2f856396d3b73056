"""Pools, rosters and swaps over HTTP: ETags, plain refusals, scope."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from telehealth.kit.db import Database
from telehealth.staff.rules import Role
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_edge, make_facility, make_member, make_token
from tests.telehealth.duty.roster import Ward, make_ward

pytestmark = pytest.mark.databases("sqlite")  # routes; the slice's other tests ask both databases

Clients = tuple[Ward, TestClient, TestClient, TestClient, TestClient]


@pytest.fixture
def clients(database: Database, tmp_path: Path, clock: FixedClock) -> Clients:
    """A ward with programs of its coordinator, two doctors and a supported station's nurse."""
    with database.write() as unit:
        ward = make_ward(unit.session, now=unit.now)
        station = make_facility(unit.session)
        make_edge(unit.session, "supports", station, ward.hospital)
        nurse = make_member(unit.session, station, role=Role.STATION_NURSE)
        people = (ward.coordinator, *ward.doctors[:2], nurse)
        tokens = [make_token(unit.session, each, now=unit.now) for each in people]
    app = build_app(database, tmp_path, clock)
    lead, first, second, station_client = (api_client(app, token) for token in tokens)
    return ward, lead, first, second, station_client


def shift_body(
    ward: Ward, doctor: int = 0, *, on: str = "2026-11-23", start: int = 420, end: int = 1140
) -> dict[str, object]:
    return {
        "pool_id": str(ward.pool.id),
        "membership_id": str(ward.doctors[doctor].ref),
        "on": on,
        "start_minute": start,
        "end_minute": end,
    }


def test_from_plan_to_duty_to_swap(clients: Clients) -> None:
    ward, lead, first, second, station = clients
    planned = lead.post("/api/v1/shifts", json=shift_body(ward))
    tomorrow = lead.post("/api/v1/shifts", json=shift_body(ward, on="2026-11-24"))
    assert (planned.status_code, planned.headers["etag"], planned.json()["warnings"]) == (201, '"1"', [])
    week = lead.get("/api/v1/rosters/2026-11-25")
    assert (week.json()["week"], len(week.json()["shifts"])) == ("2026-11-23", 2)
    assert week.json()["leaves"] == []
    path = "/api/v1/rosters/2026-11-23/publish"
    assert lead.post(path).status_code == 428
    assert lead.post(path, headers={"If-Match": '"1"'}).status_code == 412
    assert len(lead.post(path, headers={"If-Match": week.headers["etag"]}).json()) == 2

    (on,) = station.get("/api/v1/on-duty").json()
    assert (on["membership_id"], on["until_at"]) == (str(ward.doctors[0].ref), "2026-11-23T12:00:00Z")
    assert [each["id"] for each in first.get("/api/v1/shifts/mine").json()] == [
        planned.json()["id"],
        tomorrow.json()["id"],
    ]
    asked = first.post(
        f"/api/v1/shifts/{tomorrow.json()['id']}/swaps",
        json={"membership_id": str(ward.doctors[1].ref)},
        headers={"If-Match": '"2"'},
    )
    (waiting,) = second.get("/api/v1/swaps").json()
    assert waiting["id"] == asked.json()["id"]
    taken = second.post(f"/api/v1/swaps/{waiting['id']}/accept", headers={"If-Match": '"1"'})
    assert taken.json()["state"] == "accepted"
    events = lead.get(f"/api/v1/shifts/{tomorrow.json()['id']}/events").json()
    assert [each["command"] for each in events] == ["plan", "publish", "assign"]
    notices = lead.get("/api/v1/duty-notices").json()
    assert [each["kind"] for each in notices] == ["swapped"]
    lead.post(f"/api/v1/duty-notices/{notices[0]['id']}/seen")
    assert lead.get("/api/v1/duty-notices").json() == []


def test_refusals_are_plain_and_change_nothing(clients: Clients) -> None:
    ward, lead, first, _, station = clients
    lead.post("/api/v1/shifts", json=shift_body(ward))
    refused = [
        (shift_body(ward), 409, "shift-overlaps"),
        (shift_body(ward, start=423, end=900), 422, "bad-shift"),
        (shift_body(ward, start=0, end=60), 409, "shift-over"),
        (shift_body(ward, on="2030-01-01"), 422, "bad-day"),
    ]
    for body, status, code in refused:
        answer = lead.post("/api/v1/shifts", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert station.post("/api/v1/shifts", json=shift_body(ward)).status_code == 403
    assert first.get("/api/v1/rosters/2026-11-23").status_code == 403
    assert len(lead.get("/api/v1/rosters/2026-11-23").json()["shifts"]) == 1


def test_pools_over_http(clients: Clients) -> None:
    ward, lead, *_ = clients
    made = lead.post("/api/v1/pools", json={"name": "Tim mạch", "policy": "least_loaded"})
    path = f"/api/v1/pools/{made.json()['id']}"
    member = f"{path}/members/{ward.doctors[0].ref}"
    assert lead.put(member, json={"weight": 2}).status_code == 428
    put = lead.put(member, json={"weight": 2}, headers={"If-Match": made.headers["etag"]})
    assert [each["weight"] for each in put.json()["members"]] == [2]
    assert lead.put(path, json={"name": "Nội"}, headers={"If-Match": '"1"'}).status_code == 412
    changed = lead.put(path, json={"name": "Nội"}, headers={"If-Match": put.headers["etag"]})
    assert changed.json()["name"] == "Nội"
    left = lead.delete(member, headers={"If-Match": changed.headers["etag"]})
    assert left.json()["members"] == []
    assert {each["name"] for each in lead.get("/api/v1/pools").json()} == {"Nội", "Trực"}
