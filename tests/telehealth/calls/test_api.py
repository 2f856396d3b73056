"""Calls over the API: everything the pages do."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.calls.ports import CallPorts
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_facility, make_member, make_token
from tests.telehealth.calls.open_room import OpenRoom, redeem


@pytest.fixture
def doctor(database: Database, world: VisitWorld, tmp_path: Path, clock: FixedClock) -> TestClient:
    """A program that acts as the doctor."""
    with database.write() as unit:
        token = make_token(unit.session, world.doctor, now=unit.now)
    return api_client(build_app(database, tmp_path, clock), token)


def test_a_program_joins_reads_and_ends_a_call(
    doctor: TestClient, database: Database, world: VisitWorld, ports: CallPorts, clock: FixedClock
) -> None:
    base = f"/api/v1/calls/{world.appointment.id}"
    assert doctor.get(f"{base}/room").json()["code"] == "call-not-found"
    given = doctor.post(f"{base}/ticket")
    assert (given.status_code, given.json()["expires_in_seconds"]) == (201, 60)
    admission = redeem(ports, given.json()["ticket"], resume_hash="one", now=clock.now())
    room = doctor.get(f"{base}/room").json()
    assert room["state"] == "open"
    assert [each["id"] for each in room["members"]] == [str(admission.participant_id)]
    assert doctor.get(f"{base}/chat").json() == []
    assert doctor.post(f"{base}/end").json()["end_reason"] == "completed"
    assert doctor.post(f"{base}/end").json()["code"] == "call-over"
    assert doctor.post(f"{base}/ticket").status_code == 201, "nobody met in it: it opens again"
    with database.read() as unit:
        rows = unit.session.exec(select(AuditEntry).where(AuditEntry.action == "call.join"))
        reasons = {row.facts.get("reason") for row in rows}
    assert {"room-read", "chat-read"} <= reasons


def test_a_program_asks_a_colleague_in_who_takes_the_call_over(
    doctor: TestClient,
    room: OpenRoom,
    database: Database,
    world: VisitWorld,
    tmp_path: Path,
    clock: FixedClock,
) -> None:
    base = f"/api/v1/calls/{world.appointment.id}"
    room.come(world.doctor)
    assert doctor.post(f"{base}/rings", json={"whom": "station"}).json()["state"] == "ringing"
    assert doctor.post(f"{base}/rings", json={"whom": "station"}).json()["code"] == "rung-too-often"
    assert doctor.post(f"{base}/rings", json={"whom": "colleague"}).status_code == 422
    names = {each["membership_id"] for each in doctor.get(f"{base}/colleagues").json()}
    assert str(world.other_doctor.ref) in names
    wanted = {"membership_id": str(world.other_doctor.ref), "purpose": "hand_over"}
    asked = doctor.post(f"{base}/asks", json=wanted)
    assert (asked.status_code, asked.json()["purpose"]) == (201, "hand_over")

    with database.write() as unit:
        token = make_token(unit.session, world.other_doctor, now=unit.now)
    other = api_client(build_app(database, tmp_path, clock), token)
    (ring,) = other.get("/api/v1/call-rings").json()
    assert ring["id"] == asked.json()["id"]
    assert other.post(f"/api/v1/call-rings/{ring['id']}/accept").json()["state"] == "accepted"
    assert other.post(f"/api/v1/call-rings/{ring['id']}/decline").json()["code"] == "ring-over"
    assert doctor.get(f"{base}/colleagues").status_code == 403, "who gave it over asks nobody in"
    kinds = [each["kind"] for each in other.get(f"{base}/journal").json()]
    assert kinds.count("handed_over") == 1


def test_out_of_scope_is_absent(
    doctor: TestClient, database: Database, world: VisitWorld, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        colleague = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
        token = make_token(unit.session, colleague, now=unit.now)
    stranger = api_client(build_app(database, tmp_path, clock), token)
    for verb, path in (("post", "ticket"), ("get", "room"), ("get", "chat"), ("post", "end")):
        answers = [
            getattr(client, verb)(f"/api/v1/calls/{of}/{path}")
            for client, of in ((stranger, world.appointment.id), (doctor, new_id()))
        ]
        assert [(each.status_code, each.json()["code"]) for each in answers] == [
            (404, "appointment-not-found")
        ] * 2
