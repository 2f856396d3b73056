"""Calendars over the API, and what of a patient gets into them: nothing."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.facilities.models import Facility
from telehealth.interop import service
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.patients.models import Patient
from telehealth.scheduling.models import Appointment
from telehealth.visits.models import Visit, VisitSection
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_integration, make_member, make_specialty, make_token
from tests.telehealth.interop.addresses import BASE
from tests.telehealth.interop.calendars import events_of, parse
from tests.telehealth.interop.conftest import Place

FEEDS = "/api/v1/calendar-feeds"


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


def client(app: FastAPI, database: Database, actor: Actor) -> TestClient:
    with database.write() as unit:
        return api_client(app, make_token(unit.session, actor, now=unit.now))  # type: ignore[arg-type]


@pytest.fixture
def booked(database: Database, place: Place) -> Appointment:
    with database.write() as unit:
        return place.book(unit.session, "09:10", now=unit.now)


@pytest.mark.parametrize("who", ["nurse", "doctor", "coordinator"])
def test_an_appointment_is_a_file_for_whoever_may_read_it(
    app: FastAPI, database: Database, place: Place, booked: Appointment, who: str
) -> None:
    actor = place.booking.nurse if who == "nurse" else getattr(place, who)
    answer = client(app, database, actor).get(f"/api/v1/appointments/{booked.id}/calendar")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8; method=REQUEST"
    (event,) = events_of(answer.content)
    assert (str(event["uid"]), int(event["sequence"])) == (booked.ical_uid, 0)
    with database.read() as unit:
        reads = select(AuditEntry).where(AuditEntry.action == "appointment.read")
        assert [(row.actor_ref, row.subject_id) for row in unit.session.exec(reads)] == [
            (actor.ref, booked.id)
        ]


def test_once_called_off_it_is_a_file_that_takes_away(
    app: FastAPI, database: Database, place: Place, booked: Appointment
) -> None:
    with database.write() as unit:
        place.cancel(unit.session, booked, now=unit.now)
    answer = client(app, database, place.booking.nurse).get(f"/api/v1/appointments/{booked.id}/calendar")
    assert answer.headers["content-type"].endswith("method=CANCEL")
    assert str(parse(answer.content)["method"]) == "CANCEL"
    (event,) = events_of(answer.content)
    assert (str(event["uid"]), int(event["sequence"])) == (booked.ical_uid, 1)


def test_a_hold_is_no_file_and_out_of_scope_is_not_there(
    app: FastAPI, database: Database, place: Place, booked: Appointment
) -> None:
    with database.write() as unit:
        held = place.hold(unit.session, "10:30", now=unit.now, patient=1)
        stranger = make_member(unit.session)
    nurse = client(app, database, place.booking.nurse)
    refused = nurse.get(f"/api/v1/appointments/{held.id}/calendar")
    assert (refused.status_code, refused.json()["code"]) == (409, "appointment-not-agreed")
    outside = client(app, database, stranger)
    for unseen in (booked.id, new_id()):
        answer = outside.get(f"/api/v1/appointments/{unseen}/calendar")
        assert (answer.status_code, answer.json()["code"]) == (404, "appointment-not-found")


def test_addresses_are_made_listed_and_revoked(app: FastAPI, database: Database, place: Place) -> None:
    doctor = client(app, database, place.doctor)
    made = doctor.post(FEEDS)
    assert made.status_code == 201
    address = made.json()["url"]
    assert address.startswith("http://127.0.0.1:8000/calendar/")
    (listed,) = doctor.get(FEEDS).json()
    assert listed == {key: value for key, value in made.json().items() if key != "url"}
    assert (listed["owner_kind"], listed["owner_id"]) == ("membership", str(place.doctor.ref))
    assert (listed["is_live"], listed["last_read_at"]) == (True, None)
    program = TestClient(app, base_url="http://127.0.0.1:8000")
    assert program.get(address).status_code == 200
    assert doctor.get(FEEDS).json()[0]["last_read_at"] == "2026-11-23T01:00:00Z"
    assert [doctor.delete(f"{FEEDS}/{listed['id']}").status_code for _ in range(2)] == [204, 204]
    assert doctor.get(FEEDS).json() == []
    assert program.get(address).status_code == 404


def test_a_facilitys_addresses_are_not_the_doctors(app: FastAPI, database: Database, place: Place) -> None:
    made = client(app, database, place.coordinator).post(FEEDS).json()
    assert (made["owner_kind"], made["owner_id"]) == ("facility", str(place.coordinator.here))
    doctor = client(app, database, place.doctor)
    assert doctor.get(FEEDS).json() == []
    assert doctor.delete(f"{FEEDS}/{made['id']}").status_code == 404
    assert client(app, database, place.manager).delete(f"{FEEDS}/{made['id']}").status_code == 204


def test_programs_and_nurses_make_none(app: FastAPI, database: Database, place: Place) -> None:
    with database.write() as unit:
        station = unit.session.get_one(Facility, place.booking.nurse.here)
        program = make_integration(unit.session, station, "calendar.manage", "appointment.read")
    for actor in (program, place.booking.nurse):
        assert client(app, database, actor).post(FEEDS).status_code == 403


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=80)


@given(name=TEXTS, reason=TEXTS, specialty=TEXTS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_nothing_of_the_patient_makes_any_difference(
    database: Database, place: Place, booked: Appointment, name: str, reason: str, specialty: str
) -> None:
    """Not one byte depends on who the patient is, where they are, or why they come."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        _, token = service.create_feed(session, place.doctor, now=now)

        def seen() -> tuple[bytes, bytes]:
            feed = service.read_feed(session, token, base_url=BASE, now=now).printed()
            return feed, service.read_invite(session, place.doctor, booked.id, base_url=BASE, now=now).body

        before = seen()
        patient = session.get_one(Patient, booked.patient_id)
        patient.full_name = patient.folded_name = patient.sort_key = patient.mrn = name
        visit = session.get_one(Visit, booked.visit_id)
        visit.specialty_code = make_specialty(session, specialty, specialty).code
        for section in session.exec(select(VisitSection).where(VisitSection.visit_id == visit.id)):
            section.text = reason
        row = session.get_one(Appointment, booked.id)
        row.consult_kind, row.priority, row.patient_place = "facility_support", "emergency", "home"
        session.flush()
        assert seen() == before
        session.rollback()
