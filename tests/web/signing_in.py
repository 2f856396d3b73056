"""The application with one station and people who have passwords and PINs: fixtures for pages of staff."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.kit.security import Passwords
from telehealth.staff.actors import MembershipActor
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_doctor, make_facility, make_member

PASSWORD, PIN = "mưa rơi trên mái ngói", "258036"

FAST = Passwords(memory_kib=8, time_cost=1)
"""The same hashing at a price tests can pay."""


@dataclass(frozen=True)
class People:
    """Who works where in these tests."""

    station: Facility
    hanh: MembershipActor
    lan: MembershipActor
    doctor: MembershipActor


@pytest.fixture(scope="session")
def hashes() -> tuple[str, str]:
    """The stored forms of PASSWORD and PIN."""
    return FAST.hash(PASSWORD), FAST.hash(PIN)


@pytest.fixture
def people(database: Database, hashes: tuple[str, str]) -> People:
    """A station with two nurses, and a doctor in Hanoi."""
    secrets = {"password_hash": hashes[0], "pin_hash": hashes[1]}
    with database.write() as unit:
        station = make_facility(unit.session)
        return People(
            station,
            make_member(unit.session, station, username="+84868123456", **secrets),
            make_member(unit.session, station, username="lan", name="Lý Thị Lan", **secrets),
            make_doctor(unit.session, username="minh", **secrets),
        )


@pytest.fixture
def make_app(database: Database, tmp_path: Path, clock: FixedClock) -> Callable[..., FastAPI]:
    """Build the application with settings of one's choice."""

    def make(**settings: object) -> FastAPI:
        app = build_app(database, tmp_path, clock, **settings)
        app.state.passwords = FAST
        return app

    return make


@pytest.fixture
def app(make_app: Callable[..., FastAPI], people: People) -> FastAPI:
    """The application, with its people."""
    return make_app()


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    """A browser nobody has used."""
    return Browser(app)


def sign_in(browser: Browser, username: str = "0868 123 456", **values: str) -> None:
    """Sign in with the right password on a machine that remembers."""
    data = {"username": username, "password": PASSWORD, "remember": "on", **values}
    answer = browser.post("/sign-in", data)
    assert answer.status_code == 303, answer.text
