"""The list of appointments without hours: who reads what of it, and how each gets another time."""

import html
import re

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.spans import epoch
from telehealth.scheduling.models import Appointment
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.world import make_member
from tests.web.hours.seen import support
from tests.web.hours.test_hours_pages import LEAVE, browser, leader, own_page
from web.i18n import t

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


def test_the_list_of_the_stranded_offers_the_nearest_times_to_who_must_act(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    doctor.post(f"{own_page(doctor)}/exception", {**LEAVE, "sure": "1"}, page=own_page(doctor))
    with database.write() as unit:
        house = unit.session.get_one(Facility, world.doctors[0].here)
        coordinator = make_member(unit.session, house, role=Role.COORDINATOR)
        elsewhere = make_member(unit.session, role=Role.COORDINATOR)
    listed = browser(app, database, coordinator).get("/hours/stranded").text
    assert "09:30" in listed
    # The doctor is off from 9 to 10; the other one of the specialty is free at the very time.
    times = re.findall(r">(\d\d:\d\d), Thứ Hai, 23/11/2026 · BS", listed)
    assert ("09:30, Thứ Hai, 23/11/2026 · BS. Trần Văn 1" in listed, times) == (True, sorted(times))
    # The patient is not theirs to know: they may arrange the appointment, not open it.
    assert set(re.findall(r'href="/appointments/[^/"]+/?(\w*)[?"]', listed)) == {"doctor", "override", "move"}
    assert "Lý Thị 0" not in listed
    nurse = browser(app, database, world.nurse)
    moves = re.findall(r'href="(/appointments/[^"]+/move)"', nurse.get("/hours/stranded").text)
    assert "Đang hẹn 09:30" in nurse.get(moves[0]).text
    assert re.search('href="/appointments/[^"/]+">Lý Thị 0</a>', nurse.get("/hours/stranded").text)
    [free, *_] = re.findall(r'href="(/appointments/[^"]+/move\?to=[^"]+)"', nurse.get("/hours/stranded").text)
    assert "/reschedule" in nurse.get(free).text, "a free time is one tap from being taken"
    [other, *_] = re.findall(r'href="(/appointments/[^"]+/doctor\?doctor=[^"]+)"', listed)
    chosen = browser(app, database, coordinator).get(other).text
    assert re.search(f'value="{world.doctors[1].ref}"[^>]* checked', chosen)
    own = doctor.get("/hours/stranded").text
    assert ["/appointments/" in own, "/move" in own] == [True, False]  # the station talks to the patient
    assert "Mọi lịch hẹn đều có giờ" in browser(app, database, elsewhere).get("/hours/stranded").text
    assert "1 lịch hẹn không còn giờ khám" in browser(app, database, coordinator).get("/hours").text


def test_all_of_the_stranded_are_reachable_page_by_page_and_counted(app: FastAPI, database: Database) -> None:
    """A closed day of a house strands more than one page holds, two at each time."""
    many = 25
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, patients=many, seats=many, visits=1)
        codes = []
        for number in range(many):
            minute = 450 + 20 * (number // 2) if number < 24 else 810
            when = at(f"{minute // 60:02}:{minute % 60:02}", days=1)
            visit = {"patient": number, "visit_id": world.visits[number].pop()}
            row = world.book(unit.session, when, now=unit.now, doctor=number % 2, **visit)
            codes.append(row.code)
    lead = browser(app, database, leader(database, world, Role.MANAGER))
    closed = {"kind": "closed", "first_on": "24/11/2026", "reason": "equipment", "sure": "1"}
    lead.post("/hours/opening/exception", closed, page="/hours/opening")

    seen: list[str] = []
    address, pages = "/hours/stranded", 0
    while address:
        text, pages = lead.get(address).text, pages + 1
        assert "25 lịch hẹn không còn giờ khám" in text
        seen += re.findall(r'id="a-([^"]+)"', text)
        more = re.search(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?Xem tiếp, còn (\d+) lịch hẹn', text)
        assert more is None or int(more[2]) == many - len(seen)
        address = more[1] if more else ""
    assert (sorted(seen), pages) == (sorted(codes), 2)
    board = lead.get("/hours").text
    assert "25 lịch hẹn không còn giờ khám" in board
    assert ("13 lịch hẹn không còn" in board, "12 lịch hẹn không còn" in board) == (True, True)

    # Where nothing stands any more after the place, the list begins anew instead of saying all is well.
    gone = lead.get(f"/hours/stranded?after={epoch(at('16:30', days=1))}-{new_id()}").text
    assert ("Mọi lịch hẹn đều có giờ" in gone, codes[0] in gone) == (False, True)
    assert lead.get("/hours/stranded?after=bad").status_code == 422


def test_a_coordinator_of_the_doctors_house_passes_the_rules_from_the_list(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    doctor.post(f"{own_page(doctor)}/exception", {**LEAVE, "sure": "1"}, page=own_page(doctor))
    coordinator = browser(app, database, leader(database, world))
    link = re.findall(r'href="(/appointments/[^"]+/override)"', coordinator.get("/hours/stranded").text)[0]
    form = coordinator.get(link).text
    assert 'href="/hours/stranded"' in form
    asked = {"day": "23/11/2026", "clock": "12:05", "doctor": str(world.doctors[0].ref), "version": "2"}
    done = coordinator.post(link, {**asked, "reason": "doctor_agreed"}, page=link)
    assert done.headers["location"] == "/hours/stranded?done=overridden"
    told = coordinator.get(done.headers["location"]).text
    assert ("Đã đặt ngoài quy định" in told, "Mọi lịch hẹn đều có giờ" in told) == (True, True)
    with database.read() as unit:
        row = unit.session.exec(select(Appointment)).one()
        assert (row.starts_at, row.support) == (at("12:05"), "overridden")


def test_a_coordinator_of_the_doctors_house_takes_a_free_time_in_two_taps(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    doctor.post(f"{own_page(doctor)}/exception", {**LEAVE, "sure": "1"}, page=own_page(doctor))
    coordinator = browser(app, database, leader(database, world))
    listed = coordinator.get("/hours/stranded").text
    nearest = listed.split("Giờ trống gần nhất")[1].split("</ul>")[0]
    assert nearest.count("<li>") == nearest.count('<a class="act" href="/appointments/')
    free = re.findall(r'href="(/appointments/[^"]+/move\?to=[^"]+)"', nearest)[0]
    shown = coordinator.get(free)
    assert (shown.status_code, "Lý Thị 0" in shown.text) == (200, False), "it is not told whose it is"
    path = re.findall(r'action="(/appointments/[^"]+/reschedule)"', shown.text)[0]
    asked = {
        name: re.findall(f'name="{name}" value="([^"]+)"', shown.text)[-1] for name in ("version", "slot")
    }
    done = coordinator.post(path, asked, page=free)
    assert done.headers["location"] == "/hours/stranded?done=moved"
    told = coordinator.get(done.headers["location"]).text
    assert ("Đã đổi giờ" in told, "Mọi lịch hẹn đều có giờ" in told) == (True, True)
    assert support(database) == "supported"
    late = coordinator.post(path, {**asked, "version": "1"}, page=free)
    assert late.headers["location"] == "/hours/stranded?refused=stale-version"
    assert "vừa được người khác sửa" in coordinator.get(late.headers["location"]).text
    assert coordinator.get(free.split("?")[0]).headers["location"] == "/hours/stranded"


def test_where_no_other_doctor_is_free_the_page_leads_to_other_times(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    for each in (browser(app, database, member) for member in world.doctors):
        each.post(f"{own_page(each)}/exception", {**LEAVE, "sure": "1"}, page=own_page(each))
    with database.read() as unit:
        here = f"/appointments/{unit.session.exec(select(Appointment.id)).one()}"
    for who, times in ((leader(database, world), "/hours/stranded"), (world.nurse, f"{here}/move")):
        page = browser(app, database, who).get(f"{here}/doctor").text
        assert "Không bác sĩ nào khác rảnh vào giờ này" in page
        assert re.search(f'<a class="btn[^"]*" href="{times}"', page)


@pytest.mark.parametrize(
    "code",
    ["slot-taken", "limit-reached", "outside-availability", "moved-too-often", "too-late-to-move"],
)
def test_why_a_time_was_not_taken_is_said_on_the_list(
    app: FastAPI, database: Database, world: BookingWorld, code: str
) -> None:
    page = browser(app, database, leader(database, world)).get(f"/hours/stranded?refused={code}").text
    assert t(f"hours.refused.{code}") in html.unescape(page)
