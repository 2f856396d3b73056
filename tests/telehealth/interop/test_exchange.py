"""Appointments and free slots as FHIR R4: what each state is there, pages, scope, and nothing of why."""

from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from telehealth.interop import resources
from telehealth.interop.exchanging import read_dates
from telehealth.kit.db import Database
from telehealth.kit.errors import InvalidError
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason
from telehealth.scheduling.states import AppointmentState
from tests.support.app import api_client, build_app
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_token

BASE = "/api/v1/fhir"
STATUSES = "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist"
"""http://hl7.org/fhir/R4/valueset-appointmentstatus.html"""


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=2, patients=3, seats=3, visits=1)


@pytest.fixture
def nurse(world: BookingWorld, database: Database, tmp_path: Path, clock: FixedClock) -> TestClient:
    with database.write() as unit:
        token = make_token(unit.session, world.nurse, now=unit.now)
    return api_client(build_app(database, tmp_path, clock), token)


def book(database: Database, world: BookingWorld, wall: str, patient: int = 0) -> Appointment:
    with database.write() as unit:
        visit = world.visits[patient][0]
        return world.book(unit.session, at(wall), now=unit.now, patient=patient, visit_id=visit)


def test_every_state_is_one_of_the_code_system() -> None:
    assert set(resources.STATUS) == set(AppointmentState)
    assert set(resources.STATUS.values()) <= set(STATUSES.split())


def test_an_appointment_is_read_with_its_version_and_without_its_reason(
    nurse: TestClient, database: Database, world: BookingWorld
) -> None:
    row = book(database, world, "09:30")
    answer = nurse.get(f"{BASE}/Appointment/{row.id}")
    found = answer.json()
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["etag"] == f'"{found["meta"]["versionId"]}"' == '"2"'
    assert (found["status"], found["start"], found["minutesDuration"]) == (
        "booked",
        "2026-11-23T02:30:00+00:00",
        20,
    )
    whom = {each["actor"]["type"]: each["actor"]["identifier"]["value"] for each in found["participant"]}
    assert whom["Patient"] == f"urn:uuid:{world.patients[0]}"
    assert whom["PractitionerRole"] == f"urn:uuid:{world.doctors[0].ref}"
    assert "cancelationReason" not in found
    with database.write() as unit:
        reason = CancelReason.PATIENT_ASKED
        service.cancel(unit.session, world.nurse, row.id, reason=reason, version=None, now=unit.now)
    found = nurse.get(f"{BASE}/Appointment/{row.id}").json()
    assert (found["status"], found["cancelationReason"]) == ("cancelled", {"text": "patient_asked"})


def test_lists_go_page_by_page_and_only_through_what_is_in_scope(
    nurse: TestClient, database: Database, world: BookingWorld, tmp_path: Path, clock: FixedClock
) -> None:
    booked = [str(book(database, world, wall, n).id) for n, wall in enumerate(("09:30", "10:30", "13:30"))]
    page = nurse.get(
        f"{BASE}/Appointment", params={"date": ["ge2026-11-23", "lt2026-11-24"], "_count": 2}
    ).json()
    assert (page["resourceType"], page["type"]) == ("Bundle", "searchset")
    links = {each["relation"]: each["url"] for each in page["link"]}
    further = nurse.get(f"{BASE}/Appointment?{urlsplit(links['next']).query}").json()
    entries = [*page["entry"], *further["entry"]]
    assert [each["resource"]["id"] for each in entries] == booked
    assert [each["relation"] for each in further["link"]] == ["self"]
    assert "entry" not in nurse.get(f"{BASE}/Appointment?date=gt2026-11-23").json()
    with database.write() as unit:
        token = make_token(unit.session, make_member(unit.session), now=unit.now)
    stranger = api_client(build_app(database, tmp_path, clock), token)
    assert "entry" not in stranger.get(f"{BASE}/Appointment").json()
    assert stranger.get(f"{BASE}/Appointment/{booked[0]}").status_code == 404


def test_free_slots_are_those_of_the_search(nurse: TestClient) -> None:
    query = "first=2026-11-23&last=2026-11-23&limit=3"
    page = nurse.get(f"{BASE}/Slot?{query}").json()
    slots = nurse.get(f"/api/v1/slots?{query}").json()["slots"]
    entries = [each["resource"] for each in page["entry"]]
    assert [each["schedule"]["identifier"]["value"] for each in entries] == [
        f"urn:uuid:{each['doctor_membership_id']}" for each in slots
    ]
    assert {each["status"] for each in entries} == {"free"}
    assert len({each["id"] for each in entries}) == 3
    following = urlsplit(page["link"][1]["url"]).query
    assert nurse.get(f"{BASE}/Slot?{following}").json()["entry"][0]["resource"]["id"] not in {
        each["id"] for each in entries
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], (0, 7)),
        (["2026-11-25"], (2, 2)),
        (["ge2026-11-25"], (2, 9)),
        (["gt2026-11-25", "le2026-11-27"], (3, 4)),
        (["lt2026-11-27"], (0, 3)),
        (["le2026-11-20"], (-3, -3)),
    ],
)
def test_prefixed_dates_are_local_days(given: list[str], expected: tuple[int, int]) -> None:
    days = tuple(TODAY + timedelta(days=each) for each in expected)
    assert read_dates(given, TODAY) == days


@pytest.mark.parametrize(
    "given",
    [
        ["today"],
        ["ge2026-02-30"],
        ["sa2026-11-25"],
        ["ge9999-12-31"],
        ["ge2026-11-25", "lt2026-11-25"],
        ["ge2026-11-01", "le2027-11-01"],
    ],
)
def test_what_is_no_span_of_days_is_refused(given: list[str]) -> None:
    with pytest.raises(InvalidError, match="bad-window"):
        read_dates(given, date(2026, 11, 23))
