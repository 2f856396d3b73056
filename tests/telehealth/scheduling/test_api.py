"""Booking over the API: once per key, only on the version one has read, refusals that help."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text
from sqlmodel import select

from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling import jobs
from telehealth.scheduling.models import Appointment, IdempotencyKey
from tests.support.app import api_client, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import SINCE, make_doctor, make_facility, make_integration, make_member, make_token

PROBLEMS = "https://telehealth-xa.example/problems/"


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=2, patients=3, seats=2, visits=4)


@pytest.fixture
def nurse(database: Database, world: BookingWorld, tmp_path: Path, clock: FixedClock) -> TestClient:
    with database.write() as unit:
        token = make_token(unit.session, world.nurse, now=unit.now)
    return api_client(build_app(database, tmp_path, clock), token)


def hold_body(world: BookingWorld, wall: str = "09:30", *, patient: int = 0, **values: Any) -> dict[str, Any]:
    return {
        "form_id": str(new_id()),
        "visit_id": str(world.visits[patient].pop()),
        "patient_id": str(world.patients[patient]),
        "doctor_membership_id": str(world.doctors[0].ref),
        "starts_at": at(wall).isoformat(),
        "consult_kind": "remote_exam",
        **values,
    }


def post_hold(client: TestClient, body: dict[str, Any], key: str | None = None) -> Response:
    headers = {"Idempotency-Key": key or str(new_id())}
    return client.post("/api/v1/holds", json=body, headers=headers)


def confirm(client: TestClient, held: Response, *, key: str | None = None, **headers: str) -> Response:
    sent = {"Idempotency-Key": key or str(new_id()), "If-Match": held.headers["etag"], **headers}
    return client.post(f"/api/v1/holds/{held.json()['id']}/confirm", json={}, headers=sent)


def code_of(response: Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == PROBLEMS + problem["code"]
    assert problem["detail"]
    return str(problem["code"])


def test_slots_are_searched_at_several_levels(
    nurse: TestClient, database: Database, world: BookingWorld
) -> None:
    with database.write() as unit:
        session = unit.session
        province = make_facility(session, name="BVĐK tỉnh", level="specialised", tier="province")
        near = make_doctor(session, province, name="Mai Thị Lan")
        resource = ensure_resource(session, ResourceKind.DOCTOR, near.ref, facility_id=province.id)
        add_weekly_hours(session, resource, range(7), ("07:30", "09:30"), valid_from=SINCE)

    def doctors(*tiers: str) -> set[str]:
        asked = {"tier": list(tiers), "last": "2026-11-23", "limit": 100}
        found = nurse.get("/api/v1/slots", params=asked).json()["slots"]
        return {slot["doctor_membership_id"] for slot in found}

    central = {str(doctor.ref) for doctor in world.doctors}
    assert doctors("central") == central
    assert doctors("province") == {str(near.ref)}
    assert doctors("province", "central") == {str(near.ref), *central}
    assert doctors("commune", "regional") == set()


def test_slots_are_found_page_by_page(nurse: TestClient, world: BookingWorld) -> None:
    first = nurse.get("/api/v1/slots", params={"limit": 2, "specialty": "internal"}).json()
    assert [slot["starts_at"] for slot in first["slots"]] == ["2026-11-23T01:10:00Z"] * 2
    second = nurse.get(
        "/api/v1/slots", params={"limit": 2, "specialty": "internal", "cursor": first["next_cursor"]}
    ).json()
    assert [slot["starts_at"] for slot in second["slots"]] == ["2026-11-23T01:30:00Z"] * 2
    last = nurse.get("/api/v1/slots", params={"last": "2026-11-23", "limit": 100}).json()
    assert (last["next_cursor"], last["next_from"]) == (None, "2026-11-24")
    assert [service["code"] for service in nurse.get("/api/v1/service-types").json()] == ["standard"]


@pytest.mark.parametrize(("last", "following"), [("2026-12-23", "2026-12-24"), ("2026-12-24", None)])
def test_windows_end_where_nothing_is_booked_any_more(
    nurse: TestClient, last: str, following: str | None
) -> None:
    """Thirty-one days ahead: whoever goes on from window to window comes to an end."""
    window = {"first": last, "last": last, "limit": 100}
    found = nurse.get("/api/v1/slots", params=window).json()
    assert found["slots"]
    assert (found["next_cursor"], found["next_from"]) == (None, following)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 101},
        {"first": "yesterday"},
        {"cursor": "x"},
        {"cursor": "99999999999999999-" + "0" * 32},
        {"first": "2026-11-24", "last": "2026-11-23"},
        {"last": "2027-11-23"},
        {"first": "9999-12-31"},
        {"first": "0001-01-01"},
        {"part": "night"},
        {"surprise": "1"},
    ],
    ids=str,
)
def test_a_bad_search_is_refused_in_words(nurse: TestClient, params: dict[str, str]) -> None:
    assert code_of(nurse.get("/api/v1/slots", params=params), 422)


def test_hold_then_confirm(nurse: TestClient, world: BookingWorld) -> None:
    held = post_hold(nurse, hold_body(world))
    assert (held.status_code, held.json()["status"], held.headers["etag"]) == (201, "held", '"1"')
    booked = confirm(nurse, held)
    assert (booked.status_code, booked.json()["status"], booked.headers["etag"]) == (200, "booked", '"2"')
    read = nurse.get(f"/api/v1/appointments/{held.json()['id']}")
    assert (read.json(), read.headers["etag"]) == (booked.json(), '"2"')


def test_the_same_request_sent_again_has_one_effect_and_one_answer(
    nurse: TestClient, world: BookingWorld, database: Database
) -> None:
    body, key = hold_body(world), str(new_id())
    first, again = post_hold(nurse, body, key), post_hold(nurse, body, key)
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"1"')
    key = str(new_id())
    booked = confirm(nurse, first, key=key)
    assert confirm(nurse, first, key=key).json() == booked.json()
    with database.read() as unit:
        assert len(unit.session.exec(select(Appointment)).all()) == 1
        assert len(unit.session.exec(select(IdempotencyKey)).all()) == 2


def test_a_key_is_needed_and_belongs_to_one_request(nurse: TestClient, world: BookingWorld) -> None:
    assert code_of(nurse.post("/api/v1/holds", json=hold_body(world)), 400) == "idempotency-key-needed"
    key = str(new_id())
    post_hold(nurse, hold_body(world), key)
    other = post_hold(nurse, hold_body(world, "10:10", patient=1), key)
    assert code_of(other, 422) == "idempotency-key-reused"


def test_a_refused_request_keeps_no_key(nurse: TestClient, world: BookingWorld) -> None:
    key = str(new_id())
    assert code_of(post_hold(nurse, hold_body(world, "12:00"), key), 422) == "outside-availability"
    assert post_hold(nurse, hold_body(world, "09:30"), key).status_code == 201


@pytest.mark.databases("postgresql")  # SQLite's one writer never has two requests at work
def test_a_request_being_worked_on_is_not_begun_twice(
    nurse: TestClient, world: BookingWorld, database: Database
) -> None:
    body, key = hold_body(world), str(new_id())
    lock = text(
        "SELECT pg_advisory_xact_lock(('x' || substr(encode(sha256(:k), 'hex'), 1, 16))::bit(64)::bigint)"
    )
    with database.writer.begin() as elsewhere:
        elsewhere.execute(lock, {"k": f"{world.nurse.ref}|{key}".encode()})
        assert code_of(post_hold(nurse, body, key), 409) == "request-in-progress"
    assert post_hold(nurse, body, key).status_code == 201


def test_a_taken_slot_names_the_next_three(nurse: TestClient, world: BookingWorld) -> None:
    confirm(nurse, post_hold(nurse, hold_body(world)))
    taken = post_hold(nurse, hold_body(world, patient=1, specialty="internal"))
    assert code_of(taken, 409) == "slot-taken"
    offered = taken.json()["facts"]["alternatives"]
    assert [slot["starts_at"] for slot in offered] == [
        "2026-11-23T02:30:00+00:00",
        "2026-11-23T02:50:00+00:00",
        "2026-11-23T02:50:00+00:00",
    ]
    body = hold_body(world, patient=1) | offered[0]
    del body["ends_at"]
    assert post_hold(nurse, body).status_code == 201


def test_an_expired_hold_cannot_be_confirmed(
    nurse: TestClient, world: BookingWorld, clock: FixedClock
) -> None:
    held = post_hold(nurse, hold_body(world))
    clock.advance(minutes=5)
    assert code_of(confirm(nurse, held), 409) == "hold-expired"


def test_changes_name_the_version_they_are_meant_for(nurse: TestClient, world: BookingWorld) -> None:
    held = post_hold(nurse, hold_body(world))
    path = f"/api/v1/appointments/{held.json()['id']}"
    confirm(nurse, held)
    body = {"reason": "patient_asked"}
    assert code_of(nurse.post(f"{path}/cancel", json=body), 428) == "if-match-needed"
    old = nurse.post(f"{path}/cancel", json=body, headers={"If-Match": '"1"'})
    assert code_of(old, 412) == "stale-version"
    now = nurse.post(f"{path}/cancel", json=body, headers={"If-Match": '"2"'})
    assert (now.status_code, now.json()["status"], now.headers["etag"]) == (200, "cancelled", '"3"')
    again = nurse.post(f"{path}/cancel", json=body, headers={"If-Match": '"3"'})
    assert code_of(again, 409) == "invalid-transition"


def test_the_whole_day_over_the_api(
    nurse: TestClient, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    held = post_hold(nurse, hold_body(world))
    path = f"/api/v1/appointments/{held.json()['id']}"
    etag = confirm(nurse, held).headers["etag"]
    for act, status in (("check-in", "checked_in"), ("start", "in_progress"), ("complete", "fulfilled")):
        done = nurse.post(f"{path}/{act}", headers={"If-Match": etag})
        assert (done.status_code, done.json()["status"]) == (200, status)
        etag = done.headers["etag"]
    second = confirm(nurse, post_hold(nurse, hold_body(world, "10:10", patient=1)))
    clock.set(at("10:20"))
    absent = nurse.post(
        f"/api/v1/appointments/{second.json()['id']}/no-show",
        json={"party": "patient"},
        headers={"If-Match": second.headers["etag"]},
    )
    assert absent.json()["no_show_party"] == "patient"
    third = confirm(nurse, post_hold(nurse, hold_body(world, "10:50", patient=2)))
    third_path = f"/api/v1/appointments/{third.json()['id']}"
    running = nurse.post(f"{third_path}/start", headers={"If-Match": third.headers["etag"]})
    broken = nurse.post(
        f"{third_path}/abort", json={"reason": "power"}, headers={"If-Match": running.headers["etag"]}
    )
    assert broken.json()["cancel_reason"] == "power"


def test_a_hold_is_given_back(nurse: TestClient, world: BookingWorld) -> None:
    held = post_hold(nurse, hold_body(world))
    path = f"/api/v1/holds/{held.json()['id']}/release"
    released = nurse.post(path, headers={"If-Match": held.headers["etag"]})
    assert (released.json()["status"], released.json()["cancel_reason"]) == ("cancelled", "released")


def test_appointments_are_listed_page_by_page(nurse: TestClient, world: BookingWorld) -> None:
    for wall, patient in (("09:30", 0), ("10:10", 1), ("10:50", 2)):
        confirm(nurse, post_hold(nurse, hold_body(world, wall, patient=patient)))
    first = nurse.get("/api/v1/appointments", params={"limit": 2}).json()
    rest = nurse.get("/api/v1/appointments", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    times = [row["starts_at"] for row in first["appointments"] + rest["appointments"]]
    assert times == ["2026-11-23T02:30:00Z", "2026-11-23T03:10:00Z", "2026-11-23T03:50:00Z"]
    assert rest["next_cursor"] is None
    none = nurse.get("/api/v1/appointments", params={"status": "cancelled"}).json()
    assert none["appointments"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_at": "2026-11-23T09:30:00"},
        {"starts_at": "soon"},
        {"form_id": 7},
        {"priority": "asap"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_bad_bodies_are_refused_with_pointers(
    nurse: TestClient, world: BookingWorld, wrong: dict[str, Any]
) -> None:
    refused = post_hold(nurse, hold_body(world) | wrong)
    assert code_of(refused, 422) == "invalid-input"
    assert refused.json()["errors"][0]["pointer"] == "/" + next(iter(wrong))


def test_strangers_see_nothing(
    nurse: TestClient, world: BookingWorld, database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    held = post_hold(nurse, hold_body(world))
    with database.write() as unit:
        station = make_facility(unit.session, name="Trạm Y tế xã Sin Suối Hồ")
        stranger = make_token(unit.session, make_member(unit.session, station), now=unit.now)
        program = make_integration(unit.session, station, "slot.find")
        limited = make_token(unit.session, program, now=unit.now)
    app = build_app(database, tmp_path, clock)
    other = api_client(app, stranger)
    assert code_of(other.get(f"/api/v1/appointments/{held.json()['id']}"), 404) == "appointment-not-found"
    assert code_of(other.get(f"/api/v1/appointments/{new_id()}"), 404) == "appointment-not-found"
    assert code_of(confirm(other, held), 404) == "appointment-not-found"
    assert code_of(post_hold(other, hold_body(world, "10:10")), 404) == "patient-not-found"
    searched = other.get("/api/v1/slots", params={"patient": str(world.patients[0])})
    assert code_of(searched, 404) == "patient-not-found"
    integration = api_client(app, limited)
    assert integration.get("/api/v1/slots").status_code == 200
    assert code_of(post_hold(integration, hold_body(world)), 403) == "not-allowed"
    assert code_of(api_client(app, "nobody").get("/api/v1/slots"), 401) == "not-signed-in"


def test_old_answers_are_forgotten(
    nurse: TestClient, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    body, key = hold_body(world), str(new_id())
    post_hold(nurse, body, key)
    clock.advance(hours=25)
    assert jobs.sweep(database) == 1
    with database.read() as unit:
        assert unit.session.exec(select(IdempotencyKey)).all() == []
