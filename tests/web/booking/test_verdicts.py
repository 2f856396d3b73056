"""What the request says of a value, in a browser."""

from playwright.sync_api import Browser, expect

from tests.support.chromium import open_device, wait_until_mounted
from tests.web.gallery import run_gallery


def test_a_verdict_goes_when_its_value_is_changed(chromium: Browser) -> None:
    with run_gallery() as address, open_device(chromium, base_url=address) as device:
        page = device.new_page()
        page.goto("/gallery/booking/request")
        wait_until_mounted(page)
        judged = page.locator(".vital[data-range] .state")
        before = judged.count()
        assert before
        page.locator(".vital[data-range] input").first.fill("37")
        expect(judged).to_have_count(before - 1)
