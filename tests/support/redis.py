"""A Redis of our own on a free loopback port, nothing kept on disk."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import processes
from tests.support.ports import free_port, is_listening
from tests.support.shared import share


class RedisServer:
    """A running Redis server."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        """The URL the program is given as REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    @classmethod
    def shared(cls) -> "RedisServer":
        """Return the run's Redis, starting it if no worker has yet."""
        return cls(share("redis", _start_shared)["port"])


class OwnRedis(RedisServer):
    """A Redis of one test, which may stop it and start it again."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(port)
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the running process."""
        if self._child is None:
            raise RuntimeError("this Redis does not run")
        return self._child.pid

    def start(self) -> None:
        """Start, where it does not run."""
        if self._child is None:
            self._child = _start(self._folder, self.port)

    def stop(self) -> None:
        """Stop, where it runs."""
        if self._child is not None:
            processes.stop(self._child.pid)
            self._child = None


@contextmanager
def own_redis(folder: Path, *, port: int | None = None) -> Iterator[OwnRedis]:
    """Run a Redis that a test may stop, start again on the same `port`, or empty."""
    server = OwnRedis(folder, port or free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    log = folder / "redis.log"
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
    child = processes.start([*command, "--save", "", "--appendonly", "no"], log=log)
    processes.wait_for_start(child, lambda: is_listening(port), log=log)
    return child


def _start_shared(folder: Path) -> dict[str, Any]:
    port = free_port()
    return {"pid": _start(folder, port).pid, "port": port}
