"""Harm over real sockets: a short round here, fifty thousand messages against the program each night."""

import asyncio
import json
import logging
import random
import re
from dataclasses import replace
from pathlib import Path
from statistics import quantiles
from uuid import UUID

import pytest
from websockets.asyncio.client import connect

from signaling.from_client import Hello
from signaling.from_server import Admitted
from telehealth.calls import service
from telehealth.calls.errors import CallOverError
from telehealth.kit.db import Database, Unit
from telehealth.staff.actors import MembershipActor
from tests.bench.measure import resident_kib
from tests.signaling.line import ORIGIN, Line, serving
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.onlookers import Onlookers, talking
from tests.signaling.stage import DOCTOR, PATIENT, STATION
from tests.support.calls import BookedCall, book_call, open_folder
from tests.support.fuzz import Outcome, Target, attack_all
from tests.support.servers import Server

SHORT, NIGHTLY = 1_000, 50_000
NIGHTLY_CALLS = 30
MAX_GROWTH_KIB = 50 * 1024


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_short_round_of_harm_leaves_the_server_and_other_rooms_as_they_were(
    ports: MemoryPorts, caplog: pytest.LogCaptureFixture
) -> None:
    async def ticket(chance: random.Random) -> str:
        who = chance.choice([DOCTOR, STATION, PATIENT])
        room = UUID(int=100 + chance.randrange(8))
        seat = UUID(int=room.int << 8 | len(who.role))
        return served.ticket(replace(who, room_id=room, participant_id=seat))

    async with serving(ports) as served:
        speaker, listener = await served.come(DOCTOR), await served.come(STATION)
        target = Target(*served.address, ORIGIN, ticket)
        async with talking(speaker, listener) as onlookers:
            outcome = await attack_all(target, seed=1, messages=SHORT)
        _all_is_well(outcome, onlookers)
    faults = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert not faults


@pytest.mark.nightly
def test_fifty_thousand_messages_of_harm_against_the_program(tmp_path: Path) -> None:
    with open_folder(tmp_path / "data") as database:
        with database.write() as unit:
            calls = [book_call(unit.session, now=unit.now) for _ in range(NIGHTLY_CALLS)]
        server = Server(tmp_path / "data", command=("serve",))
        server.start(seconds=300)
        try:
            seed = random.SystemRandom().randrange(2**32)
            before = resident_kib(server.pid)
            outcome, onlookers = asyncio.run(_a_night(server, database, calls, seed))
            growth = resident_kib(server.pid) - before
            p99 = quantiles(onlookers.latencies_ms, n=100)[98]
            print(
                f"\nseed {seed}: {outcome.sent:,} sent on {outcome.sockets:,} sockets, growth {growth} KiB,"
            )
            print(f"other room: {onlookers.sent} said, {onlookers.lost} lost, p99 {p99:.0f} ms (aim: 250 ms)")
            print(json.dumps(outcome.said_by_server))
            assert server.is_healthy()
        finally:
            server.stop()
    _all_is_well(outcome, onlookers)
    assert growth < MAX_GROWTH_KIB
    faults = re.findall(r"(?s)Traceback.{,3000}", server.output)
    assert not faults, faults[0]


async def _a_night(
    server: Server, database: Database, calls: list[BookedCall], seed: int
) -> tuple[Outcome, Onlookers]:
    quiet, *others = calls
    lines = [await _sit_down(server, ticket) for ticket in _tickets(database, [quiet])]

    tickets: list[str] = []
    counter = asyncio.Lock()  # the database has one writer, and one queue before it is enough

    async def ticket(chance: random.Random) -> str:
        async with counter:
            if not tickets:
                tickets.extend(await asyncio.to_thread(_tickets, database, others))
            return tickets.pop(chance.randrange(len(tickets)))

    target = Target("127.0.0.1", server.port, server.base_url, ticket)
    async with talking(*lines) as onlookers:
        outcome = await attack_all(target, seed=seed, messages=NIGHTLY)
    for line in lines:
        await line.wire.close()
    return outcome, onlookers


def _tickets(database: Database, calls: list[BookedCall]) -> list[str]:
    """One for each doctor and nurse, in one write: some will be too old when they are used."""
    tickets = []
    with database.write() as unit:
        for at, call in enumerate(calls):
            try:
                tickets.append(_ticket(unit, call, call.doctor))
            except CallOverError:  # somebody ended it, as a doctor may
                call = calls[at] = book_call(unit.session, now=unit.now)
                tickets.append(_ticket(unit, call, call.doctor))
            tickets.append(_ticket(unit, call, call.nurse))
    return tickets


def _ticket(unit: Unit, call: BookedCall, who: MembershipActor) -> str:
    return service.issue_ticket(unit.session, who, call.appointment.id, now=unit.now)


async def _sit_down(server: Server, ticket: str) -> Line:
    url = f"ws://127.0.0.1:{server.port}/signal"
    line = Line(await connect(url, origin=server.base_url, ping_interval=None, compression=None))  # type: ignore[arg-type]
    await line.send(Hello(versions=(1,), ticket=ticket))
    await line.expect(Admitted)
    return line


def _all_is_well(outcome: Outcome, onlookers: Onlookers) -> None:
    assert outcome.said_by_server["error"], "and answered from the catalogue"
    assert onlookers.sent > 0
    assert onlookers.lost == 0
