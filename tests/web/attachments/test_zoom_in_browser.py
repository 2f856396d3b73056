"""A photo looked at closely: enlarged by finger, mouse and keyboard, turned, and pointed at."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import select

from telehealth.files.service import wash
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.visits.models import Attachment
from telehealth.visits.service import Attaching, attach
from tests.support.axe import check_accessibility
from tests.support.chromium import DESKTOP, PHONE, open_device, wait_until_mounted
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.practice import wired_bus as wired_bus
from tests.support.serving import serve

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser

WIDTHS = [PHONE["width"], DESKTOP["width"]]


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """An open visit with one photo, wider than high."""
    opened = open_practice(database, tmp_path, clock)
    written = BytesIO()
    Image.new("RGB", (1200, 800), "tan").save(written, "JPEG")
    washed = wash(written.getvalue())
    with database.write() as unit:
        world = opened.world
        attaching = Attaching(id=new_id(), visit_id=world.visit.id)
        attach(unit.session, opened.app.state.storage, world.nurse, attaching, washed, now=unit.now)
    return opened


@pytest.fixture(params=WIDTHS, ids=[f"{width} px" for width in WIDTHS])
def page(request: pytest.FixtureRequest, practice: Practice, chromium: Browser) -> Iterator[Page]:
    """The photo, opened by the doctor: on a phone with a finger, on a desk with a mouse."""
    with (
        serve(practice.app) as address,
        open_device(chromium, base_url=address, is_phone=request.param == PHONE["width"]) as device,
    ):
        token = practice.doctor.client.cookies["signin"]
        device.add_cookies([{"name": "signin", "value": token, "url": address}])
        page = device.new_page()
        page.goto(f"/attachments/{photo_of(practice).id}")
        wait_until_mounted(page)
        yield page


def photo_of(practice: Practice) -> Attachment:
    with practice.database.read() as unit:
        found = unit.session.exec(select(Attachment)).one()
        unit.session.expunge(found)
        return found


def press(page: Page, what: Locator) -> None:
    """Touch on a phone, click on a desk."""
    if page.viewport_size == PHONE:
        what.tap()
    else:
        what.click()


def widths(page: Page) -> tuple[float, float]:
    """Return how wide the frame and the drawing in it are."""
    found = [page.locator(each).bounding_box() for each in (".viewer", ".viewer .drawing")]
    assert found[0]
    assert found[1]
    return found[0]["width"], found[1]["width"]


def zoomed(page: Page, times: int) -> None:
    """Expect the picture so many times as wide as its frame, the page itself no wider than the screen."""
    expect(page.locator(f".viewer[data-zoom='{times}']")).to_be_visible()
    expect(page.get_by_role("link", name=f"{times}×")).to_have_attribute("aria-current", "true")
    frame, drawn = widths(page)
    assert drawn == pytest.approx(frame * times, rel=0.03)
    size = page.viewport_size
    assert size
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_photo_is_enlarged_by_a_tap_and_moved_about_in_its_frame(page: Page) -> None:
    for times in (2, 4, 1):
        press(page, page.get_by_role("link", name=f"{times}×"))
        zoomed(page, times)
        check_accessibility(page)


def test_a_photo_is_enlarged_and_moved_about_by_the_keyboard_alone(page: Page) -> None:
    page.get_by_role("link", name="1×").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    zoomed(page, 4)
    viewer = page.locator(".viewer")
    viewer.focus()
    expect(viewer).to_be_focused()
    for key, side in (("ArrowRight", "scrollLeft"), ("ArrowDown", "scrollTop")):
        page.keyboard.press(key)
        page.wait_for_function("(side) => document.querySelector('.viewer')[side] > 0", arg=side)


def test_what_is_turned_stays_as_large(page: Page, practice: Practice) -> None:
    press(page, page.get_by_role("link", name="2×"))
    zoomed(page, 2)
    with page.expect_navigation():
        press(page, page.get_by_role("button", name="Xoay phải"))
    zoomed(page, 2)
    assert photo_of(practice).turn == 90


def test_an_arrow_on_an_enlarged_photo_points_where_it_was_drawn(page: Page, practice: Practice) -> None:
    press(page, page.get_by_role("link", name="2×"))
    zoomed(page, 2)
    wait_until_mounted(page)
    page.locator(".viewer").evaluate("(viewer) => { viewer.scrollLeft = viewer.clientWidth / 2; }")
    press(page, page.get_by_role("button", name="Vẽ mũi tên"))
    page.locator(".viewer").evaluate("(viewer) => viewer.scrollIntoView({block: 'center'})")
    frame = page.locator(".viewer").bounding_box()
    image = page.locator(".viewer image").bounding_box()
    assert frame
    assert image
    middle = frame["y"] + frame["height"] / 2
    ends = [
        (frame["x"] + frame["width"] * across, middle + down) for across, down in ((0.25, -30), (0.75, 30))
    ]
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=4)
    page.mouse.up()
    with page.expect_navigation():
        press(page, page.get_by_role("button", name="Lưu mũi tên"))
    zoomed(page, 2)
    expect(page.locator(".viewer .drawing__arrow")).to_have_count(1)
    [[on, *drawn]] = photo_of(practice).arrows
    wanted = [
        part
        for x, y in ends
        for part in ((x - image["x"]) / image["width"] * 10_000, (y - image["y"]) / image["height"] * 10_000)
    ]
    assert on == 1
    assert drawn == pytest.approx(wanted, abs=80)
