"""Every page a role may open is found from its first page on a phone: by dock, menu or the page itself."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.kit.clock import Clock
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.day import make_day
from tests.support.routes import all_routes
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slices run on both

ELSEWHERE = {
    "/ring": "comes by itself when something rings",
    "/ring/quiet": "a part of a doctor's call",
    "/live": "a stream, not a page",
    "/diagnosis-codes": "a part of the record's page",
    "/medicines": "a part of the prescription's page",
    "/reports/texts.csv": "a file, led to from its report while there is something in it",
    "/reports/calls.csv": "a file, led to from its report while there is something in it",
    "/hours/national": "led to from the hours of a house and of a doctor; the doctor of that day has none",
    "/hours/stranded": "led to from the appointments and the hours while there is something on it",
}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Links(HTMLParser):
    """Collects where a page leads, but for the bar that a phone does not show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_bar = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link outside the bar."""
        values = dict(attrs)
        if tag == "nav" and values.get("class") == "nav":
            self._in_bar = True
        href = values.get("href") or ""
        if tag == "a" and href.startswith("/") and not self._in_bar:
            self.found.append(href)

    def handle_endtag(self, tag: str) -> None:
        """Leave the bar."""
        if tag == "nav":
            self._in_bar = False


def walk(browser: Browser) -> set[str]:
    """Follow links from the first page on, one page of every kind; return the addresses come to."""
    seen: set[str] = set()
    ahead = ["/"]
    while ahead:
        href = ahead.pop()
        kind = _ID.sub("-", href.partition("?")[0].partition("#")[0])
        if kind in seen:
            continue
        seen.add(kind)
        answer = browser.get(href)
        if answer.status_code in (302, 303, 307):
            ahead.append(answer.headers["location"])
        elif answer.headers.get("content-type", "").startswith("text/html"):
            ahead += Links(answer.text).found
    return seen


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.mark.parametrize("role", Role)
def test_every_page_is_found_without_the_bar(
    role: Role, database: Database, clock: Clock, tmp_path: Path
) -> None:
    day = make_day(database)
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        browser = Browser(app, make_sign_in(unit.session, day.members[role], now=unit.now))
    pages = {
        route.path
        for route in all_routes(app)
        if route.sign_in and route.methods == ("GET",) and not route.parameters
    } - set(ELSEWHERE)
    allowed = {path for path in pages if browser.get(path).status_code in (200, 303)}
    assert sorted(allowed - walk(browser)) == []
