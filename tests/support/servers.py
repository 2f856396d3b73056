"""The program itself, run as its users run it: a child process with a folder and a port of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2

from telehealth.kit.db import Database
from tests.support import processes
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """`telehealth <command>` on a free loopback port; may be killed and started again on its data.

    `starter` is put before the command: what starts it elsewhere.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        command: Sequence[str] = ("demo",),
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        starter: Sequence[str] = (),
    ) -> None:
        self.starter = starter
        self.data_dir = data_dir
        self.command = command
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "server.log"
        self._env = {**os.environ, **self._settings(), **(env or {})}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, seconds: float = 120) -> None:
        """Start and wait until /healthz answers; raise StartError with the log if it does not."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [*self.starter, sys.executable, "-m", "telehealth.cli", *self.command]
        self._child = processes.start(command, log=self.log, env=self._env, cwd=ROOT)
        processes.wait_for_start(self._child, self.is_healthy, log=self.log, seconds=seconds)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it by its id; `how=signal.SIGKILL` gives it no chance to tidy up."""
        if self._child is not None:
            processes.stop(self._child.pid, how=how)
            self._child = None

    def is_healthy(self) -> bool:
        """Tell whether the process answers."""
        try:
            return httpx2.get(f"{self.base_url}/healthz", timeout=2).status_code == 200
        except httpx2.TransportError:
            return False

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._child is not None
        return self._child.pid

    @property
    def output(self) -> str:
        """What the server has printed so far."""
        return self.log.read_text(errors="replace")

    def _settings(self) -> dict[str, str]:
        return {
            "TELEHEALTH_DATA_DIR": str(self.data_dir),
            "TELEHEALTH_PORT": str(self.port),
            "TELEHEALTH_BASE_URL": self.base_url,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
        }


@contextmanager
def run_server(
    data_dir: Path, *, command: Sequence[str] = ("demo",), env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run the program for the length of a block."""
    server = Server(data_dir, command=command, env=env)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def run_beside(database: Database, folder: Path, *, count: int) -> Iterator[Sequence[Server]]:
    """Run several processes of the program on a test's PostgreSQL, for the length of a block."""
    with ExitStack() as stack:
        started = []
        for number in range(count):
            own = folder / str(number)
            own.mkdir()
            database.keyring.save(own / "keys.json")
            env = {"TELEHEALTH_DATABASE_URL": database.url}
            started.append(stack.enter_context(run_server(own, command=("serve",), env=env)))
        yield started
