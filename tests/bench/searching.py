"""The earliest ten slots over many doctors with hard diaries, against hello and against stored slots."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, pairwise
from math import log10
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlencode

from telehealth.kit.ids import new_id
from tests.bench.clusters import postgresql
from tests.bench.diaries import DAYS, Diaries, make_diaries
from tests.bench.http_load import Call, Connection, Outcome, drive, drive_same
from tests.bench.measure import Effort, Line, compare, percentile, show
from tests.bench.programs import Program, ask_alone, baseline, product
from tests.bench.statements import rehearsal
from tests.bench.worlds import opened, scratch

WORLDS: Final = ((50, 80, 20), (300, 80, 40), (2_000, 15, 80))
"""Doctors, how much of the days after the tenth is booked (in a hundred), the aim for p95 in ms."""

CHANGED_EVERY = 20
"""After so many searches a slot is held and given back, so that the next finds a changed diary."""

ROUNDS = 3
DAY_BOARD = 300
BASELINES: Final = {"hello": Call("GET", "/hello", {}), "slots": Call("GET", "/slots", {})}
NOTES = (
    "One connection, one answer after the other; ratios against a bare hello. The first ten days are full.",
    "Growth is the median's per tenfold doctors, measured over the three worlds; aim at most 2 x.",
)


@dataclass
class World:
    """One world, and what its rounds gave."""

    doctors: int
    aim: str
    claims: int = 0
    first_ms: float = 0.0
    added_mib: float = 0.0
    statements: int = 0
    everybody: list[Outcome] = field(default_factory=list)
    specialty: list[Outcome] = field(default_factory=list)
    day_board: list[Outcome] = field(default_factory=list)
    after_change: list[float] = field(default_factory=list)
    bare: dict[str, list[Outcome]] = field(default_factory=lambda: {name: [] for name in BASELINES})

    @property
    def p50_ms(self) -> float:
        """The median of a search over all doctors."""
        return median(each.p50_ms for each in self.everybody)


class Desk:
    """Searches again and again; now and then a slot is held and given back.

    `after_change` is how long each search took that was the first to see it, in seconds.
    """

    def __init__(
        self, port: int, diaries: Diaries, calls: list[Call], *, changed_every: int = CHANGED_EVERY
    ) -> None:
        self._calls = cycle(calls)
        self._diaries = diaries
        self._aside = Connection(port, Outcome())
        self.after_change: list[float] = []
        self._changed_every, self._is_changed = changed_every, False
        self._searched = 0

    async def search_next(self, connection: Connection) -> bool:
        """Ask for the earliest ten."""
        before = time.perf_counter()
        answer = await connection.ask(next(self._calls))
        if self._is_changed:
            self.after_change.append(time.perf_counter() - before)
        self._searched += 1
        self._is_changed = self._searched % self._changed_every == 0
        if self._is_changed:
            await self._hold_and_release(json.loads(answer.body)["slots"][0])
        return True

    async def _hold_and_release(self, slot: dict[str, str]) -> None:
        await self._aside.open()
        visit = self._diaries.visit
        body = {
            "form_id": str(new_id()),
            "visit_id": str(visit.id),
            "patient_id": str(visit.patient_id),
            "doctor_membership_id": slot["doctor_membership_id"],
            "starts_at": slot["starts_at"],
            "consult_kind": str(visit.consult_kind),
        }
        signed = {"Authorization": f"Bearer {self._diaries.token}"}
        call = Call("POST", "/api/v1/holds", {**signed, "Idempotency-Key": str(new_id())}, body, 201)
        held = json.loads((await self._aside.ask(call)).body)
        headers = {**signed, "If-Match": f'"{held["version"]}"'}
        await self._aside.ask(Call("POST", f"/api/v1/holds/{held['id']}/release", headers))
        self._aside.close()


def measure(effort: Effort) -> None:
    """Print the sections of both databases."""
    sizes = [each for each in WORLDS if each[0] <= effort.doctors]
    found = []
    for size in sizes:
        with scratch() as folder:
            found.append(_measure(effort, folder, size, ""))
    _print("SQLite", found)
    found = []
    # In a hurry the middle world has to do there: filling one takes as long as all of the other database's.
    for size in sizes if effort.doctors > DAY_BOARD else sizes[-1:]:
        with scratch() as folder, postgresql(folder) as cluster:
            found.append(_measure(effort, folder, size, cluster.create("ours")))
    _print("PostgreSQL, on the server's core", found)


def _measure(effort: Effort, folder: Path, size: tuple[int, int, int], url: str) -> World:
    doctors, later_percent, aim = size
    world = World(doctors, f"p95 <= {aim} ms")
    with opened(folder, database_url=url) as database:
        diaries = make_diaries(database, doctors, later_percent=later_percent)
    world.claims = diaries.claims
    everybody, specialty = calls(diaries), calls(diaries, specialty=diaries.specialty)
    with rehearsal(folder, database_url=url) as app:
        for _ in range(2):
            app.ask(everybody[0])
        world.statements = len(app.statements)
    with (
        product(folder, database_url=url) as ours,
        baseline("hello", folder) as hello,
        baseline("slots", folder, str(doctors)) as slots,
    ):
        before = ours.resident_kib
        desk = Desk(ours.port, diaries, everybody)
        world.first_ms = ask_alone(ours, hello, partial(_search, ours, desk, 0.001)).latencies[0] * 1000
        for _ in range(min(effort.rounds, ROUNDS)):
            for wanted, into in ((everybody, world.everybody), (specialty, world.specialty)):
                desk = Desk(ours.port, diaries, wanted)
                into.append(ask_alone(ours, hello, partial(_search, ours, desk, effort.seconds / 2)))
            desk = Desk(ours.port, diaries, everybody, changed_every=1)
            ask_alone(ours, hello, partial(_search, ours, desk, effort.seconds / 2))
            world.after_change += desk.after_change
            if doctors == DAY_BOARD:
                page = partial(
                    drive_same, ours.port, day_board(diaries), seconds=effort.seconds / 2, connections=1
                )
                world.day_board.append(ask_alone(ours, hello, page))
            for name, program in (("hello", hello), ("slots", slots)):
                bare = partial(
                    drive_same, program.port, BASELINES[name], seconds=effort.seconds / 4, connections=1
                )
                world.bare[name].append(ask_alone(program, ours, bare))
        world.added_mib = (ours.resident_kib - before) / 1024
    return world


def _search(ours: Program, desk: Desk, seconds: float) -> Outcome:
    return drive(ours.port, desk.search_next, seconds=seconds, connections=1)


def calls(diaries: Diaries, **narrowed: str) -> list[Call]:
    """Return searches for the earliest ten of a month: for the patient, for nobody yet, in the afternoon."""
    signed = {"Authorization": f"Bearer {diaries.token}"}
    patient = {"patient": str(diaries.visit.patient_id)}
    found = []
    for values in (patient, {}, {**patient, "part": "afternoon"}):
        query = urlencode({"limit": "10", **narrowed, **values})
        found.append(Call("GET", f"/api/v1/slots?{query}", signed))
    return found


def day_board(diaries: Diaries) -> Call:
    """Return the page a nurse chooses on: the first days with free slots, every doctor's, taken ones too."""
    headers = {"Cookie": f"signin={diaries.cookie}", "Accept-Encoding": "gzip", "Accept-Language": "vi"}
    return Call("GET", f"/visits/{diaries.visit.id}/slots", headers)


def _print(title: str, worlds: list[World]) -> None:
    show(f"(s) Earliest 10 within {DAYS} days over HTTP, hard diaries. {title}", _lines(worlds), *NOTES)


def _lines(worlds: list[World]) -> Iterator[Line]:
    for world in worlds:
        name = f"{world.doctors:,} doctors"
        hello = world.bare["hello"]
        for what, found, aim in (
            (f"{name}, all of them", world.everybody, world.aim),
            ("  one specialty of twenty", world.specialty, ""),
        ):
            p50 = compare([each.p50_ms for each in found], [each.p50_ms for each in hello])
            p95 = compare([each.p95_ms for each in found], [each.p95_ms for each in hello])
            work = compare([each.cpu_ms for each in found], [each.cpu_ms for each in hello])
            yield p50.line(f"{what}: p50", "{:.1f} ms")
            yield p95.line("    p95", "{:.1f} ms", aim)
            yield work.line("    server's CPU", "{:.2f} ms")
        yield Line(
            "  the first search after a change: p95",
            f"{percentile(world.after_change, 95) * 1000:.1f} ms of {len(world.after_change)}",
            aim=world.aim.removeprefix("p95 "),
        )
        if world.day_board:
            took = compare([1000 / each.rate for each in world.day_board], [each.p50_ms for each in hello])
            work = compare([each.cpu_ms for each in world.day_board], [each.cpu_ms for each in hello])
            yield took.line("  the page to choose on, a day of all of them", "{:.1f} ms", "<= 100 ms")
            yield work.line("    server's CPU", "{:.2f} ms")
        stored = median(each.p95_ms for each in world.bare["slots"])
        yield Line("  stored slots, partial index, no authorization: p95", "", f"{stored:.1f} ms")
        yield Line("  first search of a process", f"{world.first_ms:,.0f} ms")
        yield Line("  added memory", f"{world.added_mib:.0f} MB", aim="< 100 MB")
        yield Line("  statements; live claims", f"{world.statements}; {world.claims:,}")
    for one, other in pairwise(worlds):
        per_tenfold = (other.p50_ms / one.p50_ms) ** (1 / _tenfolds(one.doctors, other.doctors))
        yield Line(f"growth {one.doctors} -> {other.doctors:,}", f"{per_tenfold:.2f} x", aim="<= 2 x")


def _tenfolds(fewer: int, more: int) -> float:
    return log10(more / fewer)
