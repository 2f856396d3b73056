"""Fifty clients want one slot, over and over, on two server processes: who wins, how soon the others know."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import uvloop

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from tests.bench.clusters import deadlocks, postgresql
from tests.bench.http_load import Call, Connection, Outcome
from tests.bench.measure import CLIENT_CORE, Effort, Line, percentile, show
from tests.bench.programs import Program, product
from tests.bench.worlds import SOON, ask_for, free_slots, make_posts, opened, scratch
from tests.support import world

CLIENTS: Final = 50
POSTS: Final = 50

NOTE = "The loser's answer names the next free slots. Every client is a station's own nurse with her patient."
CORES = "Each process has a core; PostgreSQL shares the first, the fifty clients the second."


@dataclass
class Race:
    """What all slots together gave."""

    winners: list[int] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    losers: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Client:
    """A nurse with a visit of her patient."""

    token: str
    patient_id: str
    visit_id: str
    consult_kind: str

    def search(self) -> Call:
        """Return a search for slots, as it comes before every hold."""
        return Call("GET", "/api/v1/slots?limit=10", {"Authorization": f"Bearer {self.token}"})

    def hold(self, doctor_id: str, starts_at: str) -> Call:
        """Return the request for one slot."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}
        body = {
            "form_id": str(new_id()),
            "visit_id": self.visit_id,
            "patient_id": self.patient_id,
            "doctor_membership_id": doctor_id,
            "starts_at": starts_at,
            "consult_kind": self.consult_kind,
        }
        return Call("POST", "/api/v1/holds", headers, body)


def measure(effort: Effort) -> None:
    """Print the sections: two processes on PostgreSQL, one on SQLite."""
    with scratch() as folder, postgresql(folder) as cluster:
        url = cluster.create("ours")
        with opened(folder, database_url=url) as database:
            clients, slots = make_race(database, effort.slots)
        with (
            product(folder, database_url=url) as one,
            product(folder, database_url=url, core=CLIENT_CORE) as other,
        ):
            race = uvloop.run(run([one, other], clients, slots))
        _print(
            "two processes on PostgreSQL", race, CORES, f"{deadlocks(folder)} deadlocks in the server's log."
        )
    with scratch() as folder:
        with opened(folder) as database:
            clients, slots = make_race(database, effort.slots // 4)
        with product(folder) as one:
            race = uvloop.run(run([one], clients, slots))
        _print("one process on SQLite", race)


def make_race(database: Database, count: int) -> tuple[list[Client], list[tuple[str, str]]]:
    """Make the clients and so many slots of a few doctors whom all of them may ask."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        posts = make_posts(session, POSTS, now=now)
        few = [free_slots(session, post, SOON + count // 5 + 1, now=now)[SOON:] for post in posts[:5]]
        slots = [
            (str(post.doctor.ref), slot.starts_at.isoformat())
            for post, found in zip(posts, few, strict=False)
            for slot in found
        ]
        clients = []
        for number in range(CLIENTS):
            post = posts[number % POSTS]
            visit = ask_for(session, post, number, now=now)
            token = world.make_token(session, post.nurse, now=now)
            clients.append(Client(token, str(visit.patient_id), str(visit.id), str(visit.consult_kind)))
    return clients, slots[:count]


async def run(
    servers: Sequence[Program], clients: Sequence[Client], slots: Sequence[tuple[str, str]]
) -> Race:
    """Let all clients ask for one slot at once; the winner gives it back before the next."""
    race = Race()
    lines = [Connection(servers[n % len(servers)].port, Outcome()) for n in range(len(clients))]
    await asyncio.gather(*(line.open() for line in lines))
    # Whoever wants a slot has found it: both processes have searched before.
    await asyncio.gather(*(line.ask(client.search()) for line, client in zip(lines, clients, strict=True)))
    before = [each.cpu_seconds for each in servers]
    for doctor_id, starts_at in slots:
        began = time.perf_counter()
        results = await asyncio.gather(
            *(
                _ask(line, client.hold(doctor_id, starts_at))
                for line, client in zip(lines, clients, strict=True)
            )
        )
        race.seconds.append(time.perf_counter() - began)
        race.answers.update(status for status, _, _ in results)
        won = [
            (line, client, body)
            for line, client, (status, _, body) in zip(lines, clients, results, strict=True)
            if status == 201
        ]
        race.winners.append(len(won))
        race.losers += [seconds for status, seconds, _ in results if status == 409]
        for line, client, body in won:
            headers = {"Authorization": f"Bearer {client.token}", "If-Match": f'"{body["version"]}"'}
            await line.ask(Call("POST", f"/api/v1/holds/{body['id']}/release", headers))
    race.cpu_seconds = sum(each.cpu_seconds - was for each, was in zip(servers, before, strict=True))
    for line in lines:
        line.close()
    return race


async def _ask(line: Connection, call: Call) -> tuple[int, float, dict[str, Any]]:
    before = time.perf_counter()
    status, answer = await line.try_to_ask(call)
    return status, time.perf_counter() - before, json.loads(answer.body)


def _print(title: str, race: Race, *notes: str) -> None:
    lines = [
        Line("slots with exactly one winner", f"{race.winners.count(1)} of {len(race.winners)}", aim="all"),
        Line("answers", ", ".join(f"{count} x {status}" for status, count in sorted(race.answers.items()))),
        Line("losers answered, p50", f"{percentile(race.losers, 50) * 1000:.0f} ms"),
        Line("losers answered, p95", f"{percentile(race.losers, 95) * 1000:.0f} ms", aim="<= 200 ms"),
        Line("a slot's race, median", f"{percentile(race.seconds, 50) * 1000:.0f} ms"),
        Line("servers' CPU per answer", f"{race.cpu_seconds * 1000 / race.answers.total():.1f} ms"),
    ]
    show(f"(r) {CLIENTS} clients for one slot, {len(race.winners)} slots. {title}", lines, NOTE, *notes)
