"""Several server processes on one database, over HTTP: no slot twice, no failure, nobody sees old diaries."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlmodel import col, select

from telehealth.kit.clock import DEFAULT_ZONE, SystemClock
from telehealth.kit.db import Database
from telehealth.scheduling.models import Claim
from tests.support.servers import Server, run_beside
from tests.support.shared import RUN_DIR, own
from tests.telehealth.scheduling.writers import Ids, Writer, make_people

PROCESSES, WRITERS, DOCTORS = 2, 16, 5
IS_NIGHTLY = settings().max_examples > 100
ATTEMPTS = 400 if IS_NIGHTLY else 6
ANSWERS = {201, 409}

pytestmark = pytest.mark.databases("postgresql")  # an embedded database has one process


@pytest.fixture
def people(database: Database) -> list[tuple[str, Ids]]:
    """Tokens of nurses of one station, each with a patient and an open visit."""
    return make_people(database, writers=WRITERS, doctors=DOCTORS)


@pytest.fixture
def servers(database: Database, tmp_path: Path) -> Iterator[Sequence[Server]]:
    with run_beside(database, tmp_path, count=PROCESSES) as started:
        yield started


@pytest.mark.timeout(3600 if IS_NIGHTLY else 300)
def test_many_writers_at_several_processes_never_share_a_slot(
    database: Database, servers: Sequence[Server], people: list[tuple[str, Ids]]
) -> None:
    seen: Counter[int] = Counter()

    async def write(writer: Writer) -> None:
        for attempt in range(ATTEMPTS):
            # Everybody wants what is the earliest: the hottest slots there are. Not today, nor tomorrow
            # shortly before midnight, where what was found a moment ago may have come too near to be booked.
            slots = await writer.find(patient=writer.ids["patient_id"], first=_soon())
            held = await writer.hold(slots[attempt % 2])
            seen[held.status_code] += 1
            assert held.status_code in ANSWERS, held.text
            if held.status_code == 201:
                if attempt % 3:
                    await writer.cancel(await writer.book(held))
                else:
                    await writer.release(held)

    async def all_of_them() -> None:
        writers = [
            Writer(servers[number % PROCESSES].base_url, token, ids)
            for number, (token, ids) in enumerate(people)
        ]
        await asyncio.gather(*(write(each) for each in writers))
        for each in writers:
            await each.client.aclose()

    before = _deadlocks()
    asyncio.run(all_of_them())
    assert seen.total() == WRITERS * ATTEMPTS
    assert set(seen) == ANSWERS
    assert _deadlocks() == before
    with database.read() as unit:
        live = select(Claim).where(col(Claim.state).in_(("held", "booked")))
        rows = sorted((c.resource_id, c.lane, c.busy_start, c.busy_end) for c in unit.session.exec(live))
    for one, other in pairwise(rows):
        assert one[:2] != other[:2] or one[3] <= other[2]


def test_what_one_process_booked_the_next_search_of_another_knows(
    servers: Sequence[Server], people: list[tuple[str, Ids]]
) -> None:
    async def look() -> None:
        one, other = (
            Writer(server.base_url, token, ids) for server, (token, ids) in zip(servers, people, strict=False)
        )
        day = _soon()
        wanted: dict[str, Any] = {"first": day, "last": day, "limit": "10"}
        for _ in range(5):
            slots = await one.find(**wanted)
            assert await other.find(**wanted) == slots
            held = await one.hold(slots[0])
            assert slots[0] not in await other.find(**wanted)
            await one.release(held)
            assert await other.find(**wanted) == slots
        await one.client.aclose()
        await other.client.aclose()

    asyncio.run(look())


def _soon() -> str:
    return (SystemClock().now().astimezone(DEFAULT_ZONE) + timedelta(days=2)).date().isoformat()


def _deadlocks() -> int:
    """Count what the cluster's log says of units that waited for each other."""
    log = Path(os.environ[RUN_DIR]) / own("postgresql") / "postgresql.log"
    return log.read_text("utf-8", "replace").count("deadlock detected")
