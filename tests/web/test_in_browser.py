"""Every page in a real browser: accessible, within the window, obedient to the content policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from telehealth.staff.rules import Role
from tests.support.axe import check_accessibility
from tests.support.chromium import PATIENCE_MS, PHONE, open_device, wait_on, wait_until_mounted
from tests.web.gallery import NAMES, run_gallery
from tests.web.printing import Someone
from web.chrome import staff_chrome
from web.i18n import language

NARROW = 320
"""CSS pixels: what WCAG 2.2 (1.4.10, reflow) asks for."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with run_gallery() as address:
        yield address


@pytest.fixture(scope="module")
def desktop(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    with open_device(chromium, base_url=address) as device:
        yield device


@pytest.fixture
def desktop_page(desktop: BrowserContext) -> Iterator[Page]:
    page = desktop.new_page()
    yield page
    page.close()


def open_example(page: Page, name: str) -> list[str]:
    """Open a page and wait till its modules answer; return what the content policy refused."""
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if "Content Security Policy" in m.text else None)
    page.goto(f"/gallery/{name}")
    wait_until_mounted(page)
    return refused


@pytest.mark.parametrize("name", NAMES)
def test_a_page_on_a_desktop_and_on_a_phone(desktop_page: Page, name: str) -> None:
    refused = open_example(desktop_page, name)
    check_accessibility(desktop_page)
    desktop_page.set_viewport_size(PHONE)
    check_accessibility(desktop_page)
    desktop_page.set_viewport_size({"width": NARROW, "height": 640})
    assert desktop_page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert refused == []


def test_a_nurses_own_work_comes_before_the_long_list_of_doctors_on_duty_on_a_phone(
    desktop_page: Page,
) -> None:
    """Folded and one tap away on a phone, open beside it all on a desktop."""
    desktop_page.set_viewport_size({"width": 360, "height": 740})
    open_example(desktop_page, "today/today")
    number = desktop_page.locator("#on-duty a[href^='tel:']:visible")
    expect(number).to_have_count(0)
    expect(desktop_page.locator("#on-duty a", has_text="Gọi bác sĩ ngay")).to_be_visible()
    folded = desktop_page.locator("#on-duty").bounding_box()
    desktop_page.locator("#duty-fold summary").click()
    expect(number.first).to_be_visible()
    unfolded = desktop_page.locator("#on-duty").bounding_box()
    assert folded
    assert unfolded
    assert unfolded["height"] > folded["height"] + 150
    desktop_page.set_viewport_size({"width": 1280, "height": 740})
    expect(number.first).to_be_visible()
    expect(desktop_page.locator("#duty-fold")).to_be_hidden()


def test_a_person_can_skip_to_the_content(desktop_page: Page) -> None:
    open_example(desktop_page, "patterns/patterns")
    desktop_page.keyboard.press("Tab")
    assert desktop_page.evaluate("document.activeElement.className") == "skip"
    desktop_page.keyboard.press("Enter")
    assert desktop_page.evaluate("document.activeElement.id") == "main"


def test_the_account_menu_opens_and_closes_by_keyboard(desktop_page: Page) -> None:
    open_example(desktop_page, "patterns/patterns")
    menu = desktop_page.locator(".menu")
    menu.locator("summary").focus()
    desktop_page.keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    desktop_page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None


def test_a_countdown_counts(desktop_page: Page) -> None:
    open_example(desktop_page, "patterns/patterns")
    expect(desktop_page.locator("[data-part=clock]")).not_to_have_text("04:12")


def test_a_dialog_opens_and_closes(desktop_page: Page) -> None:
    open_example(desktop_page, "patterns/patterns")
    desktop_page.get_by_role("button", name="Mở hộp thoại").click()
    dialog = desktop_page.get_by_role("dialog", name="Rời phòng khám?")
    dialog.wait_for()
    dialog.get_by_role("button", name="Ở lại").click()
    dialog.wait_for(state="hidden")


def test_a_button_pressed_before_its_module_has_come_is_not_lost(desktop_page: Page) -> None:
    """A slow line brings the page long before the module; nobody is to press twice."""
    held: list[Route] = []
    desktop_page.route("**/js/*/dialog.js", lambda route: held.append(route))
    desktop_page.goto("/gallery/patterns/patterns", wait_until="commit")
    opener = desktop_page.get_by_role("button", name="Mở hộp thoại")
    wait_on(desktop_page, lambda: held, what="the module being asked for")
    opener.click()
    dialog = desktop_page.get_by_role("dialog", name="Rời phòng khám?")
    expect(dialog).to_be_hidden()
    for each in held:
        each.continue_()
    dialog.wait_for(timeout=PATIENCE_MS)


def test_everything_is_there_without_script(chromium: Browser, address: str) -> None:
    device = chromium.new_context(base_url=address, locale="vi-VN", java_script_enabled=False)
    page = device.new_page()
    page.goto("/gallery/patterns/patterns")
    page.locator(".menu summary").click()
    assert page.get_by_role("button", name="Đăng xuất").is_visible()
    page.locator(".confirm summary").click()
    assert page.get_by_role("button", name="Hủy lịch hẹn 14:00").is_visible()
    device.close()


@pytest.mark.parametrize("role", Role)
def test_every_place_of_a_role_is_reached_on_a_phone_and_fits_beside_the_name_on_a_desktop(
    desktop_page: Page, role: Role
) -> None:
    with language("vi"):
        places = {entry.href for entry in staff_chrome(Someone(role=role)).nav}
    open_example(desktop_page, f"roster/board?role={role}")
    shown = "links => links.filter(a => a.offsetParent).map(a => a.getAttribute('href'))"
    assert set(desktop_page.locator(".nav a").evaluate_all(shown)) == places
    name = desktop_page.locator(".who .strong")
    assert name.evaluate("element => element.getClientRects().length") == 1
    desktop_page.set_viewport_size(PHONE)
    desktop_page.locator(".menu summary").click()
    check_accessibility(desktop_page)
    reached = desktop_page.locator(".dock a, .menu a").evaluate_all(
        "links => links.filter(a => a.getClientRects().length).map(a => a.getAttribute('href'))"
    )
    assert sorted(set(reached) & places) == sorted(places)
    assert len(reached) == len(set(reached))


def test_how_soon_somebody_is_seen_stands_beside_the_name_not_over_it(desktop_page: Page) -> None:
    open_example(desktop_page, "queue/queue")
    gaps = desktop_page.evaluate(
        """() => [...document.querySelectorAll(".queue--day > li")].map((row) =>
          row.querySelector("h3").getBoundingClientRect().left
          - row.querySelector(".tag").getBoundingClientRect().right)"""
    )
    assert min(gaps) > 0
