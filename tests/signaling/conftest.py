"""What the tests of sockets and hubs ask for."""

import pytest

from tests.signaling.memory_ports import MemoryPorts


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture
def ports() -> MemoryPorts:
    """A domain in memory, which outlives the servers of the test."""
    return MemoryPorts()
