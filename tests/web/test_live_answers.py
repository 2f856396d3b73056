"""What a part that prints itself again is answered with: itself or a way on, never a whole page."""

import json
import re

import pytest

from tests.support.portal import Client
from tests.web.gallery import build_gallery
from tests.web.printing import PAGES, example_of, html_of

TAG = re.compile(r"<[a-z]+ [^>]*>")
LIVE_TAG = re.compile(r"<[a-z]+ [^>]*X-Live-Refresh[^>]*>")
TARGET = re.compile(r'hx-target="(?:#([\w-]+)|this)"')
OWN_ID = re.compile(r' id="([\w-]+)"')
KNOWN = {"sample-live"} | {element for template in PAGES for element in example_of(template).fragments}


@pytest.fixture(scope="module")
def gallery() -> Client:
    """Every page by its example, asked in this process."""
    return Client(build_gallery(), base_url="http://127.0.0.1:8000", follow_redirects=False)


def ask(gallery: Client, template: str, **headers: str) -> tuple[str, str | None]:
    path = f"/gallery/{template.removesuffix('.html')}"
    asked = {"HX-Request": "true", "HX-Target": "of-another-page", "X-Live-Refresh": "0", **headers}
    answer = gallery.get(f"{path}?day=1", headers=asked)
    return answer.text, answer.headers.get("HX-Redirect")


@pytest.mark.parametrize("template", sorted(PAGES))
def test_a_live_part_is_never_answered_with_a_whole_page(gallery: Client, template: str) -> None:
    path = f"/gallery/{template.removesuffix('.html')}"
    assert ask(gallery, template) == ("", f"{path}?day=1")


def test_nobody_is_led_out_of_a_call(gallery: Client) -> None:
    shown = {"HX-Current-URL": "http://127.0.0.1:8000/calls/0190"}
    assert ask(gallery, "visits/record.html", **shown) == ("", None)


@pytest.mark.parametrize("template", sorted(PAGES))
def test_no_part_takes_the_title_of_the_page_it_comes_into(template: str) -> None:
    """A fragment carries none; where a page is fetched for one of its parts, its title is left alone."""
    page = example_of(template)
    for block in page.fragments.values():
        assert "<title" not in html_of(page, block=block)
    html = html_of(page)
    if "htmx.min.js" in html:
        [config] = re.findall(r"<meta name=\"htmx-config\" content='([^']+)'", html)
        assert json.loads(config)["ignoreTitle"] is True


@pytest.mark.parametrize("template", sorted(PAGES))
def test_what_is_looked_for_while_one_types_is_known_as_found(template: str) -> None:
    """So that it is not printed anew under a finger: `found.js` lets its field look again instead."""
    html = html_of(example_of(template))
    for tag in (each for each in TAG.findall(html) if "input changed" in each):
        target = TARGET.search(tag)
        assert target is not None, tag
        assert target[1], tag
        assert re.search(rf'id="{target[1]}"[^>]* data-found', html), target[1]
        assert re.search(r'hx-trigger="[^"]*, again"', tag), tag


@pytest.mark.parametrize("template", sorted(PAGES))
def test_every_live_part_has_its_fragment(template: str) -> None:
    for tag in LIVE_TAG.findall(html_of(example_of(template))):
        target, own = TARGET.search(tag), OWN_ID.search(tag)
        assert target is not None, tag
        assert own is not None, tag
        assert (target[1] or own[1]) in KNOWN, tag
