"""The pages people work on, at the widths of a phone, of a tablet held upright and of a desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.chromium import open_device
from tests.web.gallery import run_gallery

WIDTHS = (360, 768, 1280)
PAGES = ("booking/request", "cases/case", "visits/open", "visits/station")
STICKING_OUT = """() => [...document.querySelectorAll(".vital *")].filter((part) => {
  const tile = part.closest(".vital").getBoundingClientRect(), box = part.getBoundingClientRect();
  return box.width && (box.left < tile.left - 1 || box.right > tile.right + 1);
}).map((part) => part.outerHTML)"""
HEIGHTS_BY_ROW = """() => {
  const rows = {};
  for (const tile of document.querySelectorAll(".vital")) {
    const {top, height} = tile.getBoundingClientRect();
    (rows[Math.round(top)] = rows[Math.round(top)] || []).push(Math.round(height));
  }
  return Object.values(rows);
}"""


@pytest.fixture(scope="module")
def device(chromium: Browser) -> Iterator[BrowserContext]:
    with run_gallery() as address, open_device(chromium, base_url=address) as device:
        yield device


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_measurements_stay_within_their_tiles_and_tiles_of_a_row_are_alike(
    device: BrowserContext, name: str, width: int
) -> None:
    page = device.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/gallery/{name}")
    assert page.locator(".vital").count()
    assert page.evaluate(STICKING_OUT) == []
    assert all(len(set(heights)) == 1 for heights in page.evaluate(HEIGHTS_BY_ROW))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
