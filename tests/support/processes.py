"""Child processes: started with a log file, awaited with a deadline, stopped by their own id."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

POLL_SECONDS = 0.02

_started: dict[int, subprocess.Popen[bytes]] = {}


class StartError(RuntimeError):
    """A part did not come up; the message ends with the tail of its log."""


class _Child(subprocess.Popen[bytes]):
    def __del__(self) -> None:
        """Raise no ResourceWarning: a shared part outlives the worker that started it."""


def start(
    command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, both outputs going to `log`."""
    with log.open("ab") as output:
        child = _Child(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
        )
    _started[child.pid] = child
    return child


def wait_until(is_ready: Callable[[], bool], *, what: str, seconds: float = 60) -> None:
    """Poll until `is_ready()`; raise TimeoutError naming `what` once the deadline has passed."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(POLL_SECONDS)


def wait_for_start(
    child: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, log: Path, seconds: float = 60
) -> None:
    """Wait for a child to be ready; raise StartError with its log if it ends or takes too long."""

    def ready_or_ended() -> bool:
        return child.poll() is not None or is_ready()

    try:
        wait_until(ready_or_ended, what=f"{log.stem}: the start", seconds=seconds)
    except TimeoutError as error:
        stop(child.pid)
        raise StartError(f"{error}\n{_tail(log)}") from error
    if child.returncode is not None:
        raise StartError(f"{log.stem} ended with {child.returncode}\n{_tail(log)}")


def stop(pid: int, *, how: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """Stop a process by its id and wait for its end; kill it if it does not go by itself."""
    for how_now in (how, signal.SIGKILL):
        try:
            os.kill(pid, how_now)
            wait_until(lambda: not is_running(pid), what=f"the end of process {pid}", seconds=seconds)
        except ProcessLookupError:
            return
        except TimeoutError:
            continue
        return


def is_running(pid: int) -> bool:
    """Tell whether a process lives; one that ended and was not collected yet does not."""
    if pid in _started:
        return _started[pid].poll() is None
    # Another worker started it: its parent, or init, collects it.
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
