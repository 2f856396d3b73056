"""Follow-ups that are due: listed for the station, booked in two taps."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth.availability.models import Resource, ServiceType
from telehealth.followup.models import Plan
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_sign_in
from web.booking.forms import read_slot

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def nurse(database: Database, tmp_path: Path, clock: FixedClock, world: VisitWorld) -> Browser:
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))


def test_the_list_leads_to_an_appointment_in_two_taps(nurse: Browser) -> None:
    assert "1 người bệnh" in nurse.get("/today").text
    listed = nurse.get("/follow-ups").text
    assert "28/11/2026 – 02/12/2026" in listed
    assert "Nếu được, khám lại với BS. Trần Văn 0" in listed
    first = re.search(r'href="(/follow-ups/[^"]+)"', listed)
    assert first
    proposals = nurse.get(first[1]).text
    assert "Vẫn bác sĩ đã khám" in proposals
    slot = re.search(r'name="slot" value="([^"]+)"', proposals)
    assert slot
    form = {"slot": slot[1], "version": "1", "patient_place": "station"}
    booked = nurse.post(f"{first[1]}/book", form, page=first[1])
    assert booked.headers["location"].endswith("?done=booked")
    page = nurse.get(booked.headers["location"]).text
    assert "07:30" in page
    assert "BS. Trần Văn 0" in page
    assert "Không có hẹn tái khám nào sắp đến" in nurse.get("/follow-ups").text
    today = nurse.get("/today").text
    assert "Chưa có ai sắp đến hẹn tái khám." in today
    assert 'href="/follow-ups"' not in today[today.index("Chưa có ai sắp đến") :]


def test_a_plan_that_changed_leads_back_to_fresh_proposals(nurse: Browser) -> None:
    first = re.search(r'href="(/follow-ups/[^"]+)"', nurse.get("/follow-ups").text)
    assert first
    slot = re.search(r'name="slot" value="([^"]+)"', nurse.get(first[1]).text)
    assert slot
    sent = nurse.post(f"{first[1]}/book", {"slot": slot[1], "version": "9"}, page=first[1])
    assert sent.headers["location"] == f"{first[1]}?refused=stale-version"
    assert "Các giờ dưới đây là mới nhất" in nurse.get(sent.headers["location"]).text


def test_a_doctor_whose_day_is_full_leads_back_to_fresh_proposals(
    nurse: Browser, database: Database, world: VisitWorld
) -> None:
    first = re.search(r'href="(/follow-ups/[^"]+)"', nurse.get("/follow-ups").text)
    assert first
    slot = re.search(r'name="slot" value="([^"]+)"', nurse.get(first[1]).text)
    assert slot
    with database.write() as unit:
        own = select(Resource).where(Resource.owner_id == world.doctor.ref)
        unit.session.exec(own).one().daily_max = 1
        found = read_slot(slot[1])
        assert found
        row = unit.session.get_one(Appointment, world.appointment.id)
        row.starts_at, row.ends_at = found[0] + timedelta(hours=1), found[0] + timedelta(hours=2)
    form = {"slot": slot[1], "version": "1", "patient_place": "station"}
    sent = nurse.post(f"{first[1]}/book", form, page=first[1])
    assert sent.headers["location"] == f"{first[1]}?refused=limit-reached"


def test_what_has_to_be_accepted_is_not_said_to_be_booked(nurse: Browser, database: Database) -> None:
    with database.write() as unit:
        for kind in unit.session.exec(select(ServiceType)):
            kind.accept_mode = "doctor"
    first = re.search(r'href="(/follow-ups/[^"]+)"', nurse.get("/follow-ups").text)
    assert first
    slot = re.search(r'name="slot" value="([^"]+)"', nurse.get(first[1]).text)
    assert slot
    form = {"slot": slot[1], "version": "1", "patient_place": "station"}
    assert nurse.post(f"{first[1]}/book", form, page=first[1]).headers["location"].endswith("?done=requested")


def test_at_home_without_a_phone_is_refused_in_words(nurse: Browser) -> None:
    first = re.search(r'href="(/follow-ups/[^"]+)"', nurse.get("/follow-ups").text)
    assert first
    slot = re.search(r'name="slot" value="([^"]+)"', nurse.get(first[1]).text)
    assert slot
    form = {"slot": slot[1], "version": "1", "patient_place": "home"}
    assert nurse.post(f"{first[1]}/book", form, page=first[1]).status_code == 422


def test_whoever_is_due_is_on_some_page(nurse: Browser, database: Database, world: VisitWorld) -> None:
    with database.write() as unit:
        plan = unit.session.exec(select(Plan)).one()
        for _ in range(60):
            row = plan.model_dump() | {"id": new_id(), "visit_id": new_id()}
            unit.session.add(Plan(**row))
    page, seen = nurse.get("/follow-ups").text, []
    assert "61 người bệnh" in page
    while True:
        seen += re.findall(r'href="/follow-ups/([0-9a-f-]{36})"', page)
        onward = re.search(r'href="(/follow-ups\?cursor=[^"]+)"[^>]*>(?:(?!</a>).)*Xem tiếp', page)
        if onward is None:
            break
        page = nurse.get(onward[1]).text
    assert len(seen) == len(set(seen)) == 61
