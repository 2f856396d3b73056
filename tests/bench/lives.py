"""The first page of the timeline of somebody with 500 visits, and of somebody with ten, against hello."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import insert

from telehealth.kit.clock import SystemClock
from telehealth.kit.ids import new_id
from telehealth.visits.models import Condition, Visit
from tests.bench.clusters import postgresql
from tests.bench.http_load import Call, Outcome, drive_same
from tests.bench.measure import Effort, Line, compare, show
from tests.bench.programs import ask_alone, baseline, product
from tests.bench.statements import rehearsal
from tests.bench.worlds import opened, scratch
from tests.support import world

LIVES: Final = {"500 visits": 500, "10 visits": 10}
PEOPLE: Final = 200
"""Others of the station, so that its tables are not one patient's."""


def make_lives(folder: Path, url: str) -> dict[str, Call]:
    """Make the patients; return the page of each as a nurse's browser asks for it."""
    now = SystemClock().now()
    with opened(folder, database_url=url) as database, database.write() as unit:
        nurse = world.make_member(unit.session)
        cookie = world.make_sign_in(unit.session, nurse, now=now)
        headers = {"Cookie": f"signin={cookie}", "Accept-Encoding": "gzip", "Accept-Language": "vi"}
        pages, counts = {}, [*LIVES.values(), *[3] * PEOPLE]
        for number, count in enumerate(counts):
            patient = world.make_patient(
                unit.session, nurse, now=now, full_name=f"Lò Thị Thứ {number}", phone=f"09123{number:05}"
            )
            shared = {"patient_id": patient.id, "station_facility_id": nurse.here, "opened_by": nurse.ref}
            rows = [
                {
                    **shared,
                    "id": new_id(),
                    "consult_kind": "remote_exam",
                    "state": "signed",
                    "diagnoses_version": 1,
                    "follow_up_version": 0,
                    "follow_up_slack_days": 0,
                    "occurred_at": now - timedelta(days=7 * each + 1),
                    "recorded_at": now,
                    "version": 1,
                }
                for each in range(count)
            ]
            unit.session.connection().execute(insert(Visit), rows)
            unit.session.connection().execute(insert(Condition), [_condition(row, nurse.ref) for row in rows])
            for name, wanted in LIVES.items():
                if wanted == count:
                    pages[name] = Call("GET", f"/patients/{patient.id}/timeline", headers)
    return pages


def _condition(visit: dict[str, object], by: object) -> dict[str, object]:
    return {
        "id": new_id(),
        "visit_id": visit["id"],
        "rank": 0,
        "code": "I10",
        "text": "Tăng huyết áp",
        "certainty": "confirmed",
        "written_by": by,
        "written_at": visit["recorded_at"],
    }


def measure(effort: Effort) -> None:
    """Print the sections of both databases."""
    with scratch() as folder:
        _measure(effort, folder, "SQLite", "")
    with scratch() as folder, postgresql(folder) as cluster:
        _measure(effort, folder, "PostgreSQL", cluster.create("ours"))


def _measure(effort: Effort, folder: Path, database: str, url: str) -> None:
    pages = make_lives(folder, url)
    statements = {}
    with rehearsal(folder, database_url=url) as app:
        for name, call in pages.items():
            for _ in range(2):
                app.ask(call)
            statements[name] = len(app.statements)
    rounds: dict[str, list[Outcome]] = {name: [] for name in pages}
    bare: list[Outcome] = []
    with product(folder, database_url=url) as ours, baseline("hello", folder) as hello:
        for call in pages.values():
            drive_same(ours.port, call, seconds=0.3, connections=1)
        for _ in range(effort.rounds):
            for name, call in pages.items():
                ask = partial(drive_same, ours.port, call, seconds=effort.seconds / 2, connections=1)
                rounds[name].append(ask_alone(ours, hello, ask))
            ask = partial(drive_same, hello.port, Call("GET", "/hello", {}), seconds=0.5, connections=1)
            bare.append(ask_alone(hello, ours, ask))
    note = "One connection; the page of a signed-in nurse, its look on record."
    show(f"(t) The first page of a timeline. {database}", _lines(rounds, bare, statements), note)


def _lines(
    rounds: dict[str, list[Outcome]], bare: list[Outcome], statements: dict[str, int]
) -> Iterator[Line]:
    for name, found in rounds.items():
        p50 = compare([each.p50_ms for each in found], [each.p50_ms for each in bare])
        p95 = compare([each.p95_ms for each in found], [each.p95_ms for each in bare])
        yield p50.line(f"{name}: p50", "{:.1f} ms")
        yield p95.line("    p95", "{:.1f} ms", "<= 100 ms")
        yield Line("    server's CPU", f"{median(each.cpu_ms for each in found):.1f} ms")
        yield Line("    statements", str(statements[name]))
