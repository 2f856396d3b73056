"""Many rooms at once: what a join costs then, what everybody weighs, how fast words go, and a storm.

The storm is a relay or a mast that comes back: everybody's socket is cut in one instant, and everybody
returns in the next.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import uvloop

from telehealth.kit.db import Database
from tests.bench.measure import Effort, Line, compare, show
from tests.bench.programs import Program, baseline, product, quiet
from tests.bench.relaying import Relayed, relay_open
from tests.bench.rooms import Room, Seat
from tests.bench.signalling import Calls, book_calls, keep_alive, ping_all, tickets_for
from tests.bench.worlds import opened, scratch

FEW = 100
STEP = 40
STORMS = 3
RATE = 4.0
"""Messages per second and room: at 500 rooms as many as the peers were measured with."""
SETTLE_SECONDS = 1.0
REST_SECONDS = 4.0
BACK = "all back, a word from each arrived"


@dataclass
class Gathered:
    """What was seen at one server."""

    join_ms_few: float = 0.0
    join_ms_many: float = 0.0
    kib_each: float = 0.0
    rest_share: float = 0.0
    storms: list[float] = field(default_factory=list)
    storm_cpu_ms: list[float] = field(default_factory=list)
    lost: int = 0
    relayed: list[Relayed] = field(default_factory=list)


def measure(effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder:
        with opened(folder) as database:
            calls = book_calls(database, effort.gathered)
        with product(folder, runs_jobs=False) as program, opened(folder) as database:
            ours = uvloop.run(_at_ours(program, database, calls, effort))
        with baseline("relay", folder) as program:
            bare = uvloop.run(_at_bare(program, effort))
    _show(ours, bare, effort)


async def _at_ours(program: Program, database: Database, calls: Calls, effort: Effort) -> Gathered:
    seen, rooms = Gathered(), [Room() for _ in calls]
    beating = asyncio.create_task(keep_alive(rooms))

    async def come(numbers: range) -> float:
        """Let these rooms fill; return the milliseconds of processor a join took.

        Without what those already there took meanwhile, who beat and are looked after whoever joins.
        """
        # Beside the heartbeats: on a busy disk this takes longer than a silent line may last.
        tickets = await asyncio.to_thread(tickets_for, database, calls[numbers.start : numbers.stop])
        before, began = program.cpu_seconds, time.perf_counter()
        for number, pair in zip(numbers, tickets, strict=True):
            await asyncio.gather(
                *(
                    seat.come_in(program.port, each)
                    for seat, each in zip(rooms[number].seats, pair, strict=True)
                )
            )
            rooms[number].face_each_other()
        others = seen.rest_share * (time.perf_counter() - began)
        return (program.cpu_seconds - before - others) * 1000 / (2 * len(numbers))

    async def rest() -> None:
        """Note the share of a core that those who are there take."""
        before, began = program.cpu_seconds, time.perf_counter()
        await asyncio.sleep(REST_SECONDS)
        seen.rest_share = (program.cpu_seconds - before) / (time.perf_counter() - began)

    few, many = min(FEW, len(calls) - 2 * STEP), len(calls)
    await come(range(few))
    await rest()
    seen.join_ms_few = await come(range(few, few + STEP))
    await asyncio.sleep(SETTLE_SECONDS)
    resident = program.resident_kib
    for start, stop in pairwise([*range(few + STEP, many - STEP, STEP), many - STEP]):
        await come(range(start, stop))
    await rest()
    seen.join_ms_many = await come(range(many - STEP, many))
    await asyncio.sleep(SETTLE_SECONDS)
    seen.kib_each = (program.resident_kib - resident) / (2 * (many - few - STEP))
    half = rooms[: many // 2]
    await quiet([program])
    await _rounds(program, seen, half, lambda _, seat: seat.come_back(program.port), effort)
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating
    return seen


async def _at_bare(program: Program, effort: Effort) -> Gathered:
    seen, rooms = Gathered(), [Room() for _ in range(effort.gathered // 2)]

    async def sit_down(number: int, seat: Seat) -> None:
        await seat.sit_down(program.port, f"/relay/{number}")

    for number, room in enumerate(rooms):
        for seat in room.seats:
            await sit_down(number, seat)
    await _rounds(program, seen, rooms, sit_down, effort)
    return seen


async def _rounds(
    program: Program,
    seen: Gathered,
    rooms: Sequence[Room],
    come_back: Callable[[int, Seat], Awaitable[None]],
    effort: Effort,
) -> None:
    for _ in range(STORMS):
        seen.relayed.append(await relay_open(rooms, effort.seconds, rate=RATE))
        await ping_all(list(rooms))
    for _ in range(STORMS):
        await _storm(program, seen, rooms, come_back)
        await asyncio.sleep(SETTLE_SECONDS)


async def _storm(
    program: Program,
    seen: Gathered,
    rooms: Sequence[Room],
    come_back: Callable[[int, Seat], Awaitable[None]],
) -> None:
    """Cut every line at once; note how long until everybody is back and has heard the other."""
    heard = 0
    all_heard = asyncio.Event()
    seats = [(number, seat) for number, room in enumerate(rooms) for seat in room.seats]

    def hear(_seat: Seat, _latency: int) -> None:
        nonlocal heard
        heard += 1
        if heard == len(seats):
            all_heard.set()

    for _, seat in seats:
        seat.on_candidate = hear
    before, began = program.cpu_seconds, time.perf_counter()
    for room in rooms:
        room.cut()
    back = await asyncio.gather(*(come_back(number, seat) for number, seat in seats), return_exceptions=True)
    seen.lost += sum(1 for each in back if isinstance(each, BaseException))
    for _, seat in seats:
        seat.send_candidate()
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            await all_heard.wait()
    seen.storms.append(time.perf_counter() - began)
    seen.storm_cpu_ms.append((program.cpu_seconds - before) * 1000 / len(seats))
    seen.lost += len(seats) - heard


def _show(ours: Gathered, bare: Gathered, effort: Effort) -> None:
    many, few = effort.gathered, min(FEW, effort.gathered - 2 * STEP)
    late = compare(
        [each.latency_ms(99) for each in ours.relayed], [each.latency_ms(99) for each in bare.relayed]
    )
    storm = compare(ours.storms, bare.storms)
    work = compare(ours.storm_cpu_ms, bare.storm_cpu_ms)
    grown = ours.join_ms_many / ours.join_ms_few
    show(
        f"(c, many) Signalling, {many:,} rooms of two open at a time",
        [
            Line(f"CPU per join with its ticket, {few} rooms", f"{ours.join_ms_few:.2f} ms", aim="<= 1 ms"),
            Line(
                f"the same, {many:,} rooms", f"{ours.join_ms_many:.2f} ms", "", f"{grown:.2f} x", "<= 1.20 x"
            ),
            Line("memory per idle participant", f"{ours.kib_each:.0f} KiB", aim="<= 40 KiB"),
            Line(f"a core's share for {2 * many:,} who only beat", f"{ours.rest_share:.1%}"),
            late.line(f"one way, p99, {many // 2} rooms, open loop", "{:.2f} ms", "<= 1.50 x"),
            storm.line(f"storm of {2 * (many // 2):,}: {BACK}", "{:.2f} s", "<= 2.00 x"),
            work.line("the server's CPU for each of them", "{:.2f} ms"),
        ],
        f"Lost in {STORMS} storms: {ours.lost} here, {bare.lost} there. Joins grow against {few} rooms.",
        f"Open loop: {RATE * (many // 2):,.0f} messages/s; p99 by round:"
        f" {_each(ours.relayed)} here, {_each(bare.relayed)} there.",
        f"Storms by round, median {median(ours.storms):.2f} s: "
        + ", ".join(f"{seconds:.2f}" for seconds in ours.storms),
    )


def _each(relayed: Sequence[Relayed]) -> str:
    return ", ".join(f"{each.latency_ms(99):.1f}" for each in relayed)
