"""Urgent requests and duty over the JSON API."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment
from telehealth.urgent import jobs, service
from telehealth.urgent.models import UrgentEvent
from telehealth.urgent.rules import StepKind
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.urgent import ESCALATE, LEASE, UrgentWorld, make_urgent_world, open_urgent_visit
from tests.support.world import make_patient, make_token

pytestmark = pytest.mark.databases("sqlite")  # shapes and codes; the queries run on both beside this

PATH = "/api/v1/urgent-requests"


@dataclass(frozen=True)
class Scene:
    world: UrgentWorld
    nurse: TestClient
    first: TestClient
    second: TestClient
    coordinator: TestClient

    def press(self, **headers: str) -> dict[str, object]:
        answer = self.nurse.post(
            PATH,
            json={"visit_id": str(self.world.visits[0]), "danger_signs": ["breathing"]},
            headers={"Idempotency-Key": str(new_id()), **headers},
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def change(self, who: TestClient, path: str, **body: str) -> Any:
        """Send what is meant for the request as it is now."""
        tag = self.nurse.get(path.rpartition("/")[0]).headers["etag"]
        return who.post(path, json=body, headers={"If-Match": tag})


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
        people = (world.nurse, *world.doctors[0], world.coordinator)
        tokens = [make_token(unit.session, person, now=unit.now) for person in people]
    app = build_app(database, tmp_path, clock)
    return Scene(world, *(api_client(app, token) for token in tokens))


def test_the_same_key_presses_once(scene: Scene) -> None:
    first = scene.press(**{"Idempotency-Key": "k1"})
    assert scene.press(**{"Idempotency-Key": "k1"}) == first
    assert [row["id"] for row in scene.nurse.get(PATH).json()["requests"]] == [first["id"]]
    missing = scene.nurse.post(PATH, json={"visit_id": str(scene.world.visits[0])})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-needed")


def test_a_rung_doctor_reads_codes_and_no_patient_until_they_accept(scene: Scene) -> None:
    pressed = scene.press()
    before = scene.first.get(f"{PATH}/{pressed['id']}").json()
    assert (before["patient_id"], before["visit_id"]) == (None, None)
    assert (before["age_band"], before["danger_signs"]) == ("adult", ["breathing"])
    assert len(before["rings"]) == 2

    accepted = scene.first.post(f"{PATH}/{pressed['id']}/accept").json()
    assert (accepted["state"], accepted["lease_token"]) == ("claimed", 1)
    assert accepted["patient_id"] == pressed["patient_id"]
    other = scene.second.get(f"{PATH}/{pressed['id']}").json()
    assert (other["patient_id"], other["lease_token"]) == (None, None)
    assert other["owner_membership_id"] == str(scene.world.doctors[0][0].ref)


def test_asking_again_after_a_lost_answer_gives_the_same_request(
    scene: Scene, database: Database, clock: FixedClock
) -> None:
    """Only one rings: before, the second call said that nothing rings, and a second request was refused."""
    pressed = scene.press()
    first, again = [scene.first.post(f"{PATH}/accept-next") for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert (first.json()["id"], first.json()["lease_token"]) == (pressed["id"], 1)
    named = scene.first.post(f"{PATH}/{pressed['id']}/accept")
    assert (named.status_code, named.json()) == (200, first.json())
    with database.read() as unit:
        session = unit.session
        assert [row.id for row in session.exec(select(Appointment))] == [UUID(first.json()["appointment_id"])]
        accepted = select(UrgentEvent).where(UrgentEvent.kind == StepKind.ACCEPTED)
        assert len(session.exec(accepted).all()) == 1
    # The other doctor is not answered with it, nor is the first once the lease ran out.
    assert scene.second.post(f"{PATH}/accept-next").status_code == 204
    clock.advance(seconds=LEASE)
    jobs.ring_on(database)
    taken = scene.second.post(f"{PATH}/accept-next").json()
    assert (taken["id"], taken["lease_token"]) == (pressed["id"], 2)
    assert scene.first.post(f"{PATH}/accept-next").status_code == 204
    lost = scene.first.post(f"{PATH}/{pressed['id']}/accept")
    assert (lost.status_code, lost.json()["code"]) == (409, "urgent-taken")


def test_who_has_one_is_answered_with_it_while_another_rings(scene: Scene, database: Database) -> None:
    pressed = scene.press()
    scene.first.post(f"{PATH}/accept-next")
    with database.write() as unit:
        patient = make_patient(unit.session, scene.world.nurse, full_name="Bàn Thị Khác", phone=None).id
        visit = open_urgent_visit(unit.session, scene.world.nurse, patient, now=unit.now)
        other = service.press(unit.session, scene.world.nurse, service.Press(visit_id=visit), now=unit.now)
        other_id = other.id
    assert scene.first.post(f"{PATH}/accept-next").json()["id"] == pressed["id"]
    second = scene.first.post(f"{PATH}/{other_id}/accept")
    assert (second.status_code, second.json()["code"]) == (409, "urgent-one-at-a-time")
    assert scene.second.post(f"{PATH}/accept-next").json()["id"] == str(other_id)


def test_who_comes_too_late_and_who_lost_the_lease_change_nothing(scene: Scene, clock: FixedClock) -> None:
    request = f"{PATH}/{scene.press()['id']}"
    scene.first.post(f"{request}/accept")
    late = scene.second.post(f"{request}/accept")
    assert (late.status_code, late.json()["code"]) == (409, "urgent-taken")
    assert scene.first.put(f"{request}/lease", json={"lease_token": 1}).status_code == 200
    clock.advance(seconds=LEASE)
    for act in ("release", "finish"):
        lost = scene.first.post(f"{request}/{act}", json={"lease_token": 1})
        assert (lost.status_code, lost.json()["code"]) == (409, "lease-lost")


def test_a_station_cancels_and_a_coordinator_closes(scene: Scene) -> None:
    request = f"{PATH}/{scene.press()['id']}"
    refused = scene.change(scene.coordinator, f"{request}/close", reason="transferred")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-transition")
    cancelled = scene.change(scene.nurse, f"{request}/cancel", reason="better")
    assert cancelled.json()["state"] == "cancelled"
    assert cancelled.headers["etag"] == f'"{cancelled.json()["version"]}"'
    again = f"{PATH}/{scene.press()['id']}"
    for doctor in (scene.first, scene.second):
        assert doctor.post(f"{again}/decline", json={"reason": "in_surgery"}).status_code == 200
    for _ in range(2):
        scene.change(scene.nurse, f"{again}/next-level")
    state = scene.coordinator.get(again).json()
    assert state["patient_id"] is None
    assert state["escalate_at"] is not None


ACTS = {
    "next-level": ("nurse", {}, ()),
    "cancel": ("nurse", {"reason": "better"}, ()),
    "ring-again": ("nurse", {}, ("decline",)),
    "close": ("coordinator", {"reason": "transferred"}, ("decline",)),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_is_not_a_doctors_own_wants_the_version_that_was_read(
    scene: Scene, act: str, clock: FixedClock, database: Database
) -> None:
    who, body, before = ACTS[act]
    client: TestClient = getattr(scene, who)
    path = f"{PATH}/{scene.press()['id']}"
    for _ in before:
        for _ in range(5):  # nobody answers on any level
            clock.advance(seconds=ESCALATE)
            jobs.ring_on(database)
    tag = client.get(path).headers["etag"]
    without = client.post(f"{path}/{act}", json=body)
    assert (without.status_code, without.json()["code"]) == (428, "if-match-needed")
    accepted = scene.first.post(f"{path}/accept")
    assert accepted.status_code == 200
    stale = client.post(f"{path}/{act}", json=body, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    now = scene.nurse.get(path).json()
    assert (now["state"], now["owner_membership_id"]) == ("claimed", accepted.json()["owner_membership_id"])


def test_who_is_on_duty_and_the_switch(scene: Scene, clock: FixedClock) -> None:
    on_duty = scene.nurse.get("/api/v1/duty").json()
    assert len(on_duty) == 4
    off = {"is_on": False, "until_at": (clock.now() + timedelta(hours=1)).isoformat()}
    assert scene.first.put("/api/v1/duty/switch", json=off).json()["is_on"] is False
    assert len(scene.nurse.get("/api/v1/duty").json()) == 3
    wrong = scene.first.put("/api/v1/duty/switch", json={**off, "until_at": clock.now().isoformat()})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad-duty-time")
