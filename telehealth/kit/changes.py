"""Durable change rows: what live pages, webhooks and feeds read, in commit order.

A row is written in the transaction of the act it tells of. On PostgreSQL a sequence number is taken
before the commit, so a later number may become visible first; the reader therefore orders by
(transaction id, sequence) and stops before the oldest transaction that is still open
(https://www.postgresql.org/docs/15/functions-info.html, pg_snapshot_xmin). SQLite has one writer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, insert, text, tuple_
from sqlmodel import Field, Session, SQLModel, col, select

from telehealth.kit.db import UtcDateTime
from telehealth.kit.events import after_commit

_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
"""Numbers of more digits are none either database could hold."""

WINDOW = 100

_BIG = BigInteger().with_variant(Integer, "sqlite")


class Change(SQLModel, table=True):
    """Something changed that a facility or a membership may want to see."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_scope_order", "scope_id", "transaction", "seq"),)

    seq: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
    transaction: int = Field(sa_type=BigInteger)
    scope_id: UUID
    topic: str
    subject_id: UUID
    recorded_at: datetime = Field(sa_type=UtcDateTime)


_TELL = insert(Change)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """How far a reader has read; travels as Last-Event-ID."""

    transaction: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.transaction}-{self.seq}"

    @classmethod
    def parse(cls, value: str) -> "Cursor | None":
        """Read a Last-Event-ID; None when it is not one of ours."""
        found = _CURSOR.fullmatch(value)
        return cls(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class News:
    """One change as a reader gets it; `cursor` is where to read on from."""

    cursor: Cursor
    topic: str
    subject_id: UUID


def note_change(
    session: Session, topic: str, subject_id: UUID, *, scopes: Iterable[UUID], now: datetime
) -> None:
    """Write one change row per scope (facility or membership id) and wake the live pages.

    Rows carry ids only, never health data.
    """
    note_changes(session, topic, [(subject_id, scope) for scope in scopes], now=now)


def note_changes(
    session: Session, topic: str, changed: Iterable[tuple[UUID, UUID]], *, now: datetime
) -> None:
    """Do the same for many: subjects, each with the scope that may want to see it, in one statement."""
    fresh = [each for each in dict.fromkeys(changed) if _is_first(session, topic, *each)]
    if fresh:
        shared = {"transaction": _transaction_id(session), "topic": topic, "recorded_at": now}
        rows = [{**shared, "subject_id": subject, "scope_id": scope} for subject, scope in fresh]
        session.connection().execute(_TELL, rows)
    wake = session.info["bus"].wake
    if wake not in session.info["after_commit"]:
        after_commit(session, wake)


def read_changes(session: Session, scopes: Iterable[UUID], after: Cursor, *, limit: int = 200) -> list[News]:
    """List changes of the scopes after the cursor, oldest first, none skipped by a late commit.

    They are plain values: a stream uses them long after the session is closed.
    """
    order = tuple_(col(Change.transaction), col(Change.seq))
    query = (
        select(Change)
        .where(col(Change.scope_id).in_(list(scopes)), order > (after.transaction, after.seq))
        .order_by(col(Change.transaction), col(Change.seq))
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        query = query.where(
            text("change.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        )
    return [
        News(Cursor(row.transaction, row.seq or 0), row.topic, row.subject_id) for row in session.exec(query)
    ]


def latest(session: Session) -> Cursor:
    """Return the cursor of a reader that starts now."""
    query = select(Change).order_by(col(Change.transaction).desc(), col(Change.seq).desc()).limit(1)
    if session.get_bind().dialect.name == "postgresql":
        query = query.where(
            text("change.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        )
    row = session.exec(query).first()
    return Cursor(row.transaction, row.seq or 0) if row else Cursor()


def before(session: Session, scopes: Iterable[UUID], at: datetime) -> Cursor:
    """Return the cursor of a reader who knows the scopes as they stood at an instant.

    Of a scope with more news than `WINDOW` since then, only the latest are told again.
    """
    query = (
        select(Change)
        .where(col(Change.scope_id).in_(list(scopes)))
        .order_by(col(Change.transaction).desc(), col(Change.seq).desc())
        .limit(WINDOW)
    )
    since = [
        Cursor(row.transaction, (row.seq or 0) - 1) for row in session.exec(query) if row.recorded_at >= at
    ]
    # An older transaction may still be open: what it tells comes before what can be seen now.
    return min([latest(session), *since])


def _is_first(session: Session, topic: str, subject_id: UUID, scope_id: UUID) -> bool:
    """Tell whether this transaction has not told the scope of this change yet: once is enough."""
    told: set[tuple[str, UUID, UUID]] = session.info.setdefault("changes_told", set())
    is_first = (topic, subject_id, scope_id) not in told
    told.add((topic, subject_id, scope_id))
    return is_first


def _transaction_id(session: Session) -> int:
    """Return the number of the running transaction, asked for once in each."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    running = session.get_transaction()
    known = session.info.get("transaction_id")
    if known is None or known[0] is not running:
        number = session.connection().execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
        known = session.info["transaction_id"] = (running, int(number))
    return int(known[1])
