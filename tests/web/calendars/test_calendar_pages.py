"""Calendars in a browser, and as the program that subscribed asks for them."""

import html
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event
from structlog.testing import capture_logs

from telehealth.facilities.models import Facility
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.kit.logs import hide
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.staff.service import disable
from tests.support.app import ADDRESS, Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slice's own tests ask both databases

ADDRESSES = re.compile(r"/calendar/([0-9A-Za-z]{43})\.ics")


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, visits=2)


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


@pytest.fixture
def booked(database: Database, world: BookingWorld) -> Appointment:
    with database.write() as unit:
        visit = world.visits[0].pop()
        return world.book(unit.session, at("09:30"), now=unit.now, visit_id=visit)


def at_desk(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


@pytest.fixture
def doctor(app: FastAPI, database: Database, world: BookingWorld) -> Browser:
    return at_desk(app, database, world.doctors[0])


@pytest.fixture
def program(app: FastAPI) -> TestClient:
    """A calendar program: no cookie, no sign-in."""
    return TestClient(app, base_url=ADDRESS, follow_redirects=False)


def colleague(database: Database, world: BookingWorld, role: Role) -> MembershipActor:
    with database.write() as unit:
        return make_member(unit.session, unit.session.get_one(Facility, world.nurse.here), role=role)


def make(browser: Browser) -> str:
    """Make an address; return its path."""
    page = browser.post("/calendar-feeds")
    assert page.status_code == 200
    return f"/calendar/{ADDRESSES.findall(page.text)[0]}.ics"


def test_a_doctor_makes_copies_and_revokes_an_address(
    doctor: Browser, program: TestClient, booked: Appointment
) -> None:
    assert "Lịch của tôi trên điện thoại" in doctor.get("/account").text
    path = make(doctor)
    shown = doctor.get("/calendar-feeds").text
    assert "Chưa ứng dụng nào đọc" in shown
    assert not ADDRESSES.search(shown), "the address is shown once"
    answer = program.get(path)
    assert (answer.status_code, booked.code in answer.text) == (200, True)
    assert "đọc lần cuối ngày 23/11/2026" in doctor.get("/calendar-feeds").text
    revoke = re.findall(r'action="(/calendar-feeds/[^"]+/revoke)"', shown)[0]
    done = doctor.post(revoke, page="/calendar-feeds")
    assert done.headers["location"] == "/calendar-feeds?done=revoked"
    assert "Đã thu hồi địa chỉ lịch" in doctor.get(done.headers["location"]).text
    assert program.get(path).status_code == 404


def test_the_page_says_that_calendars_are_slow_and_hold_nothing_of_patients(doctor: Browser) -> None:
    shown = html.unescape(doctor.get("/calendar-feeds").text)
    assert "sau vài giờ, có khi đến một ngày" in shown
    assert "Không có tên người bệnh" in shown


def test_answers_to_a_program_may_be_kept_by_nobody_else(doctor: Browser, program: TestClient) -> None:
    answer = program.get(make(doctor))
    headers = answer.headers
    assert headers["content-type"] == "text/calendar; charset=utf-8"
    assert (headers["cache-control"], headers["x-robots-tag"]) == ("private, no-cache", "noindex")
    assert "set-cookie" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_a_program_that_holds_the_calendar_is_told_so(
    doctor: Browser,
    program: TestClient,
    database: Database,
    world: BookingWorld,
    booked: Appointment,
    clock: FixedClock,
) -> None:
    path = make(doctor)
    tag = program.get(path).headers["etag"]
    clock.advance(hours=2)
    same = program.get(path, headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    with database.write() as unit:
        reason = CancelReason.PATIENT_ASKED
        service.cancel(unit.session, world.nurse, booked.id, reason=reason, version=None, now=unit.now)
    changed = program.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, booked.code in changed.text) == (200, False)
    assert changed.headers["etag"] != tag


def test_addresses_in_vain_are_all_alike(
    app: FastAPI, doctor: Browser, program: TestClient, database: Database, world: BookingWorld
) -> None:
    path = make(doctor)
    manager = colleague(database, world, Role.MANAGER)
    of_manager = make(at_desk(app, database, manager))
    with database.write() as unit:
        disable(unit.session, SYSTEM, world.doctors[0].ref, now=unit.now)
        disable(unit.session, SYSTEM, manager.ref, now=unit.now)

    def seen(answer: Response) -> tuple[int, str]:
        return answer.status_code, re.sub(r"[A-Za-z0-9_-]{16,}", "", answer.text)

    in_vain = [seen(program.get(each)) for each in (path, of_manager, "/calendar/0.ics")]
    assert in_vain[0][0] == 404
    assert len(set(in_vain)) == 1


def test_reading_writes_once_and_costs_the_same_each_time(
    doctor: Browser, program: TestClient, app: FastAPI, booked: Appointment
) -> None:
    path = make(doctor)
    database = app.state.database
    counts = []
    for _ in range(3):
        read: list[str] = []
        written: list[str] = []
        event.listen(database.reader, "before_cursor_execute", lambda *args, s=read: s.append(args[2]))
        event.listen(database.writer, "before_cursor_execute", lambda *args, s=written: s.append(args[2]))
        assert program.get(path).status_code == 200
        counts.append(
            (
                sum(each.startswith("SELECT") for each in read),
                sum(each.startswith("UPDATE") for each in written),
            )
        )
    assert counts == [(3, 1), (3, 0), (3, 0)]


def test_no_address_reaches_a_log(doctor: Browser, program: TestClient) -> None:
    path = make(doctor)
    with capture_logs() as lines:
        program.get(path)
        program.get("/calendar/" + "0" * 43 + ".ics")
    paths = [line["path"] for line in lines if line["event"] == "request"]
    assert len(paths) == 2
    assert all(hide(each) == "/calendar/[…]" for each in paths)


def test_coordinators_and_managers_make_the_facilitys(
    app: FastAPI, database: Database, world: BookingWorld, program: TestClient, booked: Appointment
) -> None:
    manager = at_desk(app, database, colleague(database, world, Role.MANAGER))
    coordinator = at_desk(app, database, colleague(database, world, Role.COORDINATOR))
    assert 'href="/calendar-feeds"' in manager.get("/staff").text
    assert booked.code in program.get(make(manager)).text
    shown = coordinator.get("/calendar-feeds").text
    assert "Lịch của cơ sở trên điện thoại" in shown
    assert shown.count("Đang dùng được") == 1


def test_a_nurse_is_shown_no_way_and_let_in_none(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    nurse = at_desk(app, database, world.nurse)
    assert "/calendar-feeds" not in nurse.get("/account").text
    assert nurse.get("/calendar-feeds").status_code == 403


def test_there_is_a_last_address(doctor: Browser) -> None:
    for _ in range(5):
        make(doctor)
    assert "Đã đủ số địa chỉ" in doctor.get("/calendar-feeds").text
    assert doctor.post("/calendar-feeds", page="/account").status_code == 409


def test_an_appointment_is_taken_along_from_its_page(
    app: FastAPI, database: Database, world: BookingWorld, doctor: Browser, booked: Appointment
) -> None:
    nurse = at_desk(app, database, world.nurse)
    path = f"/appointments/{booked.id}"
    for browser in (nurse, doctor):
        assert f'href="{path}/appointment.ics"' in browser.get(path).text
        taken = browser.get(f"{path}/appointment.ics")
        assert taken.headers["content-type"] == "text/calendar; charset=utf-8; method=REQUEST"
        assert taken.headers["content-disposition"] == f'inline; filename="lich-hen-{booked.code}.ics"'
        assert taken.headers["cache-control"] == "no-store"
    with database.write() as unit:
        reason = CancelReason.PATIENT_ASKED
        service.cancel(unit.session, world.nurse, booked.id, reason=reason, version=None, now=unit.now)
    assert "Gỡ khỏi lịch" in nurse.get(path).text
    assert nurse.get(f"{path}/appointment.ics").headers["content-type"].endswith("method=CANCEL")
    assert doctor.get(f"{path}/appointment.ics").status_code == 404


def test_a_hold_that_was_given_back_has_nothing_to_take_along(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    with database.write() as unit:
        visit = world.visits[0].pop()
        held = world.hold(unit.session, at("09:30"), now=unit.now, visit_id=visit)
        service.release(unit.session, world.nurse, held.id, now=unit.now)
    nurse = at_desk(app, database, world.nurse)
    assert "appointment.ics" not in nurse.get(f"/appointments/{held.id}").text
    assert nurse.get(f"/appointments/{held.id}/appointment.ics").status_code == 409
