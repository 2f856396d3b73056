"""Handing over a day over the API: seen first, done once per key, and only as it was seen."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import col, select

from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.kit.deps import Writer
from telehealth.kit.errors import ConflictError
from telehealth.scheduling.models import Appointment, AppointmentEvent, IdempotencyKey
from telehealth.scheduling.rules import CancelReason
from telehealth.scheduling.schemas import CancelIn
from telehealth.scheduling.service import act_in_parts_once
from telehealth.scheduling.service.idempotency import TAKEN
from telehealth.staff.rules import Role
from tests.support.app import api_client, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_token

PATH = "/api/v1/hand-overs"


class Scene:
    """A coordinator's program, and a doctor who is booked twice today."""

    def __init__(self, database: Database, folder: Path, clock: FixedClock) -> None:
        self.database = database
        with database.write() as unit:
            session, now = unit.session, unit.now
            self.world: BookingWorld = make_booking_world(session, doctors=2, patients=3, seats=3, visits=1)
            house = get_facility(session, self.world.doctors[0].here)
            self.lead = make_member(session, house, role=Role.COORDINATOR)
            token = make_token(session, self.lead, now=now)
        self.book(0, "09:10")
        self.book(1, "10:10")
        self.client: TestClient = api_client(build_app(database, folder, clock), token)
        away, stands_in = (str(doctor.ref) for doctor in self.world.doctors)
        self.body = {"from_membership_id": away, "to_membership_id": stands_in, "on": "2026-11-23"}

    def book(self, patient: int, wall: str, doctor: int = 0) -> None:
        with self.database.write() as unit:
            visit = self.world.visits[patient][0]
            self.world.book(
                unit.session, at(wall), now=unit.now, patient=patient, visit_id=visit, doctor=doctor
            )

    def preview(self) -> Response:
        return self.client.get(f"{PATH}/preview", params=self.body)

    def give(self, tag: str, key: str, **body: Any) -> Response:
        headers = {"If-Match": tag, "Idempotency-Key": key}
        return self.client.post(PATH, json=self.body | body, headers=headers)

    def doctors(self) -> list[str]:
        with self.database.read() as unit:
            rows = unit.session.exec(select(Appointment).order_by(col(Appointment.starts_at)))
            return [str(row.doctor_membership_id) for row in rows]

    def moves(self) -> int:
        with self.database.read() as unit:
            rows = unit.session.exec(
                select(AppointmentEvent).where(AppointmentEvent.command == "reassign")
            ).all()
            return len(rows)


@pytest.fixture
def scene(database: Database, tmp_path: Path, clock: FixedClock) -> Scene:
    return Scene(database, tmp_path, clock)


def test_handing_over_needs_a_key_and_the_version_of_what_was_seen(scene: Scene) -> None:
    tag = scene.preview().headers["etag"]
    keyless = scene.client.post(PATH, json=scene.body, headers={"If-Match": tag})
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency-key-needed")
    blind = scene.client.post(PATH, json=scene.body, headers={"Idempotency-Key": "k"})
    assert (blind.status_code, blind.json()["code"]) == (428, "if-match-needed")
    stale = scene.give('"1"', "k")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    assert scene.doctors() == [scene.body["from_membership_id"]] * 2
    assert scene.give(tag, "k").status_code == 200, "a refusal leaves the key free"


def test_the_same_key_hands_over_once_and_gets_the_same_answer(scene: Scene) -> None:
    tag = scene.preview().headers["etag"]
    first = scene.give(tag, "k")
    assert (first.status_code, len(first.json()["appointments"]), first.json()["left"]) == (200, 2, {})
    assert scene.doctors() == [scene.body["to_membership_id"]] * 2
    again = scene.give(tag, "k")
    assert (again.status_code, again.json()) == (200, first.json())
    assert scene.moves() == 2
    other = scene.give(tag, "k", on="2026-11-24")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("doctor", [0, 1], ids=["one more", "no longer free"])
def test_a_day_that_changed_since_it_was_seen_is_not_handed_over(scene: Scene, doctor: int) -> None:
    tag = scene.preview().headers["etag"]
    assert scene.preview().headers["etag"] == tag
    scene.book(2, "14:10" if doctor == 0 else "10:10", doctor)
    assert scene.give(tag, "k").status_code == 412
    assert scene.moves() == 0
    assert scene.give(scene.preview().headers["etag"], "k").status_code == 200


def nothing() -> CancelIn:
    raise AssertionError("must not act")


def test_who_asks_meanwhile_is_told_so_and_a_key_whose_process_died_comes_free(
    database: Database, clock: FixedClock, scene: Scene
) -> None:
    body = CancelIn(reason=CancelReason.PATIENT_ASKED)  # any body

    def ask(act: Callable[[], CancelIn], actor: Actor = scene.lead) -> dict[str, Any]:
        return act_in_parts_once(Writer(database), actor, "k", "parts", body, act).body

    def meanwhile() -> CancelIn:
        with pytest.raises(ConflictError, match="request-in-progress"):
            ask(nothing)
        return body

    assert ask(meanwhile) == ask(nothing) == {"reason": "patient_asked"}
    with database.write() as unit:
        row = unit.session.exec(select(IdempotencyKey)).one()
        assert row.expires_at > unit.now + TAKEN
        row.status_code, row.expires_at = 102, unit.now + TAKEN  # as a process leaves it that died
    with pytest.raises(ConflictError, match="request-in-progress"):
        ask(nothing)
    clock.advance(seconds=(TAKEN + timedelta(seconds=1)).total_seconds())
    assert ask(lambda: body) == {"reason": "patient_asked"}
