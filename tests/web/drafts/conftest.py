"""A booked visit and everybody at their browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.chromium import open_device
from tests.support.clock import FixedClock
from tests.support.practice import Practice, open_practice
from tests.support.serving import serve
from tests.support.visits import subscribe_visits


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear of appointments."""
    return subscribe_visits(Bus())


@pytest.fixture
def practice(database: Database, tmp_path: Path, clock: FixedClock) -> Practice:
    """A remote examination, booked for 09:30, about which nothing is written yet."""
    return open_practice(database, tmp_path, clock)


@pytest.fixture
def address(practice: Practice) -> Iterator[str]:
    with serve(practice.app) as address:
        yield address


@pytest.fixture
def device(address: str, chromium: Browser) -> Iterator[BrowserContext]:
    """The PC that the station shares."""
    with open_device(chromium, base_url=address) as context:
        yield context
