"""Referrals over the JSON API."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.kit.db import Database
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.referrals import ReferralWorld, make_referral_world
from tests.support.world import make_token

pytestmark = pytest.mark.databases("sqlite")  # shapes and codes; the queries run on both beside this


@dataclass(frozen=True)
class Scene:
    database: Database
    world: ReferralWorld
    doctor: TestClient
    nurse: TestClient
    receiver: TestClient
    above: TestClient

    @property
    def body(self) -> dict[str, Any]:
        return {
            "to_facility_id": str(self.world.receiver.here),
            "urgency": "urgent",
            "reason": "Nghi suy tim",
        }

    def write(self) -> dict[str, Any]:
        path = f"/api/v1/visits/{self.world.base.visit.id}/referral"
        answer = self.doctor.put(path, json=self.body, headers=tag(0))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def sign(self) -> None:
        with self.database.write() as unit:
            self.world.base.write(unit.session, now=unit.now)
            self.world.base.sign(unit.session, now=unit.now)


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    with database.write() as unit:
        world = make_referral_world(unit.session, now=unit.now)
        people = (world.base.doctor, world.base.nurse, world.receiver, world.above)
        tokens = [make_token(unit.session, who, now=unit.now) for who in people]
    app = build_app(database, tmp_path, clock)
    return Scene(database, world, *(api_client(app, token) for token in tokens))


def tag(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_written_signed_accepted_and_sent_back(scene: Scene) -> None:
    path = f"/api/v1/referrals/{scene.write()['id']}"
    assert scene.receiver.get(path).status_code == 404
    scene.sign()
    assert [each["state"] for each in scene.receiver.get("/api/v1/referrals").json()] == ["sent"]
    assert scene.receiver.post(f"{path}/accept", json={}).status_code == 428
    taken = scene.receiver.post(f"{path}/accept", json={"ask_for": "BS. Nhận"}, headers=tag(2))
    assert (taken.json()["state"], taken.headers["etag"]) == ("accepted", '"3"')
    said = scene.nurse.post(f"{path}/messages", json={"text": "Người bệnh đang đi."})
    assert said.status_code == 200
    back = scene.receiver.post(f"{path}/return", json={"found": "EF 38 %"}, headers=tag(3))
    assert back.json()["state"] == "returned"
    closed = scene.nurse.post(f"{path}/acknowledge", headers=tag(4))
    assert closed.json()["state"] == "closed"
    detail = scene.nurse.get(path).json()
    assert [each["text"] for each in detail["thread"]] == ["Người bệnh đang đi."]
    assert [each["kind"] for each in detail["steps"]][-2:] == ["returned", "closed"]


def test_sent_on_and_declined(scene: Scene) -> None:
    path = f"/api/v1/referrals/{scene.write()['id']}"
    scene.sign()
    onward = {"to_facility_id": str(scene.world.above.here)}
    assert scene.receiver.post(f"{path}/redirect", json=onward, headers=tag(2)).status_code == 200
    assert scene.receiver.get(path).status_code == 404
    no = scene.above.post(f"{path}/decline", json={"reason": "no_bed"}, headers=tag(3))
    assert (no.json()["state"], no.json()["decline_reason"]) == ("declined", "no_bed")
    off = scene.nurse.post(f"{path}/withdraw", headers=tag(4))
    assert off.json()["state"] == "withdrawn"


def test_stale_unknown_and_forbidden(scene: Scene) -> None:
    scene.write()
    path = f"/api/v1/visits/{scene.world.base.visit.id}/referral"
    assert scene.doctor.put(path, json=scene.body, headers=tag(0)).status_code == 200, "the same again"
    other = {**scene.body, "reason": "Nghi viêm phổi"}
    assert scene.doctor.put(path, json=other, headers=tag(0)).status_code == 412
    assert scene.doctor.put(path, json={**scene.body, "who": 1}, headers=tag(1)).status_code == 422
    assert scene.nurse.put(path, json=scene.body, headers=tag(1)).status_code == 403
