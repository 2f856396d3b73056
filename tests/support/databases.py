"""Fresh databases for tests: copies of one template that was built once in the run.

The template has every table of the models and the guards of `telehealth.schema.build`.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telehealth import schema
from telehealth.kit.clock import Clock
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from tests.support.clock import FixedClock
from tests.support.postgres import Cluster
from tests.support.shared import own, share

TEMPLATE = "telehealth_template"
KINDS = ("sqlite", "postgresql")


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
    return FreshDatabase(database, database.dispose)


def fresh_postgresql(*, clock: Clock, keyring: Keyring, bus: Bus) -> FreshDatabase:
    """Clone the PostgreSQL template in this worker's cluster."""
    share(own("postgresql-template"), _build_postgresql)
    cluster, name = Cluster.shared(), f"t{new_id().hex}"
    database = Database(cluster.create(name, template=TEMPLATE), clock=clock, keyring=keyring, bus=bus)

    def remove() -> None:
        database.dispose()
        cluster.drop(name)

    return FreshDatabase(database, remove)


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
