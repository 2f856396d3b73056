"""Parts that all workers of a test run share: the first who needs one starts it, the run's end stops it."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.support import processes

RUN_DIR = "TELEHEALTH_TEST_RUN"


def open_run() -> None:
    """Make the run's directory; workers started afterwards inherit its name."""
    folder = tempfile.mkdtemp(prefix="telehealth-tests-")
    # PostgreSQL refuses to run as root; the account it runs as must get through to its data.
    os.chmod(folder, 0o755)  # noqa: S103
    os.environ[RUN_DIR] = folder


def close_run() -> None:
    """Stop what the run started, each by its own id, and remove the run's directory."""
    folder = Path(os.environ.pop(RUN_DIR))
    for note in folder.glob("*.json"):
        facts = json.loads(note.read_text())
        if "pid" in facts:
            processes.stop(facts["pid"], how=signal.Signals[facts.get("stop_with", "SIGTERM")])
    shutil.rmtree(folder, ignore_errors=True)


def own(name: str) -> str:
    """Return the name of a part that each worker has for itself."""
    return f"{name}-{os.environ.get('PYTEST_XDIST_WORKER', 'single')}"


def share(name: str, make: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Return the facts of a shared part, having `make(folder)` make it if nobody has yet.

    A part that is a process puts its `pid` (and the signal to `stop_with`) among the facts.
    """
    run = Path(os.environ[RUN_DIR])
    note = run / f"{name}.json"
    with FileLock(run / f"{name}.lock"):
        if not note.exists():
            folder = run / name
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed to make it
            folder.mkdir()
            note.write_text(json.dumps(make(folder)))
        facts: dict[str, Any] = json.loads(note.read_text())
    return facts
