"""What journeys through the running program begin with."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.callers import CallStage
from tests.support.calls import open_folder
from tests.support.servers import Server


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
