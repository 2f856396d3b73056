"""Fresh databases for tests: copies of one template that was built once in the run.

The template has every table of the models and the guards of `telehealth.schema.build`.
Statements are compiled once in a worker, not once in every database: all databases of a kind speak
through one dialect, which is what SQLAlchemy keys its compiled statements by.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event

from telehealth import schema
from telehealth.kit.clock import Clock
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from tests.support.clock import FixedClock
from tests.support.postgres import Cluster
from tests.support.shared import own, share
from tests.support.washing import TEMPLATE, WashedDatabases

KINDS = ("sqlite", "postgresql")
STATEMENTS = 5_000
"""Compiled statements to keep: more than the suite has."""


@dataclass(frozen=True, slots=True)
class FreshDatabase:
    """A database of one test, and how to be rid of it."""

    database: Database
    remove: Callable[[], None]


def fresh_sqlite(folder: Path, *, clock: Clock, keyring: Keyring, bus: Bus) -> FreshDatabase:
    """Copy the SQLite template into the folder."""
    template = share("sqlite-template", _build_sqlite)["path"]
    path = folder / f"{new_id().hex}.sqlite3"
    shutil.copyfile(template, path)
    database = Database(f"sqlite:///{path}", clock=clock, keyring=keyring, bus=bus)
    event.listen(database.reader, "before_execute", _refuse_locks)
    for engine, whose in ((database.writer, "writer"), (database.reader, "reader")):
        begin = engine.dialect.do_begin
        _speak_as(engine, _sqlite_speaker(whose))
        engine.dialect.do_begin = begin  # type: ignore[method-assign]
        # No test pulls the machine's plug, which is all that waiting for the disk is for.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return FreshDatabase(database, database.dispose)


def fresh_postgresql(*, clock: Clock, keyring: Keyring, bus: Bus) -> FreshDatabase:
    """Take a clean database of this worker's cluster, or clone the template."""
    share(own("postgresql-template"), _build_postgresql)
    stock = _stock()
    kept = stock.take()
    database = Database(Cluster.shared().url(kept.name), clock=clock, keyring=keyring, bus=bus)
    # Engines of the test's own, so that listeners end with them, over connections that outlive them.
    database.writer, database.reader = (Engine(each.pool, each.dialect, each.url) for each in kept.engines)
    for engine in (database.writer, database.reader):
        _speak_as(engine, _postgresql_speaker())
    return FreshDatabase(database, lambda: stock.give_back(kept, database.writer, database.reader))


def _refuse_locks(_connection: object, statement: object, *_rest: object) -> None:
    """Fail as PostgreSQL does (decision 43), which most pages are not tried on: SQLite has no row locks."""
    assert getattr(statement, "_for_update_arg", None) is None, "a lock in a unit that only reads"


@cache
def _stock() -> WashedDatabases:
    return WashedDatabases(Cluster.shared())


@cache
def _sqlite_speaker(_whose: str) -> Engine:
    return _speaker("sqlite://")


@cache
def _postgresql_speaker() -> Engine:
    return _speaker(Cluster.shared().url("postgres"))


def _speaker(url: str) -> Engine:
    """Return an engine that has met its database: what the dialect must know of it is known."""
    engine = create_engine(url, query_cache_size=STATEMENTS)
    engine.connect().close()
    engine.dispose()
    return engine


def _speak_as(engine: Engine, speaker: Engine) -> None:
    engine.dialect, engine._compiled_cache = speaker.dialect, speaker._compiled_cache


def _build_sqlite(folder: Path) -> dict[str, Any]:
    path = folder / "template.sqlite3"
    database = _throwaway(f"sqlite:///{path}")
    schema.build(database.writer)
    # The last connection's end empties the write-ahead log into the file: a copy of it is the whole.
    database.dispose()
    return {"path": str(path)}


def _build_postgresql(folder: Path) -> dict[str, Any]:
    database = _throwaway(Cluster.shared().create(TEMPLATE))
    schema.build(database.writer)
    database.dispose()
    return {"name": TEMPLATE}


def _throwaway(url: str) -> Database:
    return Database(url, clock=FixedClock(), keyring=Keyring.generate())
