"""Databases: SQLite with one writer, or PostgreSQL; one unit of work at each edge.

SQLite runs with WAL, `synchronous=FULL`, foreign keys and BEGIN IMMEDIATE for each write unit;
every other connection is `query_only`. https://www.sqlite.org/wal.html, and SQLAlchemy's
"Serializable isolation / Savepoints / Transactional DDL" note for pysqlite.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

import psycopg
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from telehealth.kit.clock import Clock
from telehealth.kit.crypto import Keyring
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus, run_after_commit
from telehealth.kit.policy import Policy
from telehealth.kit.shelf import Shelf

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata

BUSY_TIMEOUT_MS = 10_000
UNITS_AT_ONCE = 8
ASKING_AT_ONCE = 4
"""Short units that ask who somebody is: a burst of requests opens no connections for that."""
RESTS_AFTER_SECONDS = 2.0
THREADS = 40
_KEPT_SILENT: Final = MappingProxyType({"hide_parameters": True})
"""No fault of a statement tells what stood in it: that is patients' data, on its way into a log."""


class UtcDateTime(TypeDecorator[datetime]):
    """Refuses naive times; returns aware UTC on both databases (SQLite drops the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC before it is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return stored times as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Milli(TypeDecorator[Decimal]):
    """A measured value with up to three decimals, exact on both databases (SQLite has no decimals)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        """Store thousandths; refuse what would be rounded."""
        if value is None:
            return None
        thousandths = value * 1000
        if thousandths != int(thousandths):
            raise ValueError("at most three decimals can be stored")
        return int(thousandths)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        """Return the exact value."""
        return None if value is None else Decimal(value) / 1000


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of work: a session and the instant it happens at."""

    session: Session
    now: datetime


class Database:
    """Two engines over one database: reading, and writing inside one transaction."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        keyring: Keyring,
        bus: Bus | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.url = url
        self.clock = clock
        self.keyring = keyring
        self.bus = bus or Bus()
        self.policy = policy or Policy()
        self.is_sqlite = url.startswith("sqlite")
        self.units_at_once = UNITS_AT_ONCE
        self.shelf = Shelf()
        self.writer = _sqlite_writer(url) if self.is_sqlite else postgresql_writer(url)
        self.reader = _sqlite_reader(url) if self.is_sqlite else postgresql_reader(url)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """Open a unit that cannot change anything."""
        info = {**self._info(), "is_reading": True}
        with Session(self.reader, info=info, autoflush=False) as session:
            try:
                yield Unit(session, self.clock.now())
            finally:
                session.rollback()

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """Open a unit whose work is committed as a whole, or not at all.

        A refusal that leaves a trace commits it, and is raised all the same.
        """
        with Session(self.writer, info=self._info(), expire_on_commit=False) as session:
            try:
                if self.is_sqlite:
                    # Take the write lock before `now` is read: rows then sort as they commit.
                    session.connection()
                yield Unit(session, self.clock.now())
                session.commit()
            except BaseException as error:
                if isinstance(error, DomainError) and error.leaves_trace:
                    session.commit()
                else:
                    session.rollback()
                raise
        run_after_commit(session)

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()

    def _info(self) -> dict[str, Any]:
        return {
            "keyring": self.keyring,
            "bus": self.bus,
            "policy": self.policy,
            "shelf": self.shelf,
            "after_commit": [],
        }


def postgresql_writer(url: str) -> Engine:
    """Return an engine of PostgreSQL for units that write."""
    return _postgresql(url, pool_size=UNITS_AT_ONCE)


def postgresql_reader(url: str) -> Engine:
    """Return an engine of PostgreSQL for units that cannot write: the server refuses it.

    Each statement is a transaction of its own. They see what the statements of one READ COMMITTED transaction
    would, without a round trip to begin it and another to end it.
    """
    read_only = "SET default_transaction_read_only = on"
    size = UNITS_AT_ONCE + ASKING_AT_ONCE
    return _postgresql(url, read_only, pool_size=size, isolation_level="AUTOCOMMIT")


def _postgresql(url: str, *settings: str, **options: Any) -> Engine:
    # Room for the gated units and, past the pool's size, for a short unit of each thread beside them.
    engine = create_engine(url, max_overflow=THREADS, **options, **_KEPT_SILENT)

    def prepare(connection: Any, _record: object) -> None:
        # Many short requests share the machine: to compile a plan takes hundreds of milliseconds where the
        # plan itself takes five (docs/decisions/0023), and helpers of one request keep others waiting.
        before, connection.autocommit = connection.autocommit, True
        for setting in ("SET jit = off", "SET max_parallel_workers_per_gather = 0", *settings):
            connection.execute(setting)
        connection.autocommit = before

    event.listen(engine, "connect", prepare)
    _ask_what_rested(engine)
    return engine


def _ask_what_rested(engine: Engine) -> None:
    """Ask a connection that rested whether it lives before it is used: servers restart, firewalls forget.

    One that was in use a moment ago is not asked, which saves a request two round trips.
    """

    def note(_connection: object, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    def ask(connection: Any, record: Any, _fairy: object) -> None:
        if time.monotonic() - record.info.get("rests_since", math.inf) < RESTS_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


def _sqlite_writer(url: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        **_KEPT_SILENT,
    )
    _on_connect(engine, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")
    _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def _sqlite_reader(url: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=UNITS_AT_ONCE,
        max_overflow=THREADS,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        **_KEPT_SILENT,
    )
    _on_connect(engine, "PRAGMA query_only=ON")
    _begin_with(engine, "BEGIN")
    return engine


def _begin_with(engine: Engine, statement: str) -> None:
    """Have each unit begin with a statement, said by the dialect, as the driver begins nothing by itself.

    An engine whose "begin" is listened to looks for listeners around every statement: a fifth of its cost.
    """

    def begin(connection: Any) -> None:
        connection.execute(statement)

    engine.dialect.do_begin = begin  # type: ignore[assignment]


def _on_connect(engine: Engine, *pragmas: str) -> None:
    def prepare(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by itself; the dialect does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}", "PRAGMA foreign_keys=ON", *pragmas):
            cursor.execute(pragma)
        cursor.close()

    listener: Callable[[Any, object], None] = prepare
    event.listen(engine, "connect", listener)
