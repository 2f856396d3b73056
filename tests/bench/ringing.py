"""One press of the button, several doctors' pages open: how soon each page knows, over HTTP."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop

from telehealth import migrations
from telehealth.kit.clock import SystemClock
from telehealth.kit.ids import new_id
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from tests.bench.clusters import postgresql
from tests.bench.http_load import Answer, Call, Connection, Outcome
from tests.bench.measure import Effort, Line, percentile, show
from tests.bench.programs import Program, product
from tests.bench.worlds import scratch
from tests.support import world
from tests.support.urgent import make_urgent_world

PAGES: Final = 8
"""Doctors on duty of the level that is rung, each with a page open."""

PATIENCE_SECONDS: Final = 30.0
AIM = "<= 1,000 ms"
NOTES = (
    f"{PAGES} pages are open, with two processes half of them at the one that was not pressed at.",
    "Told: the event on a page's stream. Shown: the part of the page it then asks for is there.",
)


@dataclass(frozen=True)
class Scene:
    """Who presses, for which visits, and whose pages are open."""

    token: str
    visits: Sequence[str]
    cookies: Sequence[str]

    def press(self, visit: str) -> Call:
        """Return the press for a visit."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}
        return Call("POST", "/api/v1/urgent-requests", headers, {"visit_id": visit}, status=201)

    def cancel(self, request_id: str, version: int) -> Call:
        """Return what calls it off, so that the next one rings alone."""
        headers = {"Authorization": f"Bearer {self.token}", "If-Match": f'"{version}"'}
        path = f"/api/v1/urgent-requests/{request_id}/cancel"
        return Call("POST", path, headers, {"reason": "by_mistake"})


@dataclass
class Rung:
    """When the pages knew, in seconds from each press."""

    told: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)


class OpenPage:
    """A doctor's open page: its stream, and the part it asks for when it is told."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie
        self._told: dict[str, float] = {}
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None]

    async def open(self) -> None:
        """Show what rings so far, and follow the stream; it has begun when this returns."""
        await self.ask_again()
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: signin={self._cookie}\r\n\r\n"
        self._writer.write(head.encode())
        await reader.readuntil(b"event: ready")
        self._reading = asyncio.create_task(self._read(reader))

    async def until_told(self, request_id: str) -> float:
        """Wait until the stream tells of a request; return when it did. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while request_id not in self._told:
                self._news.clear()
                await self._news.wait()
        return self._told[request_id]

    async def ask_again(self) -> None:
        """Ask for what rings, as the page does when it is told."""
        headers = {"Cookie": f"signin={self._cookie}", "Accept-Language": "vi"}
        await _ask(self._port, Call("GET", "/ring", headers))

    def close(self) -> None:
        """Leave."""
        self._reading.cancel()
        self._writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        # The sizes of the chunks stand on lines of their own, and no event is split.
        while line := await reader.readline():
            if line.startswith(b"data: ") and b'"urgent"' in line:
                self._told.setdefault(json.loads(line[6:])["id"], time.perf_counter())
                self._news.set()


def measure(effort: Effort) -> None:
    """Print the sections: two processes on PostgreSQL, one on SQLite."""
    with scratch() as folder, postgresql(folder) as cluster:
        url = cluster.create("ours")
        scene = make_scene(folder, url, effort.presses)
        with product(folder, database_url=url) as one, product(folder, database_url=url) as other:
            _print("two processes on PostgreSQL", uvloop.run(run([one, other], scene)))
    with scratch() as folder:
        scene = make_scene(folder, "", effort.presses)
        with product(folder) as one:
            _print("one process on SQLite", uvloop.run(run([one], scene)))


def make_scene(folder: Path, url: str, presses: int) -> Scene:
    """Make a station with so many patients, a level with doctors on duty, and the levels above it."""
    database = open_database(Settings(data_dir=folder, database_url=url), SystemClock())
    try:
        migrations.upgrade(database.writer)
        with database.write() as unit:
            made = make_urgent_world(unit.session, now=unit.now, doctors=(PAGES, 1, 1), patients=presses)
            token = world.make_token(unit.session, made.nurse, now=unit.now)
            cookies = [world.make_sign_in(unit.session, each, now=unit.now) for each in made.doctors[0]]
            return Scene(token, [str(each) for each in made.visits], cookies)
    finally:
        database.dispose()


async def run(servers: Sequence[Program], scene: Scene) -> Rung:
    """Press once for each visit, at the first server; the pages are open at all of them in turn."""
    rung, port = Rung(), servers[0].port
    pages = [OpenPage(servers[n % len(servers)].port, cookie) for n, cookie in enumerate(scene.cookies)]
    await asyncio.gather(*(page.open() for page in pages))
    for visit in scene.visits:
        began = time.perf_counter()
        pressed = await _ask(port, scene.press(visit))
        rung.answered.append(time.perf_counter() - began)
        rings = json.loads(pressed.body)
        request_id = rings["id"]
        for told, shown in await asyncio.gather(*(_watch(page, request_id) for page in pages)):
            rung.told.append(told - began)
            rung.shown.append(shown - began)
        await _ask(port, scene.cancel(request_id, rings["version"]))
    for page in pages:
        page.close()
    return rung


async def _ask(port: int, call: Call) -> Answer:
    """Ask on a connection of its own: a server hangs up on those that are silent between presses."""
    line = Connection(port, Outcome())
    await line.open()
    answer = await line.ask(call)
    line.close()
    return answer


async def _watch(page: OpenPage, request_id: str) -> tuple[float, float]:
    told = await page.until_told(request_id)
    await page.ask_again()
    return told, time.perf_counter()


def _print(title: str, rung: Rung) -> None:
    lines = [
        Line("the press answered, median", f"{percentile(rung.answered, 50) * 1000:.0f} ms"),
        Line("told on a page, median", f"{percentile(rung.told, 50) * 1000:.0f} ms"),
        Line("told on a page, p95", f"{percentile(rung.told, 95) * 1000:.0f} ms"),
        Line("told on a page, the latest", f"{max(rung.told) * 1000:.0f} ms", aim=AIM),
        Line("shown on a page, the latest", f"{max(rung.shown) * 1000:.0f} ms", aim=AIM),
    ]
    show(f"(u) A press rings on {PAGES} open pages, {len(rung.answered)} presses. {title}", lines, *NOTES)
