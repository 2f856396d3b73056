"""The server killed with -9 at any moment while people book over HTTP, and started again on its data.

Whoever heard no answer sends the same again under the same key, as browsers and programs do.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import settings
from sqlmodel import select

from telehealth.kit.clock import DEFAULT_ZONE, SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.scheduling.models import Appointment, Claim
from tests.support.servers import Server
from tests.telehealth.scheduling.test_concurrency import require_no_overlap
from tests.telehealth.scheduling.writers import Ids, Writer, make_people

IS_NIGHTLY = settings().max_examples > 100
KILLS = 200 if IS_NIGHTLY else 2
WRITERS, DOCTORS = 4, 2
PAUSE = 0.05


class Insistent(Writer):
    """Asks again under the same key until somebody answers; notes what became of each appointment."""

    def __init__(self, base_url: str, token: str, ids: Ids) -> None:
        super().__init__(base_url, token, ids)
        self.told: dict[str, str] = {}
        self.repeated = 0

    async def send(self, path: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
        key = {"Idempotency-Key": str(new_id()), **headers}
        return await self.insist(lambda: super(Insistent, self).send(path, body, **key))

    async def insist(self, ask: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
        """Ask until somebody answers."""
        while True:
            try:
                answer = await ask()
            except httpx2.TransportError:
                self.repeated += 1
                await asyncio.sleep(PAUSE)
                continue
            if answer.status_code != 503:
                return answer

    async def cancel(self, booked: httpx2.Response) -> None:
        """Call an appointment off; where the answer was lost and the version is another, look whether it is.

        It has no key: what is called off twice is called off once, and the version says that it changed.
        """
        row, before = booked.json()["id"], self.repeated
        path, version = f"/api/v1/appointments/{row}", {"If-Match": booked.headers["etag"]}
        answer = await self.send(f"{path}/cancel", {"reason": "booked_by_mistake"}, **version)
        if answer.status_code == 412 and self.repeated > before:
            answer = await self.insist(lambda: self.client.get(path, headers=self.headers()))
            assert answer.json()["status"] == "cancelled", answer.text
        assert answer.status_code == 200, answer.text

    async def work(self, slots: list[dict[str, str]], is_over: asyncio.Event) -> None:
        """Hold, book and call off, again and again; the last one stays booked."""
        while not is_over.is_set():
            held = await self.hold(random.choice(slots))
            assert held.status_code in (201, 409), held.text
            if held.status_code == 409:
                continue
            booked = await self.book(held)
            row = booked.json()["id"]
            self.told[row] = "booked"
            if not is_over.is_set():
                await self.cancel(booked)
                self.told[row] = "cancelled"


@pytest.mark.timeout(3600 if IS_NIGHTLY else 300)
def test_a_server_killed_while_people_book_loses_and_doubles_nothing(
    database: Database, tmp_path: Path
) -> None:
    people = make_people(database, writers=WRITERS, doctors=DOCTORS)
    database.keyring.save(tmp_path / "keys.json")
    server = Server(tmp_path, command=("serve",), env={"TELEHEALTH_DATABASE_URL": database.url})
    server.start()
    writers = [Insistent(server.base_url, token, ids) for token, ids in people]

    async def kill_and_start(is_over: asyncio.Event) -> None:
        for _ in range(KILLS):
            wanted = _acts(writers) + random.randint(1, 12)
            while _acts(writers) < wanted:
                await asyncio.sleep(PAUSE * random.random())
            await asyncio.to_thread(server.stop, how=signal.SIGKILL)
            await asyncio.to_thread(server.start)
        is_over.set()

    async def everybody() -> None:
        is_over = asyncio.Event()
        slots = await writers[0].find(first=_next_week(), limit="50")
        await asyncio.gather(kill_and_start(is_over), *(each.work(slots, is_over) for each in writers))
        for each in writers:
            await each.client.aclose()

    try:
        asyncio.run(everybody())
    finally:
        server.stop()
    assert sum(each.repeated for each in writers), "nobody was cut off: nothing was tried"
    require_no_overlap(database)
    require_as_told(database, {row: state for each in writers for row, state in each.told.items()})


def require_as_told(database: Database, told: dict[str, str]) -> None:
    """Every appointment stands as its nurse was told last, and there is none nobody was told of."""
    with database.read() as unit:
        stored = {
            str(row): state for row, state in unit.session.exec(select(Appointment.id, Appointment.status))
        }
        claims = Counter(unit.session.exec(select(Claim.appointment_id).where(Claim.state == "booked")))
    assert stored == told
    assert {str(row): count for row, count in claims.items()} == {
        row: 3 for row, state in told.items() if state == "booked"
    }


def _acts(writers: list[Insistent]) -> int:
    return sum(len(each.told) for each in writers)


def _next_week() -> str:
    return (SystemClock().now().astimezone(DEFAULT_ZONE) + timedelta(days=7)).date().isoformat()
