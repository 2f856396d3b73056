"""What stands in sight in a call, on a phone and on a laptop: faces, badges, who is there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.chromium import open_device
from tests.web.gallery import run_gallery

FILL = """() => {
  document.querySelectorAll("[data-phases]").forEach((each) => {
    each.hidden = !each.dataset.phases.includes("live");
    delete each.dataset.phases;
  });
  const part = (name, from) => (from || document).querySelector(`[data-part="${name}"]`);
  const copy = (name) => part(name).content.firstElementChild.cloneNode(true);
  ["Điều dưỡng Nông Thị Hạnh", "Lò Thị Thử · Người bệnh"].forEach((name, place) => {
    const tile = copy("tile-template");
    if (!place) tile.dataset.place = "main";
    part("name", tile).textContent = name;
    part("unconfirmed", tile).hidden = !place;
    part("tiles").append(tile);
    const row = copy("person-template");
    part("name", row).textContent = name;
    row.querySelectorAll("[hidden]").forEach((each) => { each.hidden = false; });
    part("people-list").append(row);
  });
  document.querySelectorAll(".count").forEach((each) => { each.hidden = false; each.textContent = "3"; });
}"""
COVERED = """() => {
  const small = document.querySelector('.tiles__others .tile:not([data-place="main"])');
  const face = small.getBoundingClientRect().top + small.clientWidth * 0.56;
  const icon = document.querySelector('[data-opens="people"] .icon').getBoundingClientRect();
  const count = document.querySelector('[data-opens="people"] .count').getBoundingClientRect();
  const isOver = count.left + 1 < icon.left + icon.width / 2 + 4 && count.bottom > icon.top + 8;
  return [small.querySelector(".tile__name").getBoundingClientRect().top < face - 1, isOver];
}"""
HANGING = """() => Array.from(document.querySelectorAll('.tiles .tile:not([data-place="main"])'), (small) => {
  const name = small.querySelector(".tile__name");
  return Math.round(small.getBoundingClientRect().bottom - name.getBoundingClientRect().bottom);
})"""
"""How far each name hangs above the foot of its small picture."""
IN_REACH = """() => {
  document.querySelector("#call-people").dataset.open = "true";
  const button = Array.from(document.querySelectorAll("#call-people [data-act=confirm]")).pop();
  const box = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with run_gallery() as address:
        yield address


def open_call(page: Page) -> Page:
    page.goto("/gallery/calls/call")
    page.wait_for_load_state("load")
    page.evaluate(FILL)
    return page


def test_on_a_phone_words_cover_no_face_and_badges_no_icon(chromium: Browser, address: str) -> None:
    with open_device(chromium, base_url=address, is_phone=True) as device:
        assert open_call(device.new_page()).evaluate(COVERED) == [False, False]


def test_names_stand_at_the_foot_of_small_pictures_beside_a_taller_one_too(
    chromium: Browser, address: str
) -> None:
    with open_device(chromium, base_url=address, is_phone=True) as device:
        other, own = open_call(device.new_page()).evaluate(HANGING)
    assert (other, own) == (0, 0)


def test_who_is_there_opens_above_the_buttons(chromium: Browser, address: str) -> None:
    with open_device(chromium, base_url=address) as device:
        page = device.new_page()
        page.set_viewport_size({"width": 1280, "height": 800})
        assert open_call(page).evaluate(IN_REACH)
