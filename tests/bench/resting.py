"""Starting, and being there: how soon the demo answers, and what a server at rest weighs."""

import time
from pathlib import Path

from tests.bench.measure import Effort, compare, show
from tests.bench.programs import Program, baseline, product
from tests.bench.worlds import scratch

SETTLE_SECONDS = 1.0


def measure(effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder:
        with product(folder, command="demo"):
            pass  # the first start creates the data that every later one finds
        ours, bare = [], []
        for _ in range(effort.starts):
            ours.append(_start(folder, is_ours=True))
            bare.append(_start(folder, is_ours=False))
    starts = compare([seconds for seconds, _ in ours], [seconds for seconds, _ in bare])
    memory = compare([mib for _, mib in ours], [mib for _, mib in bare])
    show(
        "(d) `telehealth demo` with its data there, against a bare FastAPI application on uvicorn",
        [
            starts.line("from the command to the first 200 on /healthz", "{:.2f} s"),
            memory.line("memory of the whole server at rest", "{:.0f} MiB"),
        ],
    )


def _start(folder: Path, *, is_ours: bool) -> tuple[float, float]:
    """Start a server; return the seconds until it answered and its MiB once all is quiet."""
    with product(folder, command="demo") if is_ours else baseline("insert", folder) as program:
        return program.start_seconds, _resting_mib(program)


def _resting_mib(program: Program) -> float:
    time.sleep(SETTLE_SECONDS)
    return program.resident_kib / 1024
