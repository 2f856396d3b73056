"""Orders over the JSON API."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_token

pytestmark = pytest.mark.databases("sqlite")  # shapes and codes; the queries run on both beside this


@dataclass(frozen=True)
class Scene:
    world: VisitWorld
    doctor: TestClient
    nurse: TestClient

    @property
    def path(self) -> str:
        return f"/api/v1/visits/{self.world.visit.id}/orders"

    def write(self, **body: Any) -> dict[str, Any]:
        given = {"kind": "lab", "what": "Công thức máu", "when": "now", **body}
        answer = self.doctor.post(self.path, json=given, headers={"Idempotency-Key": str(new_id())})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        tokens = [make_token(unit.session, who, now=unit.now) for who in (world.doctor, world.nurse)]
    app = build_app(database, tmp_path, clock)
    return Scene(world, *(api_client(app, token) for token in tokens))


def tag(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_written_seen_and_done(scene: Scene) -> None:
    written = scene.write(kind="measurement", what="Đo lại", code="systolic")
    path = f"/api/v1/orders/{written['id']}"
    assert [each["id"] for each in scene.nurse.get("/api/v1/orders").json()] == [written["id"]]
    assert scene.nurse.post(f"{path}/acknowledge").status_code == 428
    seen = scene.nurse.post(f"{path}/acknowledge", headers=tag(written["version"]))
    assert (seen.json()["state"], seen.headers["etag"]) == ("seen", '"3"')
    half = scene.nurse.post(f"{path}/finish", json={"value": "142"}, headers=tag(3))
    assert half.json()["type"].endswith("order-value-missing"), "a blood pressure has two numbers"
    done = scene.nurse.post(f"{path}/finish", json={"value": "142", "other": "88"}, headers=tag(3))
    assert (done.json()["state"], Decimal(done.json()["value"])) == ("done", 142)
    detail = scene.doctor.get(path).json()
    assert [each["kind"] for each in detail["steps"]] == ["written", "released", "seen", "done"]


def test_a_draft_is_changed_and_taken_back_by_its_version(scene: Scene) -> None:
    written = scene.write(when="week")
    path = f"/api/v1/orders/{written['id']}"
    body = {"kind": "imaging", "what": "Điện tim"}
    assert scene.doctor.put(path, json=body, headers=tag(9)).status_code == 412
    assert scene.doctor.put(path, json=body, headers=tag(1)).json()["what"] == "Điện tim"
    assert scene.doctor.post(f"{path}/revoke", headers=tag(2)).json()["state"] == "revoked"
    assert scene.doctor.get(scene.path).json() == []


def test_the_station_declines_with_a_reason_of_the_list(scene: Scene) -> None:
    path = f"/api/v1/orders/{scene.write()['id']}"
    bad = scene.nurse.post(f"{path}/decline", json={"reason": "tired"}, headers=tag(2))
    assert bad.status_code == 422
    said = scene.nurse.post(f"{path}/decline", json={"reason": "no_means"}, headers=tag(2))
    assert (said.json()["state"], said.json()["reason"]) == ("declined", "no_means")


def test_a_nurse_writes_none_and_an_unknown_field_is_refused(scene: Scene) -> None:
    body = {"kind": "lab", "what": "x"}
    refused = scene.nurse.post(scene.path, json=body, headers={"Idempotency-Key": "k"})
    assert refused.status_code == 403
    odd = scene.doctor.post(scene.path, json={**body, "who": 1}, headers={"Idempotency-Key": "k"})
    assert odd.status_code == 422
