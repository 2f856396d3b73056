"""A Redis of our own on a free loopback port, nothing kept on disk."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import processes
from tests.support.ports import free_port, is_listening
from tests.support.shared import share


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running Redis server."""

    port: int

    @property
    def url(self) -> str:
        """The URL the program is given as REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    @classmethod
    def shared(cls) -> "RedisServer":
        """Return the run's Redis, starting it if no worker has yet."""
        return cls(share("redis", _start_shared)["port"])


@contextmanager
def own_redis(folder: Path, *, port: int | None = None) -> Iterator[RedisServer]:
    """Run a Redis that a test may stop, start again on the same `port`, or empty."""
    server = RedisServer(port or free_port())
    child = _start(folder, server.port)
    try:
        yield server
    finally:
        processes.stop(child.pid)


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    log = folder / "redis.log"
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
    child = processes.start([*command, "--save", "", "--appendonly", "no"], log=log)
    processes.wait_for_start(child, lambda: is_listening(port), log=log)
    return child


def _start_shared(folder: Path) -> dict[str, Any]:
    port = free_port()
    return {"pid": _start(folder, port).pid, "port": port}
