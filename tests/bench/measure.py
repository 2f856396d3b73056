"""Rounds, medians, and the lines that are printed."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SERVER_CORE, CLIENT_CORE = 0, 1


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int
    seconds: float
    rooms: int


FULL = Effort(rounds=5, seconds=4.0, rooms=200)
FAST = Effort(rounds=3, seconds=1.5, rooms=50)


@dataclass(frozen=True)
class Line:
    """One result: what, ours, the baseline's, their ratio (median over the rounds), the aim."""

    what: str
    ours: str
    baseline: str
    ratio: str
    aim: str = ""


def pin(pid: int, core: int) -> None:
    """Keep a process on one core, where the machine has two."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def alternate(ours: Callable[[], float], bare: Callable[[], float], rounds: int) -> tuple[float, float, float]:
    """Run both in turn; return the median of ours, of the baseline, and of the ratios round by round."""
    pairs = [(ours(), bare()) for _ in range(rounds)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs)


def show(title: str, lines: list[Line]) -> None:
    """Print a section as a table."""
    print(f"\n{title}")
    rows = [("", "ours", "bare", "ratio", "aim"), *((x.what, x.ours, x.baseline, x.ratio, x.aim) for x in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(cells))


def machine() -> str:
    """Say what was measured on."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}, load {load:.1f}"


def resident_kib(pid: int) -> int:
    """Return the resident memory of a process in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
