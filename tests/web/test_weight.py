"""What a page costs over the wire: bytes after gzip and requests, from the page's example."""

import gzip
import re

import pytest

from tests.web.printing import PAGES, example_of, html_of
from web.assets import Asset, assets

ADDRESS = re.compile(r'"(/static/[^"#]+)')
MODULE = re.compile(r'data-module="([^"]+)"(?! data-fetch="touched")')
PROVIDED = re.compile(rb'provide\("([\w/-]+)"')
IMPORT = re.compile(rb'(?:from|import)\s*"\./([\w/-]+\.js)"')
IN_STYLE = re.compile(rb'url\("(/static/[^"]+)"\)')

KILOBYTES = {"patient": 20, "plain": 20, "staff": 90, "gate": 90, "print": 90, "call": 90}
REQUESTS = {"patient": 5, "plain": 5}
MORE_REQUESTS = {"checks/questions.html": 2}
"""Shown refused, with a question for a photo, to be read aloud: what leads there, names the photo, speaks."""
HTML_KILOBYTES = 12
READ_ONLY = sorted(name for name, page in PAGES.items() if page.layout == "patient" and "links/" in name)


def files_of(html: str) -> dict[str, Asset]:
    """Every static file a browser fetches for a page before anybody does anything."""
    found = {asset.path: asset for asset in (at(address) for address in ADDRESS.findall(html))}
    brought = {name.decode() for asset in found.values() for name in PROVIDED.findall(asset.content)}
    for names in MODULE.findall(html):
        for name in set(names.split()) - brought:
            found.setdefault(f"js/{name}.js", assets().get(f"js/{name}.js"))
    waiting = list(found.values())
    while waiting:
        asset = waiting.pop()
        folder = asset.path.rpartition("/")[0]
        needed = [assets().get(f"{folder}/{name.decode()}") for name in IMPORT.findall(asset.content)]
        if asset.path.endswith(".css"):
            # Pictures of inputs are fetched only where such an input is; fonts on every staff page.
            needed += [at(url.decode()) for url in IN_STYLE.findall(asset.content) if b".woff2" in url]
        waiting += [each for each in needed if each.path not in found]
        found.update({each.path: each for each in needed})
    return found


def at(address: str) -> Asset:
    """The file of an address."""
    found = assets().find(address.removeprefix("/static/"))
    assert found is not None, address
    return found[0]


@pytest.mark.parametrize("template", sorted(PAGES))
def test_a_page_is_light_enough_for_a_weak_link(template: str) -> None:
    page = example_of(template)
    html = html_of(page)
    files = files_of(html)
    weight = len(gzip.compress(html.encode())) + sum(asset.wire_bytes for asset in files.values())
    assert weight <= KILOBYTES[page.layout] * 1024, sorted((a.wire_bytes, p) for p, a in files.items())
    most = REQUESTS.get(page.layout, 20) + MORE_REQUESTS.get(template, 0)
    assert 1 + len(files) <= most, sorted(files)


@pytest.mark.parametrize("template", READ_ONLY)
def test_what_a_patient_only_reads_is_lighter_still(template: str) -> None:
    """A page and four files; the icons it shows are drawn into it.

    The doctor's words are the heaviest: a correction, medicines, a next visit, where a referral sends.
    """
    html = html_of(example_of(template))
    files = files_of(html)
    weight = len(gzip.compress(html.encode())) + sum(asset.wire_bytes for asset in files.values())
    assert weight <= 12.5 * 1024, sorted((a.wire_bytes, p) for p, a in files.items())
    assert 1 + len(files) <= 5, sorted(files)
    assert "sprite.svg" not in html


def test_the_way_from_the_text_into_the_waiting_room() -> None:
    """Five pages on one phone, which keeps what it has: bodies alone, headers are some eight kB more.

    The line's check, which runs by itself, is in it; the call itself and the sender of photos are not:
    they are fetched while somebody waits, or once a photo is chosen.
    """
    way = (
        "links/tap.html",
        "links/gate.html",
        "links/appointment.html",
        "calls/check.html",
        "calls/wait.html",
    )
    pages = [html_of(example_of(template)) for template in way]
    files = {path: asset for html in pages for path, asset in files_of(html).items()}
    weight = sum(len(gzip.compress(html.encode())) for html in pages)
    weight += sum(asset.wire_bytes for asset in files.values())
    assert weight <= 35 * 1024, sorted((a.wire_bytes, p) for p, a in files.items())
    assert len(way) + len(files) <= 10, sorted(files)


FETCHED_FOR_A_PICTURE = {
    "calls/call.html": (),
    "calls/wait.html": ("js/call/live.js", "js/call/stage.js"),
}
"""What comes before a first picture besides what the page names: on a phone, fetched by its waiting room."""
BEFORE_A_PICTURE = 25_000
LATER = re.compile(r'<meta name="htmx"[^>]*>')


@pytest.mark.parametrize(("template", "fetched"), FETCHED_FOR_A_PICTURE.items())
def test_the_scripts_before_the_first_picture_of_a_call_are_light(
    template: str, fetched: tuple[str, ...]
) -> None:
    """All of them; `tests/journeys/test_call_scripts.py` sees in browsers that no more is needed."""
    named = files_of(LATER.sub("", html_of(example_of(template))))
    scripts = {path: asset.wire_bytes for path, asset in named.items() if path.endswith(".js")}
    scripts |= {path: assets().get(path).wire_bytes for path in fetched}
    assert {"js/call/page.js", "js/call/live.js"} <= scripts.keys()
    assert sum(scripts.values()) <= BEFORE_A_PICTURE, scripts


@pytest.mark.parametrize("template", sorted(PAGES))
def test_a_page_itself_stays_small(template: str) -> None:
    assert len(gzip.compress(html_of(example_of(template)).encode())) <= HTML_KILOBYTES * 1024


@pytest.mark.parametrize("template", sorted(PAGES))
def test_nothing_comes_from_elsewhere(template: str) -> None:
    sources = re.findall(r'(?:src|href|action|srcset|poster)="(https?:|//)', html_of(example_of(template)))
    assert sources == []
