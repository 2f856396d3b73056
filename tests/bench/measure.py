"""Rounds, medians, and the lines that are printed."""

import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

SERVER_CORE, CLIENT_CORE = 0, 1
COLUMNS = ("", "ours", "bare", "ratio", "aim")


@dataclass(frozen=True)
class Effort:
    """How long to measure, and with how much."""

    rounds: int
    seconds: float
    bookings: int
    rooms: int
    idle_sockets: int
    starts: int
    doctors: int
    slots: int
    presses: int
    gathered: int
    """Rooms that are open at a time, where it is measured how cost grows with them."""
    patients: int
    """People among whom somebody is searched for."""


FULL = Effort(
    rounds=5,
    seconds=3.0,
    bookings=240,
    rooms=200,
    idle_sockets=500,
    starts=5,
    doctors=2_000,
    slots=200,
    presses=40,
    gathered=1_000,
    patients=1_000_000,
)
FAST = Effort(
    rounds=3,
    seconds=1.0,
    bookings=80,
    rooms=50,
    idle_sockets=160,
    starts=2,
    doctors=300,
    slots=20,
    presses=8,
    gathered=120,
    patients=50_000,
)


@dataclass(frozen=True)
class Line:
    """One result: what, ours, the baseline's, their ratio (median over the rounds), the aim."""

    what: str
    ours: str
    baseline: str = ""
    ratio: str = ""
    aim: str = ""


@dataclass(frozen=True)
class Compared:
    """The medians of both sides over the rounds, and the median of the rounds' ratios."""

    ours: float
    bare: float
    ratio: float

    def line(self, what: str, form: str, aim: str = "") -> Line:
        """Return the line to print; `form` is a format such as `{:.0f} /s`."""
        return Line(what, form.format(self.ours), form.format(self.bare), f"{self.ratio:.2f} x", aim)


def compare(ours: Sequence[float], bare: Sequence[float]) -> Compared:
    """Compare figures taken in turn; the ratio is taken round by round."""
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    return Compared(median(ours), median(bare), median(ratios))


def percentile(values: Sequence[float], of_100: int) -> float:
    """Return the value that so many of a hundred do not exceed; 0 where there are too few to tell."""
    return quantiles(values, n=100)[of_100 - 1] if len(values) > 1 else 0.0


def show(title: str, lines: Iterable[Line], *notes: str) -> None:
    """Print a section as a table, its notes below."""
    print(f"\n{title}")
    rows = [COLUMNS, *((x.what, x.ours, x.baseline, x.ratio, x.aim) for x in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  " + "  ".join(cells).rstrip())
    for note in notes:
        print(f"  {note}", flush=True)


def machine() -> str:
    """Say what was measured on."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}, load {load:.1f}"


def resident_kib(pid: int) -> int:
    """Return the resident memory of a process in KiB."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used, with all its threads."""
    # The kernel's number for the clock of a whole process: clock_getcpuclockid(3).
    return time.clock_gettime((~pid << 3) | 2)
