"""The signalling relay against a bare Starlette relay: rooms of two with real tickets, the same client."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import uvloop

from signaling.rates import BURST, RATE
from telehealth.calls.service import issue_ticket
from telehealth.kit.db import Database
from tests.bench.measure import Compared, Effort, compare, percentile, show
from tests.bench.programs import Program, baseline, product, quiet
from tests.bench.relaying import OPEN_RATE, Relayed, relay_closed, relay_open
from tests.bench.rooms import CANDIDATE_BYTES, PING_SECONDS, Room
from tests.bench.worlds import ask_for, book, free_slots, make_posts, opened, scratch
from tests.support.day import Day

POSTS = 10
JOINING_AT_ONCE = 10
WARM_UP_ROOMS = 10
BEAT_SECONDS = 0.01
SETTLE_SECONDS = 1.0
JOIN_AIM = "<= 1.8 x"
"""Half of what MiroTalk was measured to take (1.95 ms), where the bare relay took 0.55."""
MEMORY_AIM = "<= 1.5 x"
"""0.6 of what MiroTalk was measured to take (65 kB), where the bare relay took 26."""

Calls = list[tuple[Day, UUID]]
Tickets = list[tuple[str, ...]]
Rounds = list[tuple[Relayed, Relayed]]
Relay = Callable[[Sequence[Room], float], Coroutine[None, None, Relayed]]


@dataclass
class Coming:
    """What it took to let everybody in."""

    cpu_ms: float
    seconds: list[float]
    kib_each: float


def measure(effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder:
        with opened(folder) as database:
            tickets = tickets_for(database, book_calls(database, effort.idle_sockets // 2 + WARM_UP_ROOMS))
        with product(folder, runs_jobs=False) as ours, baseline("relay", folder) as bare:
            uvloop.run(_Trial(effort, ours, bare).run(tickets))


class _Trial:
    """One run over both servers."""

    def __init__(self, effort: Effort, ours: Program, bare: Program) -> None:
        self._effort = effort
        self._ours = ours
        self._bare = bare

    async def run(self, tickets: Tickets) -> None:
        """Let everybody come, be idle, speak; print what was seen."""
        mine, plain = [Room() for _ in tickets], [Room() for _ in tickets]
        beating = asyncio.create_task(keep_alive(mine))
        try:
            coming, sitting = await self._fill(mine, plain, tickets)
            await quiet([self._ours, self._bare])  # who left is still being written down
            closed = await self._rounds(relay_closed, mine, plain)
            opened = await self._rounds(relay_open, mine, plain)
        finally:
            beating.cancel()
        # Whoever lost a socket tells it here.
        with suppress(asyncio.CancelledError):
            await beating
        self._show(coming, sitting, closed, opened)

    async def _fill(self, mine: list[Room], plain: list[Room], tickets: Tickets) -> tuple[Coming, Coming]:
        """Let everybody in at both servers, then keep only as many rooms as are to speak."""

        async def come_in(number: int) -> None:
            for seat, ticket in zip(mine[number].seats, tickets[number], strict=True):
                await seat.come_in(self._ours.port, ticket)
            mine[number].face_each_other()

        async def sit_down(number: int) -> None:
            for seat in plain[number].seats:
                await seat.sit_down(self._bare.port, f"/relay/{number}")

        with self._bare.paused():
            coming = await _let_in(self._ours, come_in, len(tickets))
        await ping_all(mine)
        with self._ours.paused():
            sitting = await _let_in(self._bare, sit_down, len(tickets))
        for rooms in (mine, plain):
            for room in rooms[self._effort.rooms :]:
                room.leave()
            del rooms[self._effort.rooms :]
        return coming, sitting

    async def _rounds(self, relay: Relay, mine: list[Room], plain: list[Room]) -> Rounds:
        seconds = self._effort.seconds
        rounds: Rounds = []
        for _ in range(self._effort.rounds):
            ours = await _alone(self._ours, self._bare, relay(mine, seconds))
            # A server that slept hears its clock before its sockets: nobody may seem silent by then.
            await ping_all(mine)
            bare = await _alone(self._bare, self._ours, relay(plain, seconds))
            rounds.append((ours, bare))
            await asyncio.sleep(max(0.0, BURST / RATE - seconds))  # until everybody may say as much again
        return rounds

    def _show(self, coming: Coming, sitting: Coming, closed: Rounds, opened: Rounds) -> None:
        joins = compare([coming.cpu_ms], [sitting.cpu_ms])
        memory = compare([coming.kib_each], [sitting.kib_each])
        come = compare([percentile(coming.seconds, 95) * 1000], [percentile(sitting.seconds, 95) * 1000])
        lines = [
            _compared(closed, lambda each: each.per_cpu_second).line(
                "messages per server CPU second", "{:,.0f}", ">= 0.80 x"
            ),
            _compared(closed, lambda each: each.rate).line("messages per second, closed loop", "{:,.0f}"),
            _compared(opened, lambda each: each.latency_ms(50)).line("one way, p50, open loop", "{:.2f} ms"),
            _compared(opened, lambda each: each.latency_ms(99)).line(
                "one way, p99, open loop", "{:.2f} ms", "<= 1.50 x"
            ),
            joins.line("server's CPU per join, with its ticket", "{:.2f} ms", JOIN_AIM),
            come.line("a room's two joins, p95", "{:.0f} ms"),
            memory.line("memory per idle socket", "{:.0f} KiB", MEMORY_AIM),
        ]
        both = [each for pair in (*closed, *opened) for each in pair]
        rooms, sockets = self._effort.rooms, self._effort.idle_sockets
        show(
            f"(c) Signalling: {rooms} rooms of two, {CANDIDATE_BYTES} byte candidates, against a bare relay",
            lines,
            f"Open loop: {OPEN_RATE * rooms:,.0f} messages/s. Joins, memory: {sockets} admitted sockets.",
            f"Lost: {sum(each.lost for each in both)} of {sum(each.sent for each in both):,} messages.",
            "Rate limits stand as shipped, the client keeps to them at both servers;"
            f" messages that had to wait: {_waited(ours for ours, _ in closed)} here,"
            f" {_waited(bare for _, bare in closed)} there.",
        )


def _compared(rounds: Rounds, figure: Callable[[Relayed], float]) -> Compared:
    return compare([figure(ours) for ours, _ in rounds], [figure(bare) for _, bare in rounds])


def _waited(rounds: Iterable[Relayed]) -> str:
    return f"{sum(each.held_back for each in rounds):,}"


async def _let_in(program: Program, come: Callable[[int], Awaitable[None]], count: int) -> Coming:
    """Let rooms fill, a few at a time; what the first ones cost (threads, caches) is not counted."""
    seconds: list[float] = []
    gate = asyncio.Semaphore(JOINING_AT_ONCE)

    async def timed(number: int) -> None:
        async with gate:
            before = time.perf_counter()
            await come(number)
            seconds.append(time.perf_counter() - before)

    await asyncio.gather(*(timed(number) for number in range(WARM_UP_ROOMS)))
    seconds.clear()
    await asyncio.sleep(SETTLE_SECONDS)
    kib, cpu = program.resident_kib, program.cpu_seconds
    await asyncio.gather(*(timed(number) for number in range(WARM_UP_ROOMS, count)))
    worked = program.cpu_seconds - cpu
    await asyncio.sleep(SETTLE_SECONDS)
    sockets = 2 * (count - WARM_UP_ROOMS)
    return Coming(worked * 1000 / sockets, seconds, (program.resident_kib - kib) / sockets)


async def _alone(asked: Program, other: Program, relay: Awaitable[Relayed]) -> Relayed:
    with other.paused():
        before = asked.cpu_seconds
        relayed = await relay
        relayed.cpu_seconds = asked.cpu_seconds - before
    return relayed


async def keep_alive(rooms: list[Room]) -> None:
    """Send everybody's heartbeats for as long as it is let, each at its own moment as pages do.

    In one wave they would hold up whatever else is sent meanwhile, at this end and at the server's.
    """
    due, at, before = 0.0, 0, time.perf_counter()
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        now = time.perf_counter()
        due, before = due + (now - before) * 2 * len(rooms) / PING_SECONDS, now
        for _ in range(min(int(due), 2 * len(rooms))):
            seat = rooms[at // 2 % len(rooms)].seats[at % 2]
            if seat.is_answered.is_set():
                seat.ping()
            at += 1
        due %= 1


async def ping_all(rooms: list[Room]) -> None:
    """Send everybody's heartbeat once."""
    for room in rooms:
        for seat in room.seats:
            if seat.is_answered.is_set():
                seat.ping()
    await asyncio.sleep(0.1)


def book_calls(database: Database, rooms: int) -> Calls:
    """Book as many appointments; return each with those who meet in its room."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        posts = make_posts(session, POSTS, now=now)
        slots = [iter(free_slots(session, post, rooms // POSTS + 1, now=now)) for post in posts]
        booked = []
        for number in range(rooms):
            post = posts[number % POSTS]
            visit = ask_for(session, post, number, now=now)
            slot = next(slots[number % POSTS])
            booked.append((post, book(session, post, visit, slot.starts_at, now=now).id))
    return booked


def tickets_for(database: Database, calls: Calls) -> Tickets:
    """Return the tickets of doctor and nurse to each room; they live for a minute."""
    with database.write() as unit:
        return [
            tuple(issue_ticket(unit.session, who, each, now=unit.now) for who in (post.doctor, post.nurse))
            for post, each in calls
        ]
