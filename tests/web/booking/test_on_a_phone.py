"""A request begun on a phone of 360 by 640 points: nothing lies over the red button, who is found is seen."""

from playwright.sync_api import Browser as Chromium

from tests.support.chromium import open_device
from tests.web.gallery import run_gallery

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 800}


def test_the_bar_of_the_request_covers_nothing_on_a_phone(chromium: Chromium) -> None:
    with run_gallery() as address, open_device(chromium, base_url=address) as device:
        page = device.new_page()
        page.set_viewport_size(PHONE)
        page.goto("/gallery/booking/request")
        place = "node => getComputedStyle(node).position"
        assert page.locator(".foot").evaluate(place) == "static"
        page.set_viewport_size(DESK)
        assert page.locator(".foot").evaluate(place) == "sticky"


def test_who_is_found_for_an_urgent_call_is_seen_without_scrolling(chromium: Chromium) -> None:
    with run_gallery() as address, open_device(chromium, base_url=address) as device:
        page = device.new_page()
        page.set_viewport_size(PHONE)
        page.goto("/gallery/patients/search")
        found = page.locator("#results li").first.bounding_box()
        dock = page.locator(".dock").bounding_box()
        assert found is not None
        assert dock is not None
        assert found["y"] + found["height"] <= dock["y"]
