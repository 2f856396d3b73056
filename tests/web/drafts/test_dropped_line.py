"""A save whose answer got lost is written on from, in every part that saves itself.

The page cannot know whether the server has the words it heard no answer for: it sends them along (`before`),
and nobody is in conflict with themselves.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from telehealth.access.rules import ConsultKind
from telehealth.examination.service import load_templates
from telehealth.kit.db import Database
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.practice import wired_bus as wired_bus

pytestmark = pytest.mark.databases("sqlite")  # the services behind the forms are tested on both

TEMPLATES = Path(__file__).parents[3] / "web/templates"
VOID = ("input", "br", "use", "img", "link", "meta", "hr", "path")
FIRST, WHOLE = "Ran ẩm", "Ran ẩm hai đáy phổi"
PAGES = ("write", "station", "examination", "minutes")


@dataclass
class Part:
    """A part that saves itself: where its words go, and what its page sends beside them."""

    id: str
    action: str
    text: str = ""
    sent: dict[str, str] = field(default_factory=dict)
    words: str = ""


class Parts(HTMLParser):
    """Find all parts of a page that save themselves."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Part] = []
        self._open: list[tuple[str, Part | None]] = []
        self._is_typed = False
        self.feed(page)

    @property
    def _part(self) -> Part | None:
        return next((part for _, part in reversed(self._open) if part), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, part = given.get("name", ""), self._part
        if part is not None and name and name != "csrf_token":
            if tag == "textarea":
                part.text, self._is_typed = name, True
            elif tag == "input" and (given.get("type") != "radio" or given.get("value") == "abnormal"):
                part.sent[name] = given.get("value", "")
        if tag in VOID:
            return
        own = None
        if given.get("data-module") == "autosave":
            own = Part(given["id"], given["data-draft"])
            self.found.append(own)
        self._open.append((tag, own))

    def handle_data(self, data: str) -> None:
        if self._is_typed and self._part is not None:
            self._part.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not any(each == tag for each, _ in self._open):
            return
        while self._open.pop()[0] != tag:
            pass
        self._is_typed = False


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A support between facilities, whose minutes are begun: all parts are there."""
    opened = open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT)
    with database.write() as unit:
        load_templates(unit.session, now=unit.now)
    opened.nurse.post(f"{opened.visit}/minutes/begin", {}, page="/today")
    return opened


def parts_of(practice: Practice, name: str) -> tuple[Browser, str, list[Part]]:
    """Return who writes on a page, its address, and its parts."""
    page = f"{practice.visit}/{name}"
    return practice.practitioner, page, Parts(practice.practitioner.get(page).text).found


@pytest.mark.parametrize("name", PAGES)
def test_words_typed_on_after_a_lost_answer_are_stored(practice: Practice, name: str) -> None:
    browser, page, found = parts_of(practice, name)
    parts = [part for part in found if part.text]
    assert parts
    for part in parts:
        heard = {"hx_request": "true", "hx_target": f"{part.id}-state"}
        lost = browser.post(part.action, {**part.sent, part.text: FIRST}, page=page, **heard)
        assert lost.status_code == 200, part.id
        again = {**part.sent, part.text: WHOLE, "before": [FIRST]}
        assert browser.post(part.action, again, page=page, **heard).status_code == 200, part.id
    stored = {part.id: part.words.strip() for part in parts_of(practice, name)[2] if part.text}
    assert set(stored.values()) == {WHOLE}, stored


@pytest.mark.parametrize("name", PAGES)
def test_what_a_colleague_wrote_meanwhile_is_still_a_conflict(practice: Practice, name: str) -> None:
    browser, page, found = parts_of(practice, name)
    colleague, own = (practice.nurse, "/today") if name == "station" else (practice.doctor, "/queue")
    for part in (each for each in found if each.text):
        heard = {"hx_request": "true", "hx_target": f"{part.id}-state"}
        theirs = colleague.post(part.action, {**part.sent, part.text: FIRST}, page=own, **heard)
        assert theirs.status_code == 200, part.id
        clash = browser.post(
            part.action, {**part.sent, part.text: WHOLE, "before": [FIRST]}, page=page, **heard
        )
        assert clash.status_code == 422, part.id
        assert 'role="alert"' in clash.text, part.id


def test_every_part_that_saves_itself_is_on_one_of_these_pages(practice: Practice) -> None:
    ids = {part.id for name in (*PAGES, "prescription") for part in parts_of(practice, name)[2]}
    for template in TEMPLATES.rglob("*.html"):
        for line in template.read_text("utf-8").splitlines():
            if "{{ ui.kept(" not in line and "{{ ui.autosaved(" not in line:
                continue
            for start in re.findall(r'id="([^"{]+)', line):
                assert any(each.startswith(start) for each in ids), (template.name, start)
