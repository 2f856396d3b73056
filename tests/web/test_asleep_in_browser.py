"""Buttons only a script can answer, before it has come: they cannot be pressed in vain, and say why."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.support.chromium import open_device, wait_on
from tests.web.gallery import run_gallery


@pytest.fixture(scope="module")
def device(chromium: Browser) -> Iterator[BrowserContext]:
    with run_gallery() as address, open_device(chromium, base_url=address) as device:
        yield device


def test_the_check_of_a_line_is_pressed_only_once_it_works(device: BrowserContext) -> None:
    page = device.new_page()
    held: list[Route] = []
    page.route("**/static/**/app.js", lambda route: held.append(route))
    page.goto("/gallery/lines/check", wait_until="commit")
    start = page.get_by_role("button", name="Đo đường truyền")
    expect(start).to_be_disabled()
    why = page.get_by_text("bấm được khi trang tải xong")
    expect(why.first).to_be_visible()
    expect(page.locator("main button[type=button]:enabled:visible")).to_have_count(0)
    page.wait_for_function("() => document.readyState !== 'loading'")
    wait_on(page, lambda: held, what="the script being asked for")
    for route in held:
        route.continue_()
    expect(start).to_be_enabled()
    expect(why.filter(visible=True)).to_have_count(0)
    page.close()
