"""Booking over HTTP: hold and confirm through the API, against one INSERT by the bare framework."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from tests.bench.clusters import postgresql
from tests.bench.http_load import Call, Connection, Outcome, drive, drive_same
from tests.bench.measure import Effort, Line, compare, percentile, show
from tests.bench.programs import ask_alone, baseline, product
from tests.bench.statements import rehearsal
from tests.bench.worlds import SOON, ask_for, free_slots, make_posts, opened, scratch
from tests.support import world

POSTS = 8
AIM = ">= 0.25 x"
INSERT = Call("POST", "/bookings", {}, {"doctor": "BS. Minh", "start": "2026-11-23T08:00:00Z"}, status=201)


@dataclass(frozen=True)
class Wish:
    """A visit of a patient that is to be booked, and the slot."""

    token: str
    slot: dict[str, Any]

    def hold(self) -> Call:
        """Return the request that holds the slot."""
        return Call("POST", "/api/v1/holds", self._headers(), self.slot, status=201)

    def confirm(self, held: dict[str, Any]) -> Call:
        """Return the request that books what was held."""
        headers = {**self._headers(), "If-Match": f'"{held["version"]}"'}
        return Call("POST", f"/api/v1/holds/{held['id']}/confirm", headers, {})

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}


class Desk:
    """Books one wish after the other, and notes how long each booking took as a whole."""

    def __init__(self, wishes: Iterator[Wish]) -> None:
        self._wishes = wishes
        self.seconds: list[float] = []

    async def book_next(self, connection: Connection) -> bool:
        """Hold and confirm; false when no wish is left."""
        wish = next(self._wishes, None)
        if wish is None:
            return False
        before = time.perf_counter()
        held = await connection.ask(wish.hold())
        await connection.ask(wish.confirm(json.loads(held.body)))
        self.seconds.append(time.perf_counter() - before)
        return True


@dataclass(frozen=True)
class Round:
    """What one round of bookings and one of bare inserts gave."""

    desk: Desk
    ours: Outcome
    bare: Outcome

    @property
    def bookings_per_second(self) -> float:
        """How many slots were held and confirmed in a second."""
        return len(self.desk.seconds) / self.ours.seconds

    @property
    def cpu_ms_per_booking(self) -> float:
        """What the server worked for each booking."""
        return self.ours.cpu_seconds * 1000 / len(self.desk.seconds)


def measure(effort: Effort) -> None:
    """Print the sections of both databases."""
    with scratch() as folder:
        _measure(effort, folder, "SQLite, WAL, synchronous=FULL", "insert", "", [])
    with scratch() as folder, postgresql(folder) as cluster:
        bare = cluster.create("bare").replace("postgresql+psycopg", "postgresql")
        title = "PostgreSQL, synchronous_commit=on, on the server's core"
        _measure(effort, folder, title, "insert-postgresql", cluster.create("ours"), [bare])


def _measure(effort: Effort, folder: Path, title: str, bare: str, url: str, bare_options: list[str]) -> None:
    with opened(folder, database_url=url) as database:
        wishes = iter(_make_wishes(database, effort.rounds * effort.bookings + 2))
    statements = _count_statements(folder, url, wishes)
    with product(folder, database_url=url) as ours, baseline(bare, folder, *bare_options) as other:
        drive(ours.port, Desk(iter([next(wishes)])).book_next, seconds=1)
        drive_same(other.port, INSERT, seconds=0.2)
        rounds = []
        for _ in range(effort.rounds):
            desk = Desk(islice(wishes, effort.bookings))
            booked = ask_alone(ours, other, partial(drive, ours.port, desk.book_next, seconds=effort.seconds))
            inserted = ask_alone(other, ours, partial(drive_same, other.port, INSERT, seconds=effort.seconds))
            rounds.append(Round(desk, booked, inserted))
    show(f"(a) Booking over HTTP: hold + confirm, against one INSERT. {title}", _lines(rounds), statements)


def _lines(rounds: list[Round]) -> list[Line]:
    bookings = compare([each.bookings_per_second for each in rounds], [each.bare.rate for each in rounds])
    requests = compare([each.ours.rate for each in rounds], [each.bare.rate for each in rounds])
    p95 = compare([each.ours.p95_ms for each in rounds], [each.bare.p95_ms for each in rounds])
    work = compare([each.cpu_ms_per_booking for each in rounds], [each.bare.cpu_ms for each in rounds])
    whole = compare(
        [percentile(each.desk.seconds, 95) * 1000 for each in rounds], [each.bare.p95_ms for each in rounds]
    )
    return [
        bookings.line("bookings (two requests) / inserts", "{:,.0f} /s", AIM),
        requests.line("requests / inserts", "{:,.0f} /s"),
        p95.line("p95 of a request", "{:.1f} ms"),
        whole.line("p95 of a booking", "{:.1f} ms"),
        work.line("server's CPU per booking / insert", "{:.2f} ms"),
    ]


def _make_wishes(database: Database, count: int) -> list[Wish]:
    """Make as many visits and free slots, in turn from post to post."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        posts = make_posts(session, POSTS, now=now)
        tokens = [world.make_token(session, post.nurse, now=now) for post in posts]
        most = SOON + count // POSTS + 1
        slots = [iter(free_slots(session, post, most, now=now)[SOON:]) for post in posts]
        wishes = []
        for number in range(count):
            post = posts[number % POSTS]
            visit = ask_for(session, post, number, now=now)
            slot = {
                "form_id": str(new_id()),
                "visit_id": str(visit.id),
                "patient_id": str(visit.patient_id),
                "doctor_membership_id": str(post.doctor.ref),
                "starts_at": next(slots[number % POSTS]).starts_at.isoformat(),
                "consult_kind": str(visit.consult_kind),
            }
            wishes.append(Wish(tokens[number % POSTS], slot))
    return wishes


def _count_statements(folder: Path, url: str, wishes: Iterator[Wish]) -> str:
    with rehearsal(folder, database_url=url) as app:
        wish = next(wishes)
        held = app.ask(wish.hold()).json()
        hold = len(app.statements)
        app.ask(wish.confirm(held))
        return f"Statements: {hold} per hold, {len(app.statements)} per confirm."
