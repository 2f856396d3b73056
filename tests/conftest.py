"""Fixtures every test may ask for.

A test that asks for `database` runs twice, on SQLite and on PostgreSQL, each time on a fresh copy of
one template; `@pytest.mark.databases("sqlite")` narrows that, with a reason beside it.
"""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from xdist.remote import Producer

from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database, Unit
from telehealth.kit.events import Bus
from tests.support import shared
from tests.support.chromium import PATIENCE_MS, open_browser
from tests.support.clock import FixedClock
from tests.support.databases import KINDS, FreshDatabase, fresh_postgresql, fresh_sqlite
from tests.support.interactions import tell
from tests.support.loopback import stay_on_loopback
from tests.support.portal import close_portal
from tests.support.redis import RedisServer
from tests.support.sharing import Sharing

# A busy two-core machine is slow now and then, which is no fault: no deadline, no complaint of slowness.
PATIENT = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples on every change; new ones each night.
hypothesis_settings.register_profile("default", max_examples=60, derandomize=True, **PATIENT)
hypothesis_settings.register_profile("nightly", max_examples=1000, **PATIENT)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure(config: pytest.Config) -> None:
    """Open the run's directory once, in the process that starts the workers."""
    gc.disable()  # until all is imported, which stays: to look for garbage meanwhile takes a quarter of it
    stay_on_loopback()
    expect.set_options(timeout=PATIENCE_MS)
    if shared.RUN_DIR not in os.environ:
        shared.open_run()
        config.add_cleanup(shared.close_run)


def pytest_unconfigure() -> None:
    """Stop what runs in this process itself."""
    close_portal()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how much there was to do in the journeys that count it."""
    tell(terminalreporter)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that needs a database on both of them."""
    if "database_kind" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("databases")
    kinds = marker.args if marker else KINDS
    cases = [pytest.param(kind, marks=getattr(pytest.mark, kind), id=kind) for kind in kinds]
    metafunc.parametrize("database_kind", cases)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    """Let workers share the run as `tests.support.sharing` says, in the order below."""
    config.option.loadscopereorder = False
    return Sharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests with browsers last: once Playwright runs, its thread can start no other event loop.

    Of these the journeys come first, the longest of all: short tests fill the end of a run evenly.
    """
    items.sort(key=_place)
    gc.freeze()
    gc.enable()


def _place(item: pytest.Item) -> int:
    if "playwright" not in getattr(item, "fixturenames", ()):
        return 0
    return 1 if item.path.parent.name == "journeys" else 2


@pytest.fixture
def clock() -> FixedClock:
    """A clock at Monday 08:00 in Vietnam; `clock.advance(minutes=5)` moves it."""
    return FixedClock()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """Encryption keys of this run."""
    return Keyring.generate()


@pytest.fixture
def bus() -> Bus:
    """An event bus without subscribers; override it beside your tests to wire some."""
    return Bus()


@pytest.fixture
def new_database(
    database_kind: str, tmp_path: Path, clock: FixedClock, keyring: Keyring, bus: Bus
) -> Iterator[Callable[[], Database]]:
    """Make fresh databases on demand, one for each example of a property-based test; each ends the last."""
    made: list[FreshDatabase] = []

    def make() -> Database:
        end()
        if database_kind == "sqlite":
            made.append(fresh_sqlite(tmp_path, clock=clock, keyring=keyring, bus=bus))
        else:
            made.append(fresh_postgresql(clock=clock, keyring=keyring, bus=bus))
        return made[-1].database

    def end() -> None:
        while made:
            made.pop().remove()

    yield make
    end()


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    """A fresh database with every table and guard, nothing in it."""
    return new_database()


@pytest.fixture
def unit(database: Database) -> Iterator[Unit]:
    """A writing unit of work that the end of the test rolls back."""
    with database.write() as unit:
        yield unit
        unit.session.rollback()


@pytest.fixture
def redis_server() -> RedisServer:
    """The run's Redis server."""
    return RedisServer.shared()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; `open_browser(playwright, flags=())` opens one without a camera."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium with an invented camera and microphone; `open_device` opens phones and PCs in it."""
    with open_browser(playwright) as browser:
        yield browser
