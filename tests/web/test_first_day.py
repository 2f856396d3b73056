"""The first day of a real deployment: what the commands load, and then pages alone, up to an appointment."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from telehealth import migrations, operations
from telehealth.kit.clock import Clock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from telehealth.staff.rules import Qualification, Role
from tests.support.app import Browser, build_app
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.web.signing_in import sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

FACILITIES = Path(operations.__file__).parent / "demo" / "facilities.toml"
PASSWORD = "suối chảy qua bản"
SECRETS = {"password": PASSWORD, "password_repeat": PASSWORD, "pin": ""}
STATION, HOSPITAL = "Vi Hương", "Bạch Mai"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY_MORNING)


@pytest.fixture
def deployed(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """What `telehealth migrate` and `telehealth facility import` leave: places, lists, nobody."""
    database = open_database(Settings(data_dir=tmp_path), clock)
    migrations.upgrade(database.writer)
    operations.load_reference(database)
    operations.import_facilities(database, FACILITIES)
    yield database
    database.dispose()


@pytest.fixture
def app(deployed: Database, tmp_path: Path, clock: Clock) -> FastAPI:
    return build_app(deployed, tmp_path, clock)


def arrive(app: FastAPI, code: str, username: str) -> Browser:
    """Open the link of an invitation, set a password, sign in."""
    browser = Browser(app)
    assert browser.post(f"/activate/{code}", SECRETS).status_code == 303
    sign_in(browser, username, password=PASSWORD)
    return browser


def manager_of(app: FastAPI, database: Database, place: str, username: str) -> tuple[Browser, str]:
    """Have the command invite the manager of a place, who arrives; return also the id of the place."""
    [house] = [each for each, name in operations.list_facilities(database) if place in name]
    code = operations.invite(
        database,
        username=username,
        full_name="Hoàng Văn Khoa",
        facility_id=house,
        role=Role.MANAGER,
        qualification=Qualification.NURSE,
        title="ĐD.",
        licence_number=None,
    )
    return arrive(app, code, username), str(house)


def invite(manager: Browser, app: FastAPI, **person: str) -> Browser:
    """Invite somebody on the page of the staff; they arrive."""
    made = manager.post("/staff/invite", person)
    [code] = set(re.findall(r"/activate/([0-9A-Za-z]{22})", made.text))
    return arrive(app, code, person["username"])


def test_from_nothing_pages_alone_lead_to_an_appointment(app: FastAPI, deployed: Database) -> None:
    hospital, house = manager_of(app, deployed, HOSPITAL, "quanly")
    post = {
        "facility": house,
        "role": "doctor",
        "qualification": "doctor",
        "title": "BS.",
        "licence_number": "000123/BYT-CCHN",
        "specialty_codes": "noi",
    }
    doctor = invite(hospital, app, full_name="Phan Văn Mới", username="moi", **post)
    tomorrow = f"{MONDAY_MORNING.date() + timedelta(days=1):%d/%m/%Y}"
    week = {"valid_from": tomorrow, "mon": "08:00-11:00", "tue": "08:00-11:00", "version": "1", "sure": "1"}
    hours = doctor.get("/hours").headers["location"]
    assert doctor.post(f"{hours}/week", week, page=hours).status_code == 303

    station, house = manager_of(app, deployed, STATION, "tramtruong")
    post = {"facility": house, "role": "station_nurse", "qualification": "nurse", "title": "ĐD."}
    nurse = invite(station, app, full_name="Nông Thị Hạnh", username="hanh", **post)
    patient = register(nurse)
    asked = nurse.post(f"{patient}/request", request_of(nurse, patient))
    slots = asked.headers["location"]
    listed = nurse.get(slots).text
    assert "Phan Văn Mới" in listed
    slot = re.search(r'class="best__slot"[^>]*value="([^"]+)"', listed)
    assert slot is not None
    visit = urlsplit(slots).path.removesuffix("/slots")
    held = nurse.post(f"{visit}/hold", {"slot": slot[1]}, page=slots).headers["location"]
    booked = nurse.post(held, {"version": "1", "patient_place": "station"}).headers["location"]
    shown = nurse.get(booked).text
    assert "Đã đặt lịch hẹn" in shown
    assert "08:00" in shown
    assert date(2026, 11, 24).strftime("%d/%m/%Y") in shown


def register(nurse: Browser) -> str:
    """Register somebody without papers; return the page of the patient."""
    person = {
        "full_name": "Lý Thị Lụa",
        "birth": "12/05/1985",
        "sex": "female",
        "no_id_reason": "not_at_hand",
        "phone": "0868 123 456",
        "sms": "yes",
        "agrees_data": "on",
        "given_by": "patient",
        "how": "spoken",
    }
    return urlsplit(nurse.post("/patients/new", {"id": str(new_id()), **person}).headers["location"]).path


def request_of(nurse: Browser, patient: str) -> dict[str, str]:
    [key] = re.findall(r'name="id" value="([^"]*)"', nurse.get(f"{patient}/request").text)
    return {
        "id": key,
        "reason": "Đau gối phải ba tuần",
        "consult_kind": "remote_exam",
        "specialty": "noi",
        "priority": "routine",
    }
