"""Facilities and staff over the API."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.staff.rules import Role
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.world import (
    make_doctor,
    make_edge,
    make_facility,
    make_hospital,
    make_integration,
    make_member,
    make_token,
)


@dataclass(frozen=True)
class Api:
    """Programs of several bearers over one station and one hospital."""

    app: FastAPI
    station: Facility
    hospital: Facility
    members: dict[str, Any]
    tokens: dict[str, str]

    def of(self, who: str) -> TestClient:
        """The program that holds this bearer's token."""
        return api_client(self.app, self.tokens[who])


@pytest.fixture
def api(database: Database, tmp_path: Path, clock: FixedClock) -> Api:
    with database.write() as unit:
        station, hospital = make_facility(unit.session), make_hospital(unit.session)
        make_edge(unit.session, "supports", station, hospital)
        members = {
            "nurse": make_member(unit.session, station),
            "manager": make_member(unit.session, station, role=Role.MANAGER),
            "admin": make_member(unit.session, hospital, role=Role.ADMIN),
            "doctor": make_doctor(unit.session, hospital),
            "program": make_integration(unit.session, station, "facility.read", "staff.read", "staff.manage"),
        }
        tokens = {who: make_token(unit.session, actor, now=unit.now) for who, actor in members.items()}
    return Api(build_app(database, tmp_path, clock), station, hospital, members, tokens)


def invitation(api: Api, **changes: Any) -> dict[str, Any]:
    return {
        "full_name": "Bàn Thị Mai",
        "username": "0987654321",
        "facility_id": str(api.station.id),
        "role": "station_nurse",
        "qualification": "nurse",
        **changes,
    }


def test_me_says_who_the_bearer_is(api: Api) -> None:
    me = api.of("nurse").get("/api/v1/me").json()
    assert (me["membership_id"], me["role"]) == (str(api.members["nurse"].ref), "station_nurse")
    assert "patient.register" in me["actions"]
    assert "visit.sign" not in me["actions"]


@pytest.mark.parametrize("token", ["", "made-up"])
def test_without_a_good_token_nothing_is_told(api: Api, token: str) -> None:
    answer = api_client(api.app, token).get("/api/v1/facilities")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_facilities_come_in_pages(api: Api) -> None:
    first = api.of("nurse").get("/api/v1/facilities?limit=1").json()
    second = api.of("nurse").get(f"/api/v1/facilities?limit=1&after={first['next']}").json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [str(api.hospital.id), str(api.station.id)]
    assert second["next"] is None


def test_a_facility_tells_its_supporters_codes_and_relations(api: Api) -> None:
    program, path = api.of("program"), f"/api/v1/facilities/{api.station.id}"
    assert program.get(path).json()["name"] == api.station.name
    assert [each["id"] for each in program.get(f"{path}/supporters").json()] == [str(api.hospital.id)]
    assert [each["kind"] for each in program.get(f"{path}/edges").json()] == ["supports"]
    assert program.get(f"{path}/identifiers").json() == []
    assert program.get(f"/api/v1/facilities/{api.members['nurse'].ref}").status_code == 404
    assert program.get("/api/v1/specialties").json() == [{"code": "internal", "name": "internal"}]


def test_only_administrators_register_facilities(api: Api) -> None:
    body = {
        "name": "Trạm Y tế xã Hướng Phùng",
        "short_name": "TYT Hướng Phùng",
        "sms_name": "TYT Huong Phung",
        "level": "initial",
        "tier": "commune",
        "valid_from": "2026-01-01",
    }
    assert api.of("manager").post("/api/v1/facilities", json=body).status_code == 403
    made = api.of("admin").post("/api/v1/facilities", json=body)
    assert made.status_code == 201
    code = {"system": "cskcb", "value": "45011", "valid_from": "2026-01-01", "source": "BHXH"}
    path = f"/api/v1/facilities/{made.json()['id']}/identifiers"
    assert api.of("admin").post(path, json=code).status_code == 201
    again = api.of("admin").post(path, json=code)
    assert (again.status_code, again.json()["code"]) == (409, "identifier-taken")
    edge = {
        "kind": "supports",
        "from_id": str(api.station.id),
        "to_id": str(api.hospital.id),
        "valid_from": "2026-06-01",
    }
    cycle = api.of("admin").post("/api/v1/facility-edges", json=edge)
    assert (cycle.status_code, cycle.json()["code"]) == (409, "edge-cycle")


def test_input_is_strict(api: Api) -> None:
    answer = api.of("admin").post("/api/v1/facilities", json={"name": 5, "colour": "green"})
    assert answer.status_code == 422
    assert {"/name", "/colour"} <= {each["pointer"] for each in answer.json()["errors"]}


def test_staff_are_listed_within_scope(api: Api) -> None:
    own = api.of("manager").get("/api/v1/staff").json()
    assert {each["facility_id"] for each in own} == {str(api.station.id)}
    assert api.of("manager").get(f"/api/v1/staff?facility_id={api.hospital.id}").json() == []
    assert len(api.of("admin").get(f"/api/v1/staff?facility_id={api.station.id}").json()) == 2
    assert len(api.of("program").get("/api/v1/staff").json()) == 2
    doctor = api.members["doctor"].ref
    assert api.of("manager").get(f"/api/v1/staff/{doctor}").status_code == 404
    assert api.of("nurse").get("/api/v1/staff").status_code == 403


def test_a_colleague_is_invited_moved_disabled_and_reset(api: Api) -> None:
    manager = api.of("manager")
    invited = manager.post("/api/v1/staff", json=invitation(api))
    assert invited.status_code == 201
    assert invited.json()["url"].endswith(f"/activate/{invited.json()['code']}")
    path = f"/api/v1/staff/{invited.json()['membership_id']}"
    member = manager.get(path).json()
    assert (member["is_activated"], member["username"]) == (False, "+84987654321")
    assert manager.post(f"{path}/disable").json()["is_disabled"] is True
    assert manager.post(f"{path}/enable").json()["is_disabled"] is False
    assert manager.post(f"{path}/reset").json()["code"] != invited.json()["code"]
    move = {
        "facility_id": str(api.station.id),
        "role": "coordinator",
        "qualification": "nurse",
        "on": "2026-11-24",
        "version": member["version"],
    }
    moved = manager.post(f"{path}/move", json=move)
    assert (moved.status_code, moved.json()["role"]) == (200, "coordinator")
    stale = manager.post(f"{path}/move", json=move)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")


def test_a_colleague_who_leaves_is_out_on_the_day(api: Api) -> None:
    path = f"/api/v1/staff/{api.members['nurse'].ref}"
    early = api.of("manager").post(f"{path}/close", json={"on": "2026-11-22", "version": 1})
    assert (early.status_code, early.json()["code"]) == (422, "move-in-past")
    assert api.of("manager").post(f"{path}/close", json={"on": "2026-11-23", "version": 1}).status_code == 204
    assert api.of("nurse").get("/api/v1/me").status_code == 401


def test_a_refused_field_is_pointed_at(api: Api) -> None:
    answer = api.of("manager").post("/api/v1/staff", json=invitation(api, role="admin"))
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/role"]


def test_a_program_never_manages_staff_or_has_an_account(api: Api) -> None:
    assert api.of("program").post("/api/v1/staff", json=invitation(api)).status_code == 403
    assert api.of("program").get("/api/v1/me").status_code == 403


def test_a_disabled_members_token_stops_working(api: Api) -> None:
    assert api.of("nurse").get("/api/v1/me").status_code == 200
    api.of("manager").post(f"/api/v1/staff/{api.members['nurse'].ref}/disable")
    assert api.of("nurse").get("/api/v1/me").status_code == 401


def test_a_cookie_opens_no_api(api: Api, database: Database) -> None:
    browser = TestClient(api.app, base_url="http://127.0.0.1:8000")
    browser.cookies.set("signin", api.tokens["nurse"])
    assert browser.get("/api/v1/me").status_code == 401
