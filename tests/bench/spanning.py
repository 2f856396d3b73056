"""Rooms that span two server processes, against the same rooms at one: every message crosses Redis.

The worst case: of each room one participant reached each process. Both processes share a core, so what is
compared is work; Redis's own stands in the note.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import uvloop

from telehealth.kit.db import Database
from tests.bench.clusters import postgresql
from tests.bench.measure import SERVER_CORE, Effort, Line, compare, cpu_seconds, show
from tests.bench.programs import Program, on_core, product, quiet
from tests.bench.relaying import Relayed, relay_closed
from tests.bench.rooms import CANDIDATE_BYTES, Room
from tests.bench.signalling import Calls, book_calls, keep_alive, ping_all, tickets_for
from tests.bench.worlds import opened, scratch
from tests.support.redis import own_redis

ROUNDS_APART_SECONDS = 3.0


@dataclass
class Spanned:
    """What was seen: the rounds, and the work of Redis in them."""

    rounds: list[Relayed] = field(default_factory=list)
    redis_seconds: list[float] = field(default_factory=list)
    join_ms: float = 0.0


def measure(effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder, postgresql(folder) as cluster, on_core(SERVER_CORE), own_redis(folder) as redis:
        url = cluster.create("ours")
        with opened(folder, database_url=url) as database:
            calls = book_calls(database, 2 * effort.rooms)
            half = len(calls) // 2
            one = _at(folder, database, calls[:half], effort, url, redis.url, redis.pid, processes=1)
            two = _at(folder, database, calls[half:], effort, url, redis.url, redis.pid, processes=2)
    _show(two, one, effort)


def _at(
    folder: Path,
    database: Database,
    calls: Calls,
    effort: Effort,
    url: str,
    redis_url: str,
    redis_pid: int,
    *,
    processes: int,
) -> Spanned:
    options = {"database_url": url, "redis_url": redis_url, "runs_jobs": False}
    with product(folder, **options) as first:  # type: ignore[arg-type]
        if processes == 1:
            return uvloop.run(_relay([first], redis_pid, database, calls, effort))
        with product(folder, **options) as second:  # type: ignore[arg-type]
            return uvloop.run(_relay([first, second], redis_pid, database, calls, effort))


async def _relay(
    programs: Sequence[Program], redis: int, database: Database, calls: Calls, effort: Effort
) -> Spanned:
    seen, rooms = Spanned(), [Room() for _ in calls]
    beating = asyncio.create_task(keep_alive(rooms))
    before = _worked(programs)
    for at, room in enumerate(rooms):
        if at % 20 == 0:
            tickets = tickets_for(database, calls[at : at + 20])
        for number, (seat, ticket) in enumerate(zip(room.seats, tickets[at % 20], strict=True)):
            await seat.come_in(programs[number % len(programs)].port, ticket)
        room.face_each_other()
    seen.join_ms = (_worked(programs) - before) * 1000 / (2 * len(rooms))
    await quiet(programs)
    for _ in range(effort.rounds):
        worked, redis_worked = _worked(programs), cpu_seconds(redis)
        relayed = await relay_closed(rooms, effort.seconds)
        relayed.cpu_seconds = _worked(programs) - worked
        seen.redis_seconds.append((cpu_seconds(redis) - redis_worked) / len(relayed.latencies_us) * 1e6)
        seen.rounds.append(relayed)
        await ping_all(rooms)
        await asyncio.sleep(ROUNDS_APART_SECONDS)
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating
    return seen


def _worked(programs: Sequence[Program]) -> float:
    return sum(program.cpu_seconds for program in programs)


def _show(two: Spanned, one: Spanned, effort: Effort) -> None:
    work = compare([each.per_cpu_second for each in two.rounds], [each.per_cpu_second for each in one.rounds])
    late = compare([each.latency_ms(99) for each in two.rounds], [each.latency_ms(99) for each in one.rounds])
    joins = compare([two.join_ms], [one.join_ms])
    lost = sum(each.lost for each in (*two.rounds, *one.rounds))
    lines: list[Line] = [
        work.line("messages per CPU second of the processes", "{:,.0f}", ">= 0.45 x"),
        late.line("one way, p99, closed loop", "{:.2f} ms"),
        joins.line("CPU per join, PostgreSQL", "{:.2f} ms"),
    ]
    show(
        f"(c, two) {effort.rooms} rooms, {CANDIDATE_BYTES} byte candidates: at two processes, against one",
        lines,
        f"Lost: {lost}. Redis worked {median(two.redis_seconds):.0f} us for each message, not counted above.",
    )
