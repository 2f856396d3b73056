"""Searching a list of diagnosis codes as a doctor types, against a bare lookup of one code by its key."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.visits import codes, service
from telehealth.visits.codefile import read_codes
from telehealth.visits.models import Condition
from tests.bench.clusters import postgresql
from tests.bench.measure import Effort, compare, show
from tests.bench.worlds import opened, scratch
from tests.support.booking import make_booking_world

CODES: Final = 15_600
"""A list as large as the ministry's, and somewhat larger than WHO's."""
HABITS: Final = 5_000
"""Diagnoses the doctor made before."""
LABEL: Final = "bench"
AIM: Final = "<= 50 ms"

TYPED: Final = (
    *("i10", "I50.0", "j4", "e1", "viem", "viêm phổi", "tang huyet ap", "dai thao duong", "gay xuong"),
    *("v", "t", "u ac", "than man", "khong xac dinh", "viem da day ta trang cap", "b", "ch", "nhiem"),
)
"""As doctors type: codes, beginnings, one frequent word, several, one letter."""
WORDS: Final = (
    *("viêm", "gãy", "xương", "u", "ác", "lành", "tính", "cấp", "mạn", "không", "xác", "định", "khác", "do"),
    *("nhiễm", "trùng", "virus", "tăng", "giảm", "huyết", "áp", "đái", "tháo", "đường", "thận", "gan", "tim"),
    *(
        "phổi",
        "dạ",
        "dày",
        "tá",
        "tràng",
        "da",
        "mắt",
        "tai",
        "chấn",
        "thương",
        "biến",
        "chứng",
        "bẩm",
        "sinh",
    ),
)


def measure(effort: Effort) -> None:
    """Print a section for each database."""
    with scratch() as folder:
        _print(_measure(effort, folder, ""), "SQLite")
    with scratch() as folder, postgresql(folder) as cluster:
        _print(_measure(effort, folder, cluster.create("ours")), "PostgreSQL")


def _measure(effort: Effort, folder: Path, url: str) -> dict[str, list[list[float]]]:
    with opened(folder, database_url=url) as database:
        doctor = _fill(database)
        rounds: dict[str, list[list[float]]] = {"search": [], "bare": []}
        for number in range(effort.rounds + 1):
            ours = list(_timed(database, effort.seconds, lambda s, w: _search(s, doctor, w, database)))
            bare = list(_timed(database, effort.seconds / 2, _lookup))
            if number:
                rounds["search"].append(ours)
                rounds["bare"].append(bare)
        return rounds


def _fill(database: Database) -> MembershipActor:
    chance = random.Random(5)
    lines = ["ma;ten"]
    for number in range(CODES):
        category, rest = divmod(number, 6)
        code = f"{chr(65 + category // 100)}{category % 100:02d}"
        name = " ".join(chance.choice(WORDS) for _ in range(chance.randint(3, 9)))
        lines.append(f"{code}{f'.{rest}' if rest else ''};{name}")
    content = "\n".join(lines).encode()
    with database.write() as unit:
        service.import_codes(unit.session, LABEL, read_codes(content), content, source="bench", now=unit.now)
        world = make_booking_world(unit.session, doctors=1)
        doctor = world.doctors[0]
        request = service.VisitRequest(patient_id=world.patients[0], consult_kind="remote_exam", reason="Ho")
        visit = service.open_visit(unit.session, world.nurse, request, now=unit.now)
        unit.session.add_all(
            Condition(
                id=new_id(),
                visit_id=visit.id,
                rank=rank,
                code=lines[1 + chance.randrange(CODES)].partition(";")[0],
                text="",
                certainty="confirmed",
                written_by=doctor.ref,
                written_at=unit.now,
            )
            for rank in range(HABITS)
        )
    if database.writer.dialect.name == "postgresql":
        with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return doctor


def _timed(database: Database, seconds: float, ask: Callable[[Session, str], object]) -> Iterator[float]:
    until = time.monotonic() + seconds
    number = 0
    while time.monotonic() < until or number < len(TYPED):
        word = TYPED[number % len(TYPED)]
        number += 1
        began = time.perf_counter()
        with database.read() as unit:
            ask(unit.session, word)
        yield (time.perf_counter() - began) * 1_000


def _search(session: Session, doctor: MembershipActor, word: str, database: Database) -> object:
    return codes.search_codes(session, doctor, word, now=database.clock.now(), code_list=LABEL)


def _lookup(session: Session, _: str) -> object:
    return (
        session.connection()
        .execute(
            text("SELECT name FROM diagnosis_code WHERE code_list = :label AND code = 'I10'"),
            {"label": LABEL},
        )
        .all()
    )


def _print(rounds: dict[str, list[list[float]]], database: str) -> None:
    p50 = compare([median(each) for each in rounds["search"]], [median(each) for each in rounds["bare"]])
    p95 = compare([_p95(each) for each in rounds["search"]], [_p95(each) for each in rounds["bare"]])
    notes = (
        f"{len(TYPED)} texts as doctors type them, one connection, within a reading unit, ranked, with",
        f"{HABITS:,} diagnoses of the doctor's own. A bare lookup is one row by its key.",
    )
    show(
        f"Searching {CODES:,} diagnosis codes. {database}",
        [p50.line("p50", "{:.1f} ms"), p95.line("p95", "{:.1f} ms", AIM)],
        *notes,
    )


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
