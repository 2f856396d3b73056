"""Work without a mouse, at a station, by a doctor and by a coordinator, to the end of each act."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from telehealth import wiring
from telehealth.availability.models import AvailabilityException
from telehealth.duty.models import DutySwitch, Shift
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.scheduling.models import Appointment
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.urgent.models import UrgentRequest
from telehealth.waitlist.models import WaitlistEntry
from tests.support.app import build_app
from tests.support.booking import TODAY, at, make_booking_world
from tests.support.chromium import open_device, wait_until_mounted
from tests.support.clock import FixedClock
from tests.support.keyboard import go_to, press
from tests.support.serving import serve
from tests.support.urgent import make_urgent_world
from tests.support.world import SINCE, make_edge, make_hospital, make_member, make_sign_in
from tests.telehealth.duty.roster import make_ward
from tests.telehealth.waitlist.world import make_wait_world

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser

Opener = Callable[[MembershipActor, str], Page]


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def open_as(database: Database, tmp_path: Path, clock: FixedClock, chromium: Browser) -> Iterator[Opener]:
    """Open a page as a member: `open_as(actor, "/waitlist")`."""
    with ExitStack() as stack:
        address = stack.enter_context(serve(build_app(database, tmp_path, clock)))

        def open_page(actor: MembershipActor, path: str) -> Page:
            with database.write() as unit:
                token = make_sign_in(unit.session, actor, now=unit.now)
            device = stack.enter_context(open_device(chromium, base_url=address))
            device.add_cookies([{"name": "signin", "value": token, "url": address}])
            page = device.new_page()
            page.goto(path)
            wait_until_mounted(page)
            return page

        yield open_page


def test_a_time_is_chosen_and_booked(database: Database, open_as: Opener) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, visits=1, phone="0868 123 456")
    page = open_as(world.nurse, f"/visits/{world.visits[0][0]}/slots")
    press(page, page.locator("main button.slot").nth(1))
    page.wait_for_url(re.compile(r"/confirm$"))
    wait_until_mounted(page)
    station, home = (
        page.locator(f"main input[name=patient_place][value={each}]") for each in ("station", "home")
    )
    press(page, station, "ArrowDown")
    expect(home).to_be_checked()
    press(page, page.locator("main button[form=confirm]"))
    page.wait_for_url(re.compile("done=booked"))
    with database.read() as unit:
        [row] = unit.session.exec(select(Appointment)).all()
        assert (row.status, row.patient_place) == ("booked", "home")


def test_a_ring_is_called_off(database: Database, open_as: Opener) -> None:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
        pressed = world.press(unit.session, now=unit.now).id
    page = open_as(world.nurse, f"/urgent/{pressed}")
    details = page.locator("main .head__actions details")
    press(page, details.locator("summary"))
    expect(details).to_have_attribute("open", "")
    press(page, details.locator("button").first)
    expect(details).to_have_count(0)
    with database.read() as unit:
        assert unit.session.get_one(UrgentRequest, pressed).state == "cancelled"


def test_whom_to_phone_and_the_button_are_reached_on_a_phone_where_nobody_can_be_rung(
    database: Database, open_as: Opener
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, visits=1)
        above = make_hospital(unit.session, name="Trung tâm Y tế khu vực Bạch Thông", phone="+842093850114")
        make_edge(unit.session, "supports", get_facility(unit.session, world.nurse.here), above)
    page = open_as(world.nurse, f"/visits/{world.visits[0][0]}/ring")
    page.set_viewport_size({"width": 360, "height": 740})
    go_to(page, page.locator("main a[href='tel:115']"))
    go_to(page, page.locator("main a[href='tel:+842093850114']"))
    sign = "main input[name=danger][value=breathing]"
    press(page, page.locator(sign), "Space")
    with page.expect_response(lambda answer: answer.request.method == "POST") as pressed:
        press(page, page.locator("main button.btn--urgent"))
    assert pressed.value.status == 409
    expect(page.locator("main [role=alert]")).to_contain_text("Chưa có nhóm bác sĩ nào nhận cuộc gọi")
    expect(page.locator(sign)).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_shift_is_planned_and_published(database: Database, open_as: Opener) -> None:
    with database.write() as unit:
        ward = make_ward(unit.session, now=unit.now)
    page = open_as(ward.coordinator, "/roster")
    press(page, page.locator("main a.board__add").first)
    page.wait_for_url(re.compile("/roster/shifts/new"))
    wait_until_mounted(page)
    doctor = page.locator("main select[name=doctor]")
    press(page, doctor, "ArrowDown")
    expect(doctor).not_to_have_value("")
    day = page.locator("main input[name=days]:not(:checked)").first
    before = page.locator("main input[name=days]:checked").count()
    value = day.get_attribute("value")
    press(page, page.locator(f"main input[name=days][value='{value}']"), "Space")
    expect(page.locator("main input[name=days]:checked")).to_have_count(before + 1)
    press(page, page.locator("main form button.btn--primary"))
    page.wait_for_url(re.compile("done=planned"))
    wait_until_mounted(page)
    expect(page.locator("main .shift--draft")).to_have_count(before + 1)
    publish = page.locator("main details").filter(has=page.locator("form[action='/roster/publish']"))
    press(page, publish.locator("summary"))
    press(page, publish.locator("button[type=submit]"))
    expect(page.locator("main .shift--draft")).to_have_count(0)
    with database.read() as unit:
        assert {row.state for row in unit.session.exec(select(Shift))} == {"published"}


def test_a_gap_is_offered_and_taken(database: Database, open_as: Opener) -> None:
    with database.write() as unit:
        world = make_wait_world(unit.session)
        world.book(unit.session, at("09:50", days=5), patient=0)
        entry = world.join(unit.session, patient=0, latest_on=TODAY + timedelta(days=1)).id
    page = open_as(world.coordinator, "/waitlist/asked")
    press(page, page.locator("main form[action$='/offer'] button").first)
    page.wait_for_url(re.compile("done=offered"))

    page = open_as(world.nurse, "/waitlist")
    press(page, page.locator(f"main form[action='/waitlist/{entry}/accept'] button"))
    page.wait_for_url(re.compile("/appointments/"))
    with database.read() as unit:
        assert unit.session.get_one(WaitlistEntry, entry).state == "accepted"


def test_a_leave_is_seen_before_and_saved_and_the_stranded_are_reached(
    database: Database, open_as: Opener
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=1, visits=1)
        row = world.book(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0].pop())
        house = unit.session.get_one(Facility, world.doctors[0].here)
        coordinator = make_member(unit.session, house, role=Role.COORDINATOR)
    page = open_as(world.doctors[0], "/hours")
    form = page.locator("main form[action$='/exception']")
    written = {"first_on": "23/11/2026", "first_time": "09:00", "last_time": "10:00"}
    for name, value in written.items():
        go_to(page, form.locator(f"[name={name}]"))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(value)
    reason = form.locator("select[name=reason]")
    go_to(page, reason)
    page.keyboard.type("Ngh")
    expect(reason).to_have_value("leave")
    press(page, form.locator("button[type=submit]"))
    expect(page.locator("main")).to_contain_text("1 lịch hẹn sẽ không còn giờ khám")
    press(page, page.locator("main form button.btn--primary"))
    page.wait_for_url(re.compile("done="))
    with database.read() as unit:
        assert unit.session.exec(select(AvailabilityException)).one().reason == "leave"

    page = open_as(coordinator, "/hours/stranded")
    press(page, page.locator(f"main a[href='/appointments/{row.id}/override']"))
    page.wait_for_url(re.compile("/override"))


def test_a_ring_is_accepted(database: Database, open_as: Opener) -> None:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
        pressed = world.press(unit.session, now=unit.now).id
    page = open_as(world.doctors[0][0], "/ring")
    press(page, page.locator(f"form[action='/urgent/{pressed}/accept'] button").first)
    page.wait_for_url(re.compile("/calls/"))
    with database.read() as unit:
        assert unit.session.get_one(UrgentRequest, pressed).state == "claimed"


def test_a_day_is_handed_over_and_a_shift_is_swapped(database: Database, open_as: Opener) -> None:
    with database.write() as unit:
        ward = make_ward(unit.session, now=unit.now, doctors=2)
        away, stands_in = ward.doctors
        today, tomorrow = (ward.plan(unit.session, on=day, now=unit.now).id for day in range(2))
        ward.publish(unit.session, now=unit.now)
    page = open_as(ward.coordinator, "/roster/hand-over")
    for name, doctor in (("from", away), ("to", stands_in)):
        choice = page.locator(f"main select[name={name}]")
        press(page, choice, "ArrowDown")
        if doctor is stands_in:
            page.keyboard.press("ArrowDown")
        expect(choice).to_have_value(str(doctor.ref))
    press(page, page.locator("main form[method=get] button"))
    page.wait_for_url(re.compile("from="))
    wait_until_mounted(page)
    press(page, page.locator("main form[method=post] button.btn--primary"))
    page.wait_for_url(re.compile("done=1"))

    page = open_as(away, "/duty")
    press(page, page.locator(f"main a[href='/duty/shifts/{tomorrow}/swap']"))
    page.wait_for_url(re.compile("swap"))
    wait_until_mounted(page)
    press(page, page.locator("main select[name=colleague]"), "ArrowDown")
    press(page, page.locator("main form button.btn--primary"))
    page.wait_for_url(re.compile("done=asked"))
    page = open_as(stands_in, "/duty")
    press(page, page.locator("main form[action$='/accept'] button"))
    page.wait_for_url(re.compile("done=accepted"))
    with database.read() as unit:
        rows = (unit.session.get_one(Shift, each) for each in (today, tomorrow))
        assert {row.membership_id for row in rows} == {stands_in.ref}


def test_a_doctor_accepts_what_was_asked_and_goes_on_duty(database: Database, open_as: Opener) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, visits=1, accept_mode="doctor", respond_minutes=60)
        asked = world.book(unit.session, at("09:30", days=1), now=unit.now, visit_id=world.visits[0].pop())
        assert asked.status == "requested"
        pool = add_pool(unit.session, world.doctors[0].here, "Trực", now=unit.now)
        add_member(unit.session, pool, world.doctors[0].ref, on=SINCE)
    page = open_as(world.doctors[0], "/requests")
    press(page, page.locator(f"main form[action$='/{asked.id}/accept'] button"))
    page.wait_for_url(re.compile("done="))
    page.goto("/queue")
    wait_until_mounted(page)
    press(page, page.locator("#duty button[value=on]"))
    expect(page.locator("#duty button[value=on]")).not_to_have_class(re.compile("btn--primary"))
    with database.read() as unit:
        assert unit.session.get_one(Appointment, asked.id).status == "booked"
        assert unit.session.exec(select(DutySwitch)).one().is_on
