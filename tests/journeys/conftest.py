"""What journeys through the running program begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.callers import CallStage
from tests.support.calls import open_folder
from tests.support.demos import serve_demo
from tests.support.servers import Server

PATIENCE = 400
"""Seconds: three browsers in a call on two busy cores are slow, which is no fault."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every journey the time it may need."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(PATIENCE))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo, served to the journeys of one file."""
    with serve_demo(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture(scope="session")
def call_stage(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[CallStage]:
    """A server for the calls of this run."""
    folder = tmp_path_factory.mktemp("calls")
    with open_folder(folder) as database:
        server = Server(folder, command=("serve",))
        server.start()
        try:
            yield CallStage(server, database, chromium)
        finally:
            server.stop()
