"""Later answers over the JSON API."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth.duty.service import add_member, add_pool
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from tests.support.answers import AnswerWorld, make_answer_world
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.visits import make_visit_world
from tests.support.world import SINCE, make_token

pytestmark = pytest.mark.databases("sqlite")  # shapes and codes; the queries run on both beside this

PATH = "/api/v1/answer-requests"


@dataclass(frozen=True)
class Scene:
    world: AnswerWorld
    nurse: TestClient
    first: TestClient
    second: TestClient
    coordinator: TestClient

    def send(self, **headers: str) -> dict[str, Any]:
        answer = self.nurse.post(
            PATH,
            json={"visit_id": str(self.world.base.visits[0]), "within": "one_hour", "wish": "Chuyển không?"},
            headers={"Idempotency-Key": str(new_id()), **headers},
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    with database.write() as unit:
        world = make_answer_world(unit.session, now=unit.now)
        people = (world.nurse, world.first, world.second, world.base.coordinator)
        tokens = [make_token(unit.session, person, now=unit.now) for person in people]
    app = build_app(database, tmp_path, clock)
    return Scene(world, *(api_client(app, token) for token in tokens))


def tag(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_the_same_key_sends_once(scene: Scene) -> None:
    first = scene.send(**{"Idempotency-Key": "k1"})
    assert scene.send(**{"Idempotency-Key": "k1"}) == first
    assert [row["id"] for row in scene.nurse.get(PATH).json()] == [first["id"]]
    missing = scene.nurse.post(PATH, json={"visit_id": str(scene.world.base.visits[0])})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-needed")


def test_a_doctor_reads_codes_and_no_patient_until_they_take_it(scene: Scene) -> None:
    sent = scene.send()
    before = scene.first.get(f"{PATH}/{sent['id']}").json()
    assert (before["patient_id"], before["visit_id"], before["thread"]) == (None, None, [])
    assert (before["age_band"], before["urgency"]) == ("adult", "urgent")
    taken = scene.first.post(f"{PATH}/{sent['id']}/take")
    assert (taken.json()["state"], taken.headers["etag"]) == ("taken", '"2"')
    after = scene.first.get(f"{PATH}/{sent['id']}").json()
    assert [each["text"] for each in after["thread"]] == ["Chuyển không?"]
    assert scene.second.get(f"{PATH}/{sent['id']}").json()["patient_id"] is None
    late = scene.second.post(f"{PATH}/{sent['id']}/take")
    assert (late.status_code, late.json()["code"]) == (409, "answer-taken")


def test_every_change_names_the_version_it_was_read_at(scene: Scene) -> None:
    request = f"{PATH}/{scene.send()['id']}"
    scene.first.post(f"{request}/take")
    without = scene.first.post(f"{request}/question", json={"text": "?"})
    assert without.status_code == 428
    stale = scene.first.post(f"{request}/question", json={"text": "?"}, headers=tag(1))
    assert stale.status_code == 412
    asked = scene.first.post(f"{request}/question", json={"text": "?"}, headers=tag(2))
    assert asked.json()["state"] == "asked"
    replied = scene.nurse.post(f"{request}/reply", json={"text": "!"}, headers=tag(3))
    assert replied.json()["state"] == "taken"
    given = scene.first.post(f"{request}/release", headers=tag(4))
    assert given.json()["state"] == "waiting"


def test_unknown_terms_reasons_and_fields_are_refused(scene: Scene) -> None:
    sent = scene.send()
    key = {"Idempotency-Key": "k2"}
    visit = str(scene.world.base.visits[0])
    for body in ({"visit_id": visit, "within": "soon"}, {"visit_id": visit, "whom": "x"}):
        assert scene.nurse.post(PATH, json=body, headers=key).status_code == 422
    refused = scene.nurse.post(f"{PATH}/{sent['id']}/withdraw", json={"reason": "signed"}, headers=tag(1))
    assert refused.status_code == 422
    done = scene.nurse.post(f"{PATH}/{sent['id']}/withdraw", json={"reason": "better"}, headers=tag(1))
    assert (done.json()["state"], done.json()["close_reason"]) == ("withdrawn", "better")


def test_a_coordinator_gives_back_only_what_is_overdue(scene: Scene, clock: FixedClock) -> None:
    request = f"{PATH}/{scene.send()['id']}"
    scene.first.post(f"{request}/take")
    early = scene.coordinator.post(f"{request}/release", headers=tag(2))
    assert (early.status_code, early.json()["code"]) == (409, "answer-not-overdue")
    clock.advance(hours=1)
    assert scene.coordinator.post(f"{request}/release", headers=tag(2)).json()["state"] == "waiting"


def test_who_may_not_is_told_so(scene: Scene) -> None:
    request = f"{PATH}/{scene.send()['id']}"
    assert scene.nurse.post(f"{request}/take").status_code == 403
    assert scene.first.post(f"{request}/reply", json={"text": "!"}, headers=tag(1)).status_code == 403
    turned = scene.second.post(f"{PATH}/turned", json={"visit_id": str(scene.world.base.visits[0])})
    assert (turned.status_code, turned.json()["code"]) == (404, "visit-not-found")


def test_a_live_visit_is_turned_and_its_doctor_has_it_first(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        pool = add_pool(unit.session, world.doctor.here, "Nội", now=unit.now)
        for doctor in (world.doctor, world.other_doctor):
            add_member(unit.session, pool, doctor.ref, on=SINCE)
        people = (world.nurse, world.doctor, world.other_doctor)
        tokens = [make_token(unit.session, person, now=unit.now) for person in people]
    app = build_app(database, tmp_path, clock)
    nurse, doctor, other = (api_client(app, token) for token in tokens)

    turned = nurse.post(f"{PATH}/turned", json={"visit_id": str(world.visit.id), "within": "one_hour"})
    assert (turned.status_code, turned.headers["etag"]) == (201, '"1"')
    request = f"{PATH}/{turned.json()['id']}"
    assert (turned.json()["state"], turned.json()["visit_id"]) == ("waiting", str(world.visit.id))
    again = nurse.post(f"{PATH}/turned", json={"visit_id": str(world.visit.id)})
    assert (again.status_code, again.json()["code"]) == (409, "answer-already-sent")
    assert other.post(f"{request}/take").status_code in (403, 404, 409), "its own doctor comes first"
    assert doctor.post(f"{request}/take").json()["state"] == "taken"
    visit = doctor.get(f"/api/v1/visits/{world.visit.id}").json()
    assert visit["sections"], "nothing has to be written again"


def test_a_doctor_who_turns_the_visit_keeps_it(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        pool = add_pool(unit.session, world.doctor.here, "Nội", now=unit.now)
        add_member(unit.session, pool, world.doctor.ref, on=SINCE)
        token = make_token(unit.session, world.doctor, now=unit.now)
    doctor = api_client(build_app(database, tmp_path, clock), token)
    turned = doctor.post(f"{PATH}/turned", json={"visit_id": str(world.visit.id)}).json()
    assert (turned["state"], turned["owner_membership_id"]) == ("taken", str(world.doctor.ref))
