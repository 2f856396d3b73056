"""What the tests of call pages have in common: the application and a call that is booked."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth.kit.db import Database
from tests.support.app import build_app
from tests.support.calls import BookedCall, book_call
from tests.support.clock import FixedClock


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    """The application on a fresh database."""
    return build_app(database, tmp_path, clock)


@pytest.fixture
def call(database: Database) -> BookedCall:
    """A booked call."""
    with database.write() as unit:
        return book_call(unit.session, now=unit.now)
