"""The station's day and week: what stands on them, in which order, and for whom."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.scheduling import service
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_facility, make_member, make_sign_in
from tests.web.printing import html_of
from web.i18n import t
from web.today.pages import TodayPage

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=2, patients=6, seats=2, visits=1)


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


STARTS = ("09:30", "10:30", "10:50", "14:30", "14:50", "15:10")


@pytest.fixture
def nurse(app: FastAPI, database: Database, world: BookingWorld) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))


def fill_the_day(database: Database, world: BookingWorld) -> None:
    """Book three times, one of them checked in, and let one more expire."""
    with database.write() as unit:
        for number, wall in enumerate(("09:30", "08:30", "14:30")):
            visit = world.visits[number][0]
            booked = world.book(unit.session, at(wall), now=unit.now, patient=number, visit_id=visit)
            if wall == "08:30":
                service.check_in(unit.session, world.nurse, booked.id, now=at("08:12"))


def test_the_button_for_an_emergency_stands_above_every_notice() -> None:
    page = html_of(TodayPage.example()).split("<main")[1]
    button = page.index('href="/patients?to=ring"')
    notices = (t("roster.notices"), t("lines.notice_link"), t("glass.see"), t("hours.stranded_see"))
    assert [each for each in notices if page.index(each) < button] == []


def test_an_empty_day_says_what_to_do(nurse: Browser) -> None:
    page = nurse.get("/today").text
    assert "Hôm nay chưa có lịch hẹn" in page
    assert 'href="/patients"' in page


def test_the_day_is_in_order_with_now_between(
    app: FastAPI, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    fill_the_day(database, world)
    clock.set(at("09:00"))
    with database.write() as unit:
        nurse = Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))
    page = nurse.get("/today").text
    trail = page[page.index('class="trail"') :]
    assert re.findall(r"<time[^>]*>(\d\d:\d\d)</time>", trail) == ["08:30", "09:00", "09:30", "14:30"]
    assert "Đã đến trạm 08:12, chờ 48 phút" in page
    assert "lâu nhất 48 phút" in page
    assert "Đau gối phải ba tuần" in page


def test_a_coordinator_finds_visits_without_a_time_and_the_way_past_the_rules(
    app: FastAPI, nurse: Browser, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        station = unit.session.get_one(Facility, world.nurse.here)
        own = make_member(unit.session, station, role=Role.COORDINATOR)
        other = make_member(
            unit.session, make_facility(unit.session, name="Trạm khác"), role=Role.COORDINATOR
        )
        coordinator = Browser(app, make_sign_in(unit.session, own, now=unit.now))
        stranger = Browser(app, make_sign_in(unit.session, other, now=unit.now))
    page = coordinator.get("/today").text
    waiting = re.findall(r'href="/visits/([0-9a-f-]{36})/override"', page)
    assert waiting == [str(visits[0]) for visits in world.visits]
    assert coordinator.get(f"/visits/{waiting[0]}/override").status_code == 200
    for whoever in (nurse, stranger):
        assert "Chưa có giờ hẹn" not in whoever.get("/today").text


def test_checking_in_from_the_day(nurse: Browser, world: BookingWorld, database: Database) -> None:
    fill_the_day(database, world)
    page = nurse.get("/today").text
    action = re.search(r'action="(/appointments/[^"]+/check-in)"', page)
    assert action
    done = nurse.post(action[1], {"version": "2"}, page="/today")
    assert done.status_code == 303


def test_the_day_refreshes_by_itself_without_a_trace(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    fill_the_day(database, world)
    nurse.get("/today")
    part = nurse.get("/today", x_live_refresh="1", hx_target="day").text
    assert part.lstrip().startswith('<div id="day" data-live="appointment call visit task check glass"')
    with database.read() as unit:
        seen = select(AuditEntry).where(AuditEntry.action == "day.see")
        (row,) = unit.session.exec(seen).all()
        assert len(row.facts["ids"]) == 3


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(
    nurse: Browser, world: BookingWorld, clock: FixedClock
) -> None:
    nurse.get("/today")
    clock.advance(minutes=14)
    assert nurse.get("/today", x_live_refresh="1", hx_target="day").status_code == 200
    clock.advance(minutes=2)
    assert nurse.get("/today").headers["location"].startswith("/sign-in")


def test_the_day_costs_the_same_for_one_appointment_and_for_six(
    nurse: Browser, world: BookingWorld, database: Database, app: FastAPI
) -> None:
    counts = []
    for numbers in (range(1), range(1, 6)):
        with database.write() as unit:
            for number in numbers:
                whom = {"patient": number, "doctor": number % 2, "visit_id": world.visits[number][0]}
                world.book(unit.session, at(STARTS[number]), now=unit.now, **whom)
        nurse.get("/today")
        statements: list[str] = []
        engine = app.state.database.writer
        event.listen(engine, "before_cursor_execute", lambda *args, s=statements: s.append(args[2]))
        nurse.get("/today")
        counts.append(len([each for each in statements if each.startswith("SELECT")]))
    assert counts[0] == counts[1]


def test_the_week_is_listed_by_day_and_narrowed(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    fill_the_day(database, world)
    with database.write() as unit:
        visit = world.visits[3][0]
        world.book(unit.session, at("09:30", days=2), now=unit.now, patient=3, visit_id=visit, doctor=1)
    page = nurse.get("/appointments").text
    assert page.index("Thứ Hai, 23/11/2026") < page.index("Thứ Tư, 25/11/2026")
    only = nurse.get(f"/appointments?doctor={world.doctors[1].ref}").text
    assert "Thứ Tư, 25/11/2026" in only
    assert "Thứ Hai, 23/11/2026" not in only
    assert "Đã đến trạm" in nurse.get("/appointments?status=checked_in").text
    assert "Không có lịch hẹn nào" in nurse.get("/appointments?first=30/11/2026").text


@pytest.mark.parametrize("query", ["first=x", "first=31/12/9999", "status=x", "doctor=x", "unknown=1"])
def test_a_mistyped_week_is_this_week(nurse: Browser, query: str) -> None:
    page = nurse.get(f"/appointments?{query}")
    assert page.status_code == 200
    assert "23/11/2026 – 29/11/2026" in page.text


def test_a_doctor_sees_their_own_week_and_no_station_page(
    app: FastAPI, world: BookingWorld, database: Database
) -> None:
    fill_the_day(database, world)
    with database.write() as unit:
        busy, idle = (Browser(app, make_sign_in(unit.session, d, now=unit.now)) for d in world.doctors)
    assert "09:30" in busy.get("/appointments").text
    assert "Không có lịch hẹn nào" in idle.get("/appointments").text
    assert busy.get("/today").status_code == 403


def test_another_station_sees_nothing_of_it(app: FastAPI, world: BookingWorld, database: Database) -> None:
    fill_the_day(database, world)
    with database.write() as unit:
        stranger = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
        browser = Browser(app, make_sign_in(unit.session, stranger, now=unit.now))
    assert "Hôm nay chưa có lịch hẹn" in browser.get("/today").text
    assert "Không có lịch hẹn nào" in browser.get("/appointments").text
