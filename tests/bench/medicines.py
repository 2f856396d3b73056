"""Searching 10,000 medicines of a facility's list, against one row by its key in the same table."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.prescriptions.finding import search_medicines
from telehealth.prescriptions.models import Medicine
from telehealth.prescriptions.service import import_formulary
from tests.bench.clusters import postgresql
from tests.bench.measure import Effort, compare, percentile, show
from tests.bench.worlds import opened, scratch

MEDICINES: Final = 10_000
TYPED: Final = ("amox", "a", "para 500", "met", "sat fu", "vitamin b", "amlo 5", "zz", "acid", "c 250")
STEMS: Final = (
    "Amoxicilin",
    "Paracetamol",
    "Metformin",
    "Sắt fumarat",
    "Vitamin B1",
    "Amlodipin",
    "Acid folic",
)
AIM: Final = "<= 50 ms"


@dataclass
class Found:
    """Milliseconds of single searches and single lookups, round by round."""

    imported_seconds: float = 0.0
    searches: list[list[float]] = field(default_factory=list)
    lookups: list[list[float]] = field(default_factory=list)


def measure(effort: Effort) -> None:
    """Print the sections of both databases."""
    with scratch() as folder:
        _print("SQLite", _measure(effort, folder, ""))
    with scratch() as folder, postgresql(folder) as cluster:
        _print("PostgreSQL", _measure(effort, folder, cluster.create("ours")))


def rows() -> bytes:
    """Return a list as a facility would import it; every name stands in many strengths and brands."""
    lines = ["code,generic_name,brand_name,strength,form,route,unit"]
    names = islice(cycle(STEMS), MEDICINES)
    lines += [
        f"M{n},{name} {n % 97},Brand {n},{n % 40 * 25} mg,viên,uống,viên" for n, name in enumerate(names)
    ]
    return "\n".join(lines).encode()


def _measure(effort: Effort, folder: Path, url: str) -> Found:
    found = Found()
    with opened(folder, database_url=url) as database:
        began = time.monotonic()
        with database.write() as unit:
            done = import_formulary(unit.session, SYSTEM, None, "bench", rows(), now=unit.now)
            formulary_id = done.formulary.id
            any_id = search_medicines(unit.session, formulary_id, "amox")[0].id
        found.imported_seconds = time.monotonic() - began
        for _ in range(effort.rounds):
            found.searches.append(_time(database, lambda session, text: search(session, formulary_id, text)))
            found.lookups.append(_time(database, lambda session, _text: session.get(Medicine, any_id)))
    return found


def search(session: Session, formulary_id: UUID, text: str) -> object:
    """Search as the page does."""
    return search_medicines(session, formulary_id, text)


def _time(database: Database, act: Callable[[Session, str], object]) -> list[float]:
    taken = []
    for text in TYPED * 10:
        with database.read() as unit:
            began = time.perf_counter()
            act(unit.session, text)
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def _print(name: str, found: Found) -> None:
    slow, bare = ([percentile(each, 95) for each in rounds] for rounds in (found.searches, found.lookups))
    line = compare(slow, bare).line("a search, p95", "{:.1f} ms", AIM)
    show(f"Searching {MEDICINES:,} medicines, {name}", [line], f"Imported in {found.imported_seconds:.1f} s.")
