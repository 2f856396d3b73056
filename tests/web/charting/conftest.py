"""A booked visit, the parts of the record as the program has them, and everybody at their browsers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from httpx2 import Response

from telehealth.examination.service import load_templates
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.staff.rules import Role
from telehealth.wiring import EXTENSIONS
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.visits import subscribe_visits
from tests.support.world import make_member, make_sign_in

Post = Callable[..., Response]


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear of appointments and every part of the record answers."""
    bus = subscribe_visits(Bus())
    for port, extension in EXTENSIONS:
        bus.extend(port, extension)
    return bus


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A remote examination, booked for 09:30, about which nothing is written yet."""
    opened = open_practice(database, tmp_path, clock)
    with database.write() as unit:
        load_templates(unit.session, now=unit.now)
    return opened


@pytest.fixture
def admin(practice: Practice) -> Browser:
    """An administrator of the station, signed in."""
    with practice.database.write() as unit:
        member = make_member(unit.session, practice.world.station(unit.session), role=Role.ADMIN)
        return Browser(practice.app, make_sign_in(unit.session, member, now=unit.now))


@pytest.fixture
def post() -> Post:
    """Post a form as the page holds it, or as htmx does when it names what it will replace."""

    def send(browser: Browser, page: str, path: str, data: dict[str, object], target: str = "") -> Response:
        token = re.search(r'name="csrf_token"\s+value="([^"]+)"', browser.get(page).text)
        assert token is not None, page
        headers = {"HX-Request": "true", "HX-Target": target} if target else {}
        return browser.client.post(path, data={"csrf_token": token[1], **data}, headers=headers)

    return send
