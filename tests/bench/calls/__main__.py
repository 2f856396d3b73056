"""`python -m tests.bench.calls [--cases cut-20 …] [--rounds 3]`: measure and print; nothing is asserted."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Error, sync_playwright

from tests.bench.calls.table import CASES, Case, Goal
from tests.bench.measure import machine
from tests.support.laboratory.namespaces import UnavailableError
from tests.support.laboratory.stage import LaboratoryStage, open_stage
from tests.support.processes import StartError

PEOPLE = ("station", "doctor", "patient")
NEVER = float("inf")


def main() -> None:
    """Measure the cases that were asked for, all of them unless told otherwise."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench.calls", description=__doc__)
    known = [case.name for case in CASES]
    asked.add_argument("--cases", nargs="*", choices=known, default=[], metavar="CASE", help=", ".join(known))
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    # Whoever is told to stop leaves its blocks, and they stop what they started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cases = [case for case in CASES if not options.cases or case.name in options.cases]
    began = time.monotonic()
    print(f"{machine()}\nReal browsers, a link each; medians of {options.rounds} rounds.\n")
    print(_row("case", "", "must reach", "verdict", "got: median [least to most]"))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="telehealth-calls-") as folder,
            sync_playwright() as playwright,
            open_stage(Path(folder), playwright, PEOPLE) as stage,
        ):
            for case in cases:
                measure(stage, case, options.rounds)
    except UnavailableError as error:
        sys.exit(str(error))
    print(f"\n{time.monotonic() - began:.0f} s in all; {machine()}")


def measure(stage: LaboratoryStage, case: Case, rounds: int) -> None:
    """Measure one case and print its lines."""
    results, faults = [], []
    for _ in range(rounds):
        stage.calm()
        try:
            results.append(case.measure(stage))
        except (Error, TimeoutError, StartError) as error:
            results.append({})
            faults.append(str(error).splitlines()[0])
    for goal in case.goals:
        print(_line(case, goal, [figure(each.get(goal.key)) for each in results]), flush=True)
    for fault in faults:
        print(f"  a round did not get so far: {fault}", flush=True)


def figure(got: float | None) -> float:
    """Return a number that can be compared: what never came takes for ever."""
    return NEVER if got is None else got


def _line(case: Case, goal: Goal, got: list[float]) -> str:
    middle = median(got)
    verdict = "reached" if goal.is_reached(middle) else "MISSED"
    spread = f"{_short(middle)} [{_short(min(got))} to {_short(max(got))}]"
    return _row(case.name, f"{case.title}: {goal.what}", goal.words, verdict, spread)


def _short(got: float) -> str:
    return "never" if got == NEVER else f"{got:.3g}" if got < 100 else f"{got:.0f}"


def _row(*cells: str) -> str:
    case, what, must, verdict, got = cells
    return f"{case:<13}  {what:<78}  {must:<17}  {got:>24}  {verdict}"


if __name__ == "__main__":
    main()
