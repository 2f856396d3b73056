"""Units of work for requests.

`scope="function"` matters: an ordinary `yield` dependency commits after the response has gone out,
so a failing commit would still answer 200.
https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/

Units are gated before a thread is taken. A request waiting for the single SQLite writer inside a
thread would hold one of the pool's forty threads; forty of them starve the request that has the
writer and needs a thread to go on.
"""

from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Annotated

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import Depends
from fastapi.concurrency import contextmanager_in_threadpool
from starlette.requests import HTTPConnection

from telehealth.kit.db import ASKING_AT_ONCE, BUSY_TIMEOUT_MS, Database, Unit
from telehealth.kit.errors import DomainError, Kind
from telehealth.kit.retries import T, run_write
from telehealth.kit.security import HASHES_AT_ONCE
from telehealth.kit.settings import Settings
from telehealth.kit.turns import Turns

_WAIT_SECONDS = BUSY_TIMEOUT_MS / 1000

WASHES_AT_ONCE = 2
"""Files drawn anew at a time: each takes a process, and much of one processor."""


class Gates:
    """How many reading and writing units one process opens at a time, how many passwords it hashes."""

    def __init__(self, database: Database) -> None:
        self.reading = CapacityLimiter(database.units_at_once)
        self.writing = CapacityLimiter(1 if database.is_sqlite else database.units_at_once)
        self.asking = CapacityLimiter(ASKING_AT_ONCE)
        self.hashing = CapacityLimiter(HASHES_AT_ONCE)
        self.washing = CapacityLimiter(WASHES_AT_ONCE)
        self.turns = Turns()


def database_of(connection: HTTPConnection) -> Database:
    """Return the database of the running application."""
    database: Database = connection.app.state.database
    return database


def settings_of(connection: HTTPConnection) -> Settings:
    """Return the settings of the running application."""
    settings: Settings = connection.app.state.settings
    return settings


async def ask(connection: HTTPConnection, work: Callable[[], T]) -> T:
    """Run in a thread what opens a short reading unit of its own, a few at a time; return what it returns.

    Whoever comes in a burst waits here for a moment, instead of opening a connection to the database each.
    """
    return await to_thread.run_sync(work, limiter=connection.app.state.gates.asking)


async def _read_unit(connection: HTTPConnection) -> AsyncIterator[Unit]:
    gate = connection.app.state.gates.reading
    async with _Place(gate), contextmanager_in_threadpool(database_of(connection).read()) as unit:
        yield unit


async def _write_unit(connection: HTTPConnection) -> AsyncIterator[Unit]:
    gate = connection.app.state.gates.writing
    async with _Place(gate), contextmanager_in_threadpool(database_of(connection).write()) as unit:
        yield unit


write_unit = asynccontextmanager(_write_unit)
"""The same unit for async edges that need more than one; what is done in it belongs into a thread."""


class Writer:
    """A place at the writers' gate, for edges whose whole unit may have to be done again, or looks first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, work: Callable[[Unit], T]) -> T:
        """Run `work(unit)`, committed before this returns; see `kit.retries.run_write`."""
        return run_write(self._database, work)

    def look(self, work: Callable[[Unit], T]) -> T:
        """Run `work(unit)` in a unit that only reads, and so holds up no writer."""
        with self._database.read() as unit:
            return work(unit)


async def _writer(connection: HTTPConnection) -> AsyncIterator[Writer]:
    async with _Place(connection.app.state.gates.writing):
        yield Writer(database_of(connection))


@asynccontextmanager
async def turn_for(connection: HTTPConnection, wanted: Hashable) -> AsyncIterator[None]:
    """Give a turn at what only one can have; `busy` (unavailable) when none comes in time.

    To be taken before a place in a gate: fifty who want one thing then hold up nobody who wants another.
    """
    turns: Turns = connection.app.state.gates.turns
    with turns.line(wanted) as gate:
        async with _Place(gate):
            yield


@asynccontextmanager
async def washing_place(connection: HTTPConnection) -> AsyncIterator[None]:
    """Give a place among those whose file is drawn anew; `busy` when none comes free in time."""
    async with _Place(connection.app.state.gates.washing):
        yield


class _Place:
    """A place in the gate; `busy` (unavailable) when none comes free in time."""

    def __init__(self, gate: CapacityLimiter) -> None:
        self._gate = gate

    async def __aenter__(self) -> None:
        with move_on_after(_WAIT_SECONDS) as waiting:
            await self._gate.acquire_on_behalf_of(self)
        if waiting.cancelled_caught:
            raise DomainError("busy", Kind.UNAVAILABLE)

    async def __aexit__(self, *_: object) -> None:
        self._gate.release_on_behalf_of(self)


ReadUnit = Annotated[Unit, Depends(_read_unit, scope="function")]
WriteUnit = Annotated[Unit, Depends(_write_unit, scope="function")]
WriteRuns = Annotated[Writer, Depends(_writer, scope="function")]
AppSettings = Annotated[Settings, Depends(settings_of)]
