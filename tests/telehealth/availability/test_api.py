"""Hours over the API: read, previewed, changed on the version one has read; why there is no slot."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from telehealth import wiring
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_service_type, ensure_resource
from telehealth.facilities.models import Facility
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.staff.rules import Role
from tests.support.app import api_client, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.pools import make_pool
from tests.support.world import make_member, make_token

HOURS = "/api/v1/hours"


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, visits=1)
        world.book(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0].pop())
        return world


@pytest.fixture
def resource(database: Database, world: BookingWorld) -> str:
    with database.write() as unit:
        return str(ensure_resource(unit.session, ResourceKind.DOCTOR, world.doctors[0].ref).id)


class Api:
    """The API as whoever is named."""

    def __init__(self, database: Database, folder: Path, clock: FixedClock) -> None:
        self.database, self.app = database, build_app(database, folder, clock)

    def of(self, actor: Actor) -> TestClient:
        with self.database.write() as unit:
            return api_client(self.app, make_token(unit.session, actor, now=unit.now))  # type: ignore[arg-type]


@pytest.fixture
def api(database: Database, tmp_path: Path, clock: FixedClock, world: BookingWorld) -> Api:
    return Api(database, tmp_path, clock)


def leave(resource: str, **values: Any) -> dict[str, Any]:
    return {
        "change": "add_exception",
        "resource_id": resource,
        "kind": "closed",
        "starts_at": at("09:00").isoformat(),
        "ends_at": at("10:00").isoformat(),
        "reason": "leave",
        **values,
    }


def test_a_change_is_previewed_made_and_taken_back(api: Api, world: BookingWorld, resource: str) -> None:
    doctor, nurse = api.of(world.doctors[0]), api.of(world.nurse)
    shown = doctor.post(f"{HOURS}/preview", json=leave(resource))
    assert [row["starts_at"][:16] for row in shown.json()] == ["2026-11-23T02:30"]
    listed = "/api/v1/appointments?support=unsupported"
    assert nurse.get(listed).json()["appointments"] == []
    made = doctor.post(f"{HOURS}/changes", json=leave(resource))
    assert made.status_code == 200, made.text
    assert len(nurse.get(listed).json()["appointments"]) == 1
    row = made.json()["exceptions"][0]
    back = {"change": "withdraw_exception", "resource_id": resource, "exception_id": row["id"]}
    assert doctor.post(f"{HOURS}/changes", json=back).json()["code"] == "if-match-needed"
    stale = doctor.post(f"{HOURS}/changes", json=back, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    done = doctor.post(f"{HOURS}/changes", json=back, headers={"If-Match": '"1"'})
    assert done.json()["exceptions"] == []
    assert nurse.get(listed).json()["appointments"] == []


def test_a_week_is_replaced_on_the_version_that_was_read(
    api: Api, world: BookingWorld, resource: str
) -> None:
    doctor = api.of(world.doctors[0])
    sheet = doctor.get(f"{HOURS}/resources/{resource}")
    week = {
        "change": "new_week",
        "resource_id": resource,
        "valid_from": "2026-11-30",
        "days": [[[450, 690]], [], [], [], [], [], []],
    }
    tag = {"If-Match": sheet.headers["etag"]}
    made = doctor.post(f"{HOURS}/changes", json=week, headers=tag)
    assert made.status_code == 200, made.text
    assert [row["valid_to"] for row in made.json()["weekly"]].count("2026-11-30") == 14
    assert doctor.post(f"{HOURS}/changes", json=week, headers=tag).status_code == 412
    closing = {
        "change": "close_hours",
        "resource_id": resource,
        "row_id": next(row["id"] for row in made.json()["weekly"] if row["valid_to"] is None),
        "valid_to": "2027-01-01",
    }
    closed = doctor.post(f"{HOURS}/changes", json=closing, headers={"If-Match": '"1"'})
    assert all(row["valid_to"] for row in closed.json()["weekly"])


def test_hours_of_one_service_are_written_and_searched(
    api: Api, database: Database, world: BookingWorld, resource: str
) -> None:
    with database.write() as unit:
        other = str(add_service_type(unit.session, "hoi_chan", min_notice_minutes=10).id)
    doctor, nurse = api.of(world.doctors[0]), api.of(world.nurse)

    def times(service: str) -> set[str]:
        path = f"/api/v1/slots?doctor={world.doctors[0].ref}&first=2026-11-23&last=2026-11-23&limit=100"
        found = nurse.get(f"{path}&service={service}").json()["slots"]
        return {row["starts_at"][11:16] for row in found}  # in UTC: 11:00 is 18:00 here

    evening = {
        "change": "add_hours",
        "resource_id": resource,
        "weekday": 0,
        "start_minute": 1080,
        "end_minute": 1140,
        "valid_from": "2026-11-23",
        "service_type_id": other,
    }
    assert "11:00" not in times("standard") | times("hoi_chan")
    made = doctor.post(f"{HOURS}/changes", json=evening)
    assert made.status_code == 200, made.text
    rows = [row for row in made.json()["weekly"] if row["start_minute"] == 1080]
    assert [row["service_type_id"] for row in rows] == [other]
    late = {each for each in times("standard") if each >= "11"}
    assert (late, "11:00" in times("hoi_chan")) == (set(), True)

    times_kept = {"starts_at": at("14:00").isoformat(), "ends_at": at("15:00").isoformat()}
    kept = leave(resource, kind="service_only", service_type_id=other, **times_kept)
    made = doctor.post(f"{HOURS}/changes", json=kept)
    assert made.status_code == 200, made.text
    assert made.json()["exceptions"][0]["service_type_id"] == other
    assert {"07:00", "07:20"} <= times("hoi_chan")
    assert not {"07:10", "07:30"} & times("standard")

    week = {"change": "new_week", "resource_id": resource, "valid_from": "2026-11-23"}
    body = {**week, "days": [[]] * 7, "service_type_id": other}
    ended = doctor.post(f"{HOURS}/changes", json=body, headers={"If-Match": made.headers["etag"]})
    assert ended.status_code == 200, ended.text
    assert "11:00" not in times("hoi_chan")
    assert "02:10" in times("standard")
    for change in (evening, kept):
        refused = doctor.post(f"{HOURS}/changes", json={**change, "service_type_id": str(new_id())})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad-hours")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"ends_at": "2026-11-22T00:00:00Z"}, "hours-in-past"),
        ({"kind": "service_only"}, "bad-hours"),
        ({"reason": "vì ông bà ốm"}, "invalid-input"),
        ({"facility_id": "01a223e2-0507-7e44-86dc-1af169897af6"}, "invalid-input"),
        ({"room": 3}, "invalid-input"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    api: Api, world: BookingWorld, resource: str, values: dict[str, Any], code: str
) -> None:
    doctor = api.of(world.doctors[0])
    refused = doctor.post(f"{HOURS}/changes", json=leave(resource, **values))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert doctor.get(f"{HOURS}/resources/{resource}").json()["exceptions"] == []


def test_a_manager_opens_and_closes_the_house(api: Api, database: Database, world: BookingWorld) -> None:
    with database.write() as unit:
        house = unit.session.get_one(Facility, world.doctors[0].here)
        actor = make_member(unit.session, house, role=Role.MANAGER)
    manager = api.of(actor)
    hours = {
        "change": "add_hours",
        "facility_id": str(actor.here),
        "weekday": 0,
        "start_minute": 480,
        "end_minute": 900,
        "valid_from": "2026-11-23",
    }
    assert manager.post(f"{HOURS}/changes", json=hours).status_code == 200
    assert len(manager.get(f"{HOURS}/opening").json()["weekly"]) == 1
    assert manager.get("/api/v1/national-days?year=2026").json() == []
    for year in (-1, 2**31):
        assert manager.get(f"/api/v1/national-days?year={year}").status_code == 422
    terms = {"change": "set_terms", "facility_id": str(actor.here), "daily_max": 4}
    refused = manager.post(f"{HOURS}/changes", json=terms, headers={"If-Match": '"1"'})
    assert refused.json()["code"] == "resource-not-found"


def test_explain_says_why_with_numbers(api: Api, world: BookingWorld, resource: str) -> None:
    nurse = api.of(world.nurse)
    api.of(world.doctors[0]).post(f"{HOURS}/changes", json=leave(resource))
    query = f"doctor={world.doctors[0].ref}&first=2026-11-23&last=2026-11-23"
    (answer,) = nurse.get(f"/api/v1/slots/explain?{query}&language=tyz&specialty=surgery").json()
    assert answer["unfit"] == ["other_specialty", "other_language"]
    (day,) = answer["days"]
    causes = {cause["why"]: cause["starts"] for cause in day["causes"]}
    assert (causes["on_leave"], causes["too_soon"], day["free"] > 0) == (4, 2, True)
    everybody = nurse.get("/api/v1/slots/explain?first=2026-11-23&last=2026-11-24").json()
    assert {len(each["days"]) for each in everybody} == {2}


def test_explain_answers_for_the_pool_and_the_language_that_were_asked_for(
    api: Api, database: Database, world: BookingWorld
) -> None:
    with database.write() as unit:
        pool = make_pool(unit.session, world, (0,))
    nurse = api.of(world.nurse)
    answers = nurse.get(f"/api/v1/slots/explain?pool={pool.id}").json()
    assert [each["unfit"] for each in answers] == [[], ["not_in_pool"]]
    spoken = nurse.get(f"/api/v1/slots/explain?pool={pool.id}&language=tyz").json()
    assert [each["unfit"] for each in spoken] == [["other_language"], ["other_language", "not_in_pool"]]
    assert {len(each["days"]) for each in spoken} == {0}


REMINDERS = "/api/v1/service-types/standard/reminders"


def test_a_services_own_reminders_are_set_on_the_version_one_has_read(api: Api, world: BookingWorld) -> None:
    with api.database.write() as unit:
        coordinator, nurse = make_member(unit.session, role=Role.COORDINATOR), world.nurse
    client = api.of(coordinator)
    [listed] = client.get("/api/v1/service-types").json()
    assert (listed["reminder_minutes"], listed["version"]) == (None, 1)
    body = {"minutes": [120, 2880, 120]}
    assert client.put(REMINDERS, json=body).json()["code"] == "if-match-needed"
    assert client.put(REMINDERS, json=body, headers={"If-Match": '"7"'}).json()["code"] == "stale-version"
    made = client.put(REMINDERS, json=body, headers={"If-Match": '"1"'})
    assert (made.status_code, made.headers["ETag"]) == (200, '"2"')
    assert made.json()["reminder_minutes"] == [2880, 120]
    for wrong in ([5], [20_000], [60, 61, 62, 63, 64], "24h", [1.5]):
        refused = client.put(REMINDERS, json={"minutes": wrong}, headers={"If-Match": '"2"'})
        assert refused.status_code == 422, wrong
    unknown = REMINDERS.replace("standard", "nothing")
    assert client.put(unknown, json=body, headers={"If-Match": '"1"'}).json()["code"] == "service-not-found"
    assert api.of(nurse).put(REMINDERS, json=body, headers={"If-Match": '"2"'}).status_code == 403
    back = client.put(REMINDERS, json={"minutes": None}, headers={"If-Match": '"2"'})
    assert back.json()["reminder_minutes"] is None
