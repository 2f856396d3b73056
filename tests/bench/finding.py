"""Searching among a million patients, at a station and where all are known, against a bare indexed lookup."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.clusters import postgresql
from tests.bench.crowds import STATION, make_crowd
from tests.bench.http_load import Call, Connection, Outcome, drive, drive_same
from tests.bench.measure import Effort, Line, compare, show
from tests.bench.programs import Program, ask_alone, baseline, product
from tests.bench.statements import rehearsal
from tests.bench.worlds import opened, scratch

NAMES: Final = (
    *("dam thi lua", "lua dam", "Nguyễn Thị Hoa", "nguyen van an", "tran van hung", "ly thi lua", "lua"),
    *("hoang thi mai 1985", "pham minh duc", "le thi hong", "bui thi thu", "giang a", "vang thi dao", "ng"),
    *("do van nam 12/05/1970", "nguyen 1949", "nong thi", "h", "1962", "vu thi ngoc", "ban thi nai", "tr"),
)
"""As people type: whole names, two words the other way round, beginnings, with a year or a date."""

AIMS: Final = {"SQLite": "<= 150 ms", "PostgreSQL": "<= 80 ms"}
NOTES = (
    f"One connection. A station knows {STATION:,} of them, the hospital all. A bare lookup is one row by its",
    "key in a table of as many rows: SQLite, no authorization, no audit row.",
)


@dataclass
class Found:
    """What the rounds of one database gave."""

    database: str
    patients: int
    made_seconds: float = 0.0
    statements: int = 0
    rounds: dict[str, list[Outcome]] = field(default_factory=dict)
    bare: list[Outcome] = field(default_factory=list)


class Typist:
    """Somebody who searches for one after another."""

    def __init__(self, calls: list[Call]) -> None:
        self._calls = cycle(calls)

    async def search_next(self, connection: Connection) -> bool:
        """Search for the next."""
        await connection.ask(next(self._calls))
        return True


def measure(effort: Effort) -> None:
    """Print the sections of both databases."""
    with scratch() as folder:
        _print(_measure(effort, folder, Found("SQLite", effort.patients), ""))
    with scratch() as folder, postgresql(folder) as cluster:
        _print(_measure(effort, folder, Found("PostgreSQL", effort.patients), cluster.create("ours")))


def _measure(effort: Effort, folder: Path, found: Found, url: str) -> Found:
    with opened(folder, database_url=url) as database:
        began = time.monotonic()
        crowd = make_crowd(database, effort.patients)
        found.made_seconds = time.monotonic() - began
    asked = {
        "by name, at a station": searches(crowd.nurse_token, NAMES),
        "by name, at the hospital": searches(crowd.doctor_token, NAMES),
        "by phone or number": searches(crowd.doctor_token, (*crowd.phones, *crowd.numbers)),
    }
    with rehearsal(folder, database_url=url) as app:
        for _ in range(2):
            app.ask(asked["by name, at a station"][0])
        found.statements = len(app.statements)
    with (
        product(folder, database_url=url) as ours,
        baseline("lookup", folder, str(effort.patients)) as bare,
    ):
        lookup = partial(drive_same, bare.port, Call("GET", "/lookup", {}), connections=1)
        for calls in asked.values():
            _search(ours, bare, calls, 0.5)
        for _ in range(effort.rounds):
            for name, calls in asked.items():
                found.rounds.setdefault(name, []).append(_search(ours, bare, calls, effort.seconds))
            found.bare.append(ask_alone(bare, ours, partial(lookup, seconds=effort.seconds / 2)))
    return found


def searches(token: str, texts: tuple[str, ...]) -> list[Call]:
    """Return a search for each text."""
    signed = {"Authorization": f"Bearer {token}"}
    return [Call("POST", "/api/v1/patients/search", signed, {"text": text}) for text in texts]


def _search(ours: Program, bare: Program, calls: list[Call], seconds: float) -> Outcome:
    step = Typist(calls).search_next
    return ask_alone(ours, bare, lambda: drive(ours.port, step, seconds=seconds, connections=1))


def _print(found: Found) -> None:
    title = f"(f) Searching among {found.patients:,} patients over HTTP. {found.database}"
    show(title, _lines(found), *NOTES)


def _lines(found: Found) -> Iterator[Line]:
    for name, rounds in found.rounds.items():
        p50 = compare([each.p50_ms for each in rounds], [each.p50_ms for each in found.bare])
        p95 = compare([each.p95_ms for each in rounds], [each.p95_ms for each in found.bare])
        yield p50.line(f"{name}: p50", "{:.1f} ms")
        yield p95.line("    p95", "{:.1f} ms", AIMS[found.database])
        yield Line("    server's CPU", f"{median(each.cpu_ms for each in rounds):.1f} ms")
    yield Line("  statements of a search, with authorization and audit", str(found.statements))
    yield Line("  making them", f"{found.made_seconds:.0f} s")
