"""The pages people work on, at the widths of a phone, of a tablet held upright and of a desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.chromium import open_device
from tests.web.gallery import run_gallery

WIDTHS = (360, 768, 1280)
PAGES = ("booking/request", "cases/case", "visits/open", "visits/station")
ROLES = ("station_nurse", "doctor", "coordinator", "manager", "admin")
OUT_OF_THE_DOCK = """() => [...document.querySelectorAll(".dock a")].filter((entry) => {
  const range = document.createRange();
  range.selectNodeContents(entry);
  const box = entry.getBoundingClientRect(), words = range.getBoundingClientRect();
  return words.left < Math.max(box.left, 2) || words.right > Math.min(box.right, innerWidth - 2)
    || words.bottom > box.bottom;
}).map((entry) => entry.textContent)"""
STICKING_OUT = """() => [...document.querySelectorAll(".vital *")].filter((part) => {
  const tile = part.closest(".vital").getBoundingClientRect(), box = part.getBoundingClientRect();
  return box.width && (box.left < tile.left - 1 || box.right > tile.right + 1);
}).map((part) => part.outerHTML)"""
ROOM_IN_HEAD = """() => {
  const head = document.querySelector(".leaf__top"), name = head.querySelector(".strong");
  name.textContent = "Điểm trạm Vi Hương, Trạm Y tế xã Phủ Thông";
  head.querySelector(".leaf__listen button").hidden = false;
  return name.getBoundingClientRect().top - head.getBoundingClientRect().top;
}"""
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


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("width", [320, 360])
def test_every_word_of_the_dock_is_read_on_a_phone(device: BrowserContext, role: str, width: int) -> None:
    page = device.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/gallery/roster/plan?role={role}")
    assert page.locator(".dock a").count() > 3
    assert page.evaluate(OUT_OF_THE_DOCK) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_ridge_is_never_drawn_over_what_is_read(device: BrowserContext) -> None:
    page = device.new_page()
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/gallery/roster/plan")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.bar'), '::after').backgroundImage") == "none"
    )
    ridge = "getComputedStyle(document.querySelector('.page'), '::before')"
    assert "ridge" in page.evaluate(f"{ridge}.backgroundImage")
    assert page.evaluate(f"{ridge}.zIndex") == "-1"
    page.close()


def test_decades_stand_side_by_side_and_an_open_one_has_wide_years(device: BrowserContext) -> None:
    for width in (360, 1280):
        page = device.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/gallery/links/gate")
        tops = page.evaluate("[...document.querySelectorAll('.years__decade')].map((each) => each.offsetTop)")
        assert len(set(tops)) <= len(tops) / 2 + 1
        page.locator(".years__decade summary").first.click()
        assert page.locator(".years__list button").first.bounding_box()["width"] >= 64  # type: ignore[index]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("a[href^='tel:']").count() == 1, "one number, once"
        assert page.evaluate(ROOM_IN_HEAD) >= 8, "a long name of a station does not touch the edge"
        page.close()


def test_tabs_of_work_take_one_row_of_a_phone(device: BrowserContext) -> None:
    page = device.new_page()
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto("/gallery/tasks/tasks")
    chips = page.locator(".chips--row .chip")
    assert chips.count() > 4
    assert len({round(each.bounding_box()["y"]) for each in chips.all()}) == 1  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()
