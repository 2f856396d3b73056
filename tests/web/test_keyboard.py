"""Work without a mouse: a time booked, a ring called off, a shift planned, an offer made and taken."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from telehealth import wiring
from telehealth.duty.models import Shift
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.scheduling.models import Appointment
from telehealth.staff.actors import MembershipActor
from telehealth.urgent.models import UrgentRequest
from telehealth.waitlist.models import WaitlistEntry
from tests.support.app import build_app
from tests.support.booking import TODAY, at, make_booking_world
from tests.support.chromium import open_device, wait_until_mounted
from tests.support.clock import FixedClock
from tests.support.keyboard import press
from tests.support.serving import serve
from tests.support.urgent import make_urgent_world
from tests.support.world import make_sign_in
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
