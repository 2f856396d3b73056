"""Moving, answering and overriding over the API: once per key, on the version one has read."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from telehealth.duty.models import Pool
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling import service
from telehealth.scheduling.rules import AbortReason, AbsentParty
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import api_client, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.pools import make_pool
from tests.support.world import make_member, make_token
from tests.telehealth.scheduling.test_api import code_of, confirm, hold_body, post_hold


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=2, patients=3, seats=2, visits=4)


@pytest.fixture
def client(database: Database, tmp_path: Path, clock: FixedClock) -> Any:
    """Return a program for any member: `client(actor)`."""
    app = build_app(database, tmp_path, clock)

    def make(actor: MembershipActor) -> TestClient:
        with database.write() as unit:
            return api_client(app, make_token(unit.session, actor, now=unit.now))

    return make


@pytest.fixture
def nurse(client: Any, world: BookingWorld) -> TestClient:
    return client(world.nurse)  # type: ignore[no-any-return]


def book(nurse: TestClient, world: BookingWorld, wall: str = "09:30", **values: Any) -> Response:
    booked = confirm(nurse, post_hold(nurse, hold_body(world, wall, **values)))
    assert booked.status_code == 200
    return booked


def act(
    client: TestClient, of: Response, verb: str, body: Any = None, *, key: str | None = None, **headers: str
) -> Response:
    sent = {"Idempotency-Key": key or str(new_id()), "If-Match": of.headers["etag"], **headers}
    return client.post(f"/api/v1/appointments/{of.json()['id']}/{verb}", json=body, headers=sent)


def test_another_time_keeps_the_appointment_and_has_one_effect(
    nurse: TestClient, world: BookingWorld
) -> None:
    booked, key = book(nurse, world), str(new_id())
    body = {"starts_at": at("10:30").isoformat()}
    moved = act(nurse, booked, "reschedule", body, key=key)
    again = act(nurse, booked, "reschedule", body, key=key)
    assert (moved.status_code, moved.json()["version"], moved.headers["etag"]) == (200, 3, '"3"')
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, moved.json(), '"3"')
    assert (moved.json()["id"], moved.json()["starts_at"]) == (booked.json()["id"], "2026-11-23T03:30:00Z")
    other = {"starts_at": at("10:50").isoformat()}
    assert code_of(act(nurse, booked, "reschedule", other, key=key), 422) == "idempotency-key-reused"
    assert code_of(act(nurse, booked, "reschedule", other), 412) == "stale-version"


@pytest.mark.parametrize("verb", ["reschedule", "reassign", "rebook", "override"])
def test_what_books_needs_a_key_and_what_changes_a_version(
    nurse: TestClient, client: Any, world: BookingWorld, database: Database, verb: str
) -> None:
    booked = book(nurse, world)
    with database.write() as unit:
        station = get_facility(unit.session, world.nurse.here)
        member = make_member(unit.session, station, role=Role.COORDINATOR)
    coordinator = client(member)
    body = {"starts_at": at("10:30").isoformat(), "reason": "put_right"} if verb == "override" else {}
    body = {"starts_at": at("10:30").isoformat()} if verb == "reschedule" else body
    path = f"/api/v1/appointments/{booked.json()['id']}/{verb}"
    keyless = coordinator.post(path, json=body, headers={"If-Match": '"2"'})
    assert code_of(keyless, 400) == "idempotency-key-needed"
    blind = coordinator.post(path, json=body, headers={"Idempotency-Key": "a"})
    assert code_of(blind, 428) == "if-match-needed"
    stale = coordinator.post(path, json=body, headers={"Idempotency-Key": "b", "If-Match": '"1"'})
    assert code_of(stale, 412) == "stale-version"


@pytest.mark.parametrize("verb", ["accept", "reject", "undo-no-show", "cancel", "check-in", "start", "abort"])
def test_every_other_change_needs_the_version(
    nurse: TestClient, client: Any, world: BookingWorld, verb: str
) -> None:
    booked = book(nurse, world)
    doctor = nurse if verb in ("check-in", "cancel", "undo-no-show") else client(world.doctors[0])
    bodies = {
        "reject": {"reason": "not_free"},
        "abort": {"reason": "power"},
        "cancel": {"reason": "patient_asked"},
    }
    path, body = f"/api/v1/appointments/{booked.json()['id']}/{verb}", bodies.get(verb, {})
    assert code_of(doctor.post(path, json=body), 428) == "if-match-needed"
    assert code_of(doctor.post(path, json=body, headers={"If-Match": '"1"'}), 412) == "stale-version"


def test_refusals_say_what_and_help(nurse: TestClient, world: BookingWorld) -> None:
    booked = book(nurse, world)
    book(nurse, world, "10:30", patient=1)
    taken = act(nurse, booked, "reschedule", {"starts_at": at("10:30").isoformat()})
    assert code_of(taken, 409) == "slot-taken"
    assert len(taken.json()["facts"]["alternatives"]) == 3
    outside = act(nurse, booked, "reschedule", {"starts_at": at("12:10").isoformat()})
    assert code_of(outside, 422) == "outside-availability"
    wrong = act(nurse, booked, "undo-no-show")
    assert code_of(wrong, 409) == "invalid-transition"
    assert code_of(act(nurse, booked, "rebook"), 409) == "nothing-to-rebook"
    assert code_of(act(nurse, booked, "reassign", {}), 422) == "doctor-or-pool"
    nobody = act(nurse, booked, "reassign", {"doctor_membership_id": str(world.nurse.ref)})
    assert code_of(nobody, 422) == "outside-availability"


def test_a_pool_is_searched_and_booked_as_one(
    nurse: TestClient, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        pool: Pool = make_pool(unit.session, world, [0, 1])
    found = nurse.get("/api/v1/slots", params={"pool": str(pool.id), "limit": 3}).json()
    assert len({slot["doctor_membership_id"] for slot in found["slots"]}) == 2
    body = {**hold_body(world), "pool_id": str(pool.id)}
    assert code_of(post_hold(nurse, body), 422) == "doctor-or-pool"
    body["doctor_membership_id"] = None
    booked = confirm(nurse, post_hold(nurse, body))
    assert (booked.json()["pool_id"], booked.json()["status"]) == (str(pool.id), "booked")
    moved = act(nurse, booked, "reassign", {})
    assert moved.json()["doctor_membership_id"] != booked.json()["doctor_membership_id"]


def test_a_request_is_answered(
    nurse: TestClient, client: Any, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        unit.session.merge(world.service).accept_mode = "doctor"
    doctor = client(world.doctors[0])
    asked = book(nurse, world)
    assert (asked.json()["status"], asked.json()["respond_by"]) == ("requested", "2026-11-23T02:30:00Z")
    booked = act(doctor, asked, "accept")
    assert (booked.status_code, booked.json()["status"], booked.headers["etag"]) == (200, "booked", '"3"')
    other = book(nurse, world, "10:30", patient=1)
    rejected = act(doctor, other, "reject", {"reason": "not_free"})
    assert (rejected.json()["status"], rejected.json()["cancel_reason"]) == ("rejected", "not_free")
    assert code_of(act(doctor, other, "reject", {"reason": "busy"}), 422)


def test_who_arranges_learns_of_nobody_they_have_no_right_to(
    nurse: TestClient, client: Any, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        unit.session.merge(world.service).accept_mode = "coordinator"
        house = get_facility(unit.session, world.doctors[0].here)
        member = make_member(unit.session, house, role=Role.COORDINATOR, name="Sen")
    lead = client(member)
    first, second = book(nurse, world), book(nurse, world, "10:30", patient=1)
    doctor = {"doctor_membership_id": str(world.doctors[1].ref)}
    accepted = act(lead, first, "accept")
    answers = [
        accepted,
        act(lead, accepted, "reassign", doctor),
        act(lead, second, "reject", {"reason": "not_free"}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert (answer.json()["patient_id"], answer.json()["visit_id"]) == (None, None)
    assert first.json()["patient_id"] == str(world.patients[0])


def test_an_absence_is_taken_back_and_a_break_off_booked_again(
    nurse: TestClient, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    first, second = book(nurse, world), book(nurse, world, "09:50", patient=1)
    clock.set(at("10:05"))
    with database.write() as unit:
        doctor, now = world.doctors[0], unit.now
        absent = service.note_absence(
            unit.session, world.nurse, UUID(first.json()["id"]), party=AbsentParty.NETWORK, now=now
        )
        service.start(unit.session, doctor, UUID(second.json()["id"]), now=now)
        broken = service.abort(
            unit.session, doctor, UUID(second.json()["id"]), reason=AbortReason.DEVICE, now=now
        )
        versions = absent.version, broken.version
    back = act(nurse, first, "undo-no-show", **{"If-Match": f'"{versions[0]}"'})
    assert (back.status_code, back.json()["status"]) == (200, "checked_in")
    key = str(new_id())
    again = act(nurse, second, "rebook", key=key, **{"If-Match": f'"{versions[1]}"'})
    assert (again.status_code, again.json()["replaces_id"]) == (201, second.json()["id"])
    repeated = act(nurse, second, "rebook", key=key, **{"If-Match": f'"{versions[1]}"'})
    assert repeated.json() == again.json()


def test_a_coordinator_books_past_the_rules(
    nurse: TestClient, client: Any, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        station = get_facility(unit.session, world.nurse.here)
        member = make_member(unit.session, station, role=Role.COORDINATOR)
    coordinator = client(member)
    body = hold_body(world, "12:10")
    del body["form_id"]
    body["reason"] = "urgent_need"
    headers = {"Idempotency-Key": str(new_id())}
    booked = coordinator.post("/api/v1/overrides", json=body, headers=headers)
    assert (booked.status_code, booked.json()["status"], booked.headers["etag"]) == (201, "booked", '"1"')
    assert coordinator.post("/api/v1/overrides", json=body, headers=headers).json() == booked.json()
    refused = nurse.post("/api/v1/overrides", json=body, headers={"Idempotency-Key": "n"})
    assert code_of(refused, 403) == "not-allowed"
    moved = act(
        coordinator, booked, "override", {"starts_at": at("18:00").isoformat(), "reason": "doctor_agreed"}
    )
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
