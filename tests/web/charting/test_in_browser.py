"""The examination beside the record in a real browser: one tap saves, and the signature waits for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from telehealth.examination import queries
from tests.support.chromium import PHONE, open_device, wait_until_mounted
from tests.support.practice import PIN, Practice
from tests.support.serving import serve

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser


@pytest.fixture
def page(practice: Practice, chromium: Browser) -> Iterator[Page]:
    """The doctor's workspace, open, with its parts fetched."""
    with serve(practice.app) as address, open_device(chromium, base_url=address) as device:
        token = practice.doctor.client.cookies["signin"]
        device.add_cookies([{"name": "signin", "value": token, "url": address}])
        page = device.new_page()
        page.goto(practice.case)
        wait_until_mounted(page)
        unfold(page)
        yield page


def unfold(page: Page) -> None:
    """Open the systems: folded while nothing of them wants a look, so that the record stays short."""
    expect(page.locator("#exam-heart")).to_be_attached()
    expect(page.locator("#exam-heart")).to_be_hidden()
    page.get_by_text("Từng hệ cơ quan: đã ghi 0 trong").click()
    expect(page.locator("#exam-heart")).to_be_visible()


def test_a_tap_saves_one_system_and_a_press_the_rest(page: Page, practice: Practice) -> None:
    page.locator("#exam-lungs").get_by_label("Bất thường").check()
    page.locator("#exam-lungs-text").fill("Ran ẩm đáy phổi phải")
    # Not saved yet: the press that prints all anew waits for it.
    page.get_by_role("button", name="Các hệ chưa ghi đều bình thường").click()
    expect(page.locator("#exam-heart").get_by_label("Bình thường")).to_be_checked()
    expect(page.locator("#exam-lungs-text")).to_have_value("Ran ẩm đáy phổi phải")
    with practice.database.read() as unit:
        written = queries.items_of(unit.session, practice.world.visit)
        assert len(written) == 8
        assert written["lungs"].text == "Ran ẩm đáy phổi phải"


def test_the_record_is_signed_with_what_was_tapped_last(page: Page, practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    page.reload()
    wait_until_mounted(page)
    unfold(page)
    heart = page.locator("#exam-heart")
    heart.get_by_label("Bình thường").check()
    expect(page.locator("#exam-heart-state")).to_contain_text("Đã lưu")
    page.locator("#sign [name=secret]").fill(PIN)
    page.get_by_role("button", name="Ký hồ sơ").click()
    expect(page.get_by_text("Tim: Tim đều, không tiếng thổi.")).to_be_visible()


def test_facts_are_confirmed_beside_the_record(page: Page) -> None:
    part = page.locator("#part-background")
    part.get_by_role("button", name="Đã hỏi, không có: Dị ứng").click()
    expect(part.get_by_text("Đã hỏi lúc")).to_be_visible()
    part.get_by_label("Thêm bệnh nền").fill("Hen phế quản")
    part.get_by_role("button", name="Thêm").nth(1).click()
    expect(part.get_by_text("Hen phế quản")).to_be_visible()


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    for element in ("#part-examination", "#part-background"):
        page.locator(element).scroll_into_view_if_needed()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
