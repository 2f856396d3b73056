"""The servers that are measured: the product and the baselines, each a process on the server's core."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.http_load import Outcome
from tests.bench.measure import CLIENT_CORE, SERVER_CORE, cpu_seconds, resident_kib
from tests.support import processes
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """One server: started, paused while the other is measured, stopped by its own id."""

    def __init__(
        self,
        folder: Path,
        port: int,
        command: Sequence[str],
        env: Mapping[str, str],
        core: int = SERVER_CORE,
    ) -> None:
        self.port = port
        self.start_seconds = 0.0
        self._log = folder / f"{port}.log"
        began = time.perf_counter()
        with on_core(core):
            self._child = processes.start([sys.executable, "-m", *command], log=self._log, env=env, cwd=ROOT)
        processes.wait_for_start(self._child, self.is_healthy, log=self._log, seconds=180)
        self.start_seconds = time.perf_counter() - began

    @property
    def cpu_seconds(self) -> float:
        """The processor time used so far."""
        return cpu_seconds(self._child.pid)

    @property
    def resident_kib(self) -> int:
        """The resident memory now."""
        return resident_kib(self._child.pid)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the core be the other's: nothing of this program runs inside the block."""
        os.kill(self._child.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._child.pid, signal.SIGCONT)

    def is_healthy(self) -> bool:
        """Tell whether /healthz answers 200."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return b" 200 " in line.recv(64)
        except OSError:
            return False

    def stop(self) -> None:
        """Stop it and wait for its end."""
        processes.stop(self._child.pid)


async def quiet(programs: Sequence[Program], *, share: float = 0.05, seconds: float = 60) -> None:
    """Wait until programs have done what they were still at, so that it is not counted with what follows."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before = sum(program.cpu_seconds for program in programs)
        await asyncio.sleep(1.0)
        if sum(program.cpu_seconds for program in programs) - before < share:
            return


def ask_alone(asked: Program, other: Program, work: Callable[[], Outcome]) -> Outcome:
    """Do what asks one program while the other sleeps; note the processor time it took the one."""
    with other.paused():
        before = asked.cpu_seconds
        outcome = work()
        outcome.cpu_seconds = asked.cpu_seconds - before
    return outcome


@contextmanager
def product(
    folder: Path,
    *,
    command: str = "serve",
    database_url: str = "",
    redis_url: str = "",
    core: int = SERVER_CORE,
    runs_jobs: bool = True,
) -> Iterator[Program]:
    """Run the product on a folder for the length of a block; a second process may have the other core.

    Without its jobs it is what stands beside `telehealth worker`.
    """
    port = free_port()
    env = {
        "TELEHEALTH_DATA_DIR": str(folder),
        "TELEHEALTH_DATABASE_URL": database_url,
        "TELEHEALTH_REDIS_URL": redis_url,
        "TELEHEALTH_RUN_JOBS": str(runs_jobs).lower(),
        "TELEHEALTH_PORT": str(port),
        "TELEHEALTH_BASE_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": str(folder),
        "PORT": str(port),
    }
    with _running(Program(folder, port, ["telehealth.cli", command], env, core)) as program:
        yield program


@contextmanager
def baseline(app: str, folder: Path, *options: str) -> Iterator[Program]:
    """Run one of the applications of `bare` for the length of a block."""
    port = free_port()
    command = ["tests.bench.bare", app, str(port), str(folder), *options]
    with _running(Program(folder, port, command, {})) as program:
        yield program


@contextmanager
def _running(program: Program) -> Iterator[Program]:
    try:
        yield program
    finally:
        program.stop()


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Stay on one core, where the machine has two; processes started inside the block stay there for good."""
    if (os.cpu_count() or 1) < 2:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def as_client() -> None:
    """Keep this process, which asks, off the server's core."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {CLIENT_CORE})
