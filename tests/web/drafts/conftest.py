"""A booked visit and everybody at their browsers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.chromium import open_device
from tests.support.practice import Practice
from tests.support.practice import booked_practice as booked_practice
from tests.support.practice import visits_bus as visits_bus
from tests.support.serving import serve


@pytest.fixture
def address(practice: Practice) -> Iterator[str]:
    with serve(practice.app) as address:
        yield address


@pytest.fixture
def device(address: str, chromium: Browser) -> Iterator[BrowserContext]:
    """The PC that the station shares."""
    with open_device(chromium, base_url=address) as context:
        yield context
