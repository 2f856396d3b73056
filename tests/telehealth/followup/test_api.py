"""Booking a follow-up over the API: once per key, only on the version one has read."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.followup import queries
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling.models import Appointment
from telehealth.visits.service import VisitRequest, open_visit, plan_follow_up
from tests.support.app import api_client, build_app
from tests.support.booking import TODAY, at
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_patient, make_token

PLANS = "/api/v1/plans"


@pytest.fixture
def world(database: Database) -> VisitWorld:
    """A signed visit whose doctor wants the patient back in a week, give or take two days."""
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now, specialty_code=None)
        world.write(unit.session, now=unit.now, follow_up_on=None)
        day = TODAY + timedelta(days=7)
        plan_follow_up(
            unit.session, world.doctor, world.visit.id, day, None, version=0, slack_days=2, now=unit.now
        )
        world.sign(unit.session, now=unit.now)
        return world


@pytest.fixture
def plan_id(database: Database, world: VisitWorld) -> UUID:
    with database.read() as unit:
        [plan] = queries.list_plans(unit.session, world.nurse, now=unit.now)
        return plan.id


@pytest.fixture
def nurse(database: Database, tmp_path: Path, clock: FixedClock, world: VisitWorld) -> TestClient:
    with database.write() as unit:
        token = make_token(unit.session, world.nurse, now=unit.now)
    return api_client(build_app(database, tmp_path, clock), token)


def booked(database: Database) -> list[UUID]:
    """Return the appointments but the one of the signed visit."""
    with database.read() as unit:
        rows = unit.session.exec(select(Appointment).where(Appointment.starts_at > at("00:00", days=2)))
        return [row.id for row in rows]


def code_of(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_window_becomes_an_appointment_once_per_key_and_version(
    nurse: TestClient, database: Database, world: VisitWorld, plan_id: UUID
) -> None:
    assert [row["id"] for row in nurse.get(f"{PLANS}/due").json()["plans"]] == [str(plan_id)]
    proposed = nurse.get(f"{PLANS}/{plan_id}/slots")
    assert {row["doctor_membership_id"] for row in proposed.json()} == {str(world.doctor.ref)}
    first, second = proposed.json()[:2]
    path, tag = f"{PLANS}/{plan_id}/book", proposed.headers["etag"]
    body = {name: first[name] for name in ("doctor_membership_id", "starts_at")}

    def book(body: dict[str, Any], **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return nurse.post(path, json=body, headers=named)

    assert code_of(book(body, If_Match=tag)) == (400, "idempotency-key-needed")
    assert code_of(book(body, Idempotency_Key="k1")) == (428, "if-match-needed")
    assert code_of(book(body, Idempotency_Key="k2", If_Match='"9"')) == (412, "stale-version")
    assert code_of(book({**body, "room": 3}, Idempotency_Key="k3", If_Match=tag)) == (422, "invalid-input")
    assert booked(database) == []

    made = book(body, Idempotency_Key="k4", If_Match=tag)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == f'"{made.json()["version"]}"'
    assert (made.json()["status"], made.json()["starts_at"]) == ("booked", first["starts_at"])
    again = book(body, Idempotency_Key="k4", If_Match=tag)
    assert (again.status_code, again.json()) == (201, made.json())
    other = {**body, "starts_at": second["starts_at"]}
    assert code_of(book(other, Idempotency_Key="k4", If_Match=tag)) == (422, "idempotency-key-reused")
    assert code_of(book(other, Idempotency_Key="k5", If_Match=tag)) == (412, "stale-version")
    assert booked(database) == [UUID(made.json()["id"])]
    assert nurse.get(f"{PLANS}/due").json()["plans"] == []


def test_a_time_taken_meanwhile_is_refused_with_others_and_changes_nothing(
    nurse: TestClient, database: Database, world: VisitWorld, plan_id: UUID
) -> None:
    proposed = nurse.get(f"{PLANS}/{plan_id}/slots")
    first = proposed.json()[0]
    with database.write() as unit:
        patient = make_patient(unit.session, world.nurse, full_name="Bàn Thị Khác", phone=None).id
        wanted = VisitRequest(patient_id=patient, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối phải")
        request = {
            "patient_id": patient,
            "visit_id": open_visit(unit.session, world.nurse, wanted, now=unit.now).id,
            "doctor_membership_id": world.doctor.ref,
        }
        taken = world.booking.book(unit.session, at("07:30", days=5), now=unit.now, **request).id
    assert first["starts_at"] == "2026-11-28T00:30:00Z"
    body = {name: first[name] for name in ("doctor_membership_id", "starts_at")}
    headers = {"Idempotency-Key": str(new_id()), "If-Match": proposed.headers["etag"]}
    refused = nurse.post(f"{PLANS}/{plan_id}/book", json=body, headers=headers)
    assert code_of(refused) == (409, "slot-taken")
    assert len(refused.json()["facts"]["alternatives"]) == 3
    assert booked(database) == [taken]
    fresh = nurse.get(f"{PLANS}/{plan_id}/slots")
    assert fresh.headers["etag"] == proposed.headers["etag"]
    assert first["starts_at"] not in {row["starts_at"] for row in fresh.json()}


def test_many_are_reminded_once_per_key(
    nurse: TestClient, database: Database, world: VisitWorld, plan_id: UUID
) -> None:
    body, key = {"chosen": [str(plan_id)]}, {"Idempotency-Key": "nhac-1"}
    assert nurse.post("/api/v1/reminders", json=body).status_code == 400, "a key is asked for"
    first = nurse.post("/api/v1/reminders", json=body, headers=key)
    assert first.status_code == 201, first.text
    [reminded] = first.json()["reminded"]
    assert (reminded["id"], reminded["subject_kind"]) == (str(plan_id), "plan")
    assert nurse.post("/api/v1/reminders", json=body, headers=key).json() == first.json()
    with database.read() as unit:
        told = [each for each in unit.session.exec(select(OutboxMessage)) if ":reminder" in each.dedupe_key]
    assert len(told) <= 1
    assert nurse.post("/api/v1/reminders", json={"chosen": []}, headers=key).status_code == 422
