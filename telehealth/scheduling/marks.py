"""Marks of changed diaries, written by the database itself in the transaction of the change.

Whoever keeps something computed from diaries (`boards.py`) reads which of them changed since, in one
statement, and computes those anew. Triggers write the marks, so that no path of the program can forget
to; rows are only added, so that nobody waits for another. Order and late commits are as for change rows
(`kit.changes`): a reader on PostgreSQL goes back to the oldest transaction that was open when it last
looked. Like every trigger on SQLite they are dropped when a migration rebuilds their table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import Session

from telehealth.scheduling.models import DiaryMark

KEPT: Final = 200_000
"""Marks a database keeps before all of them are taken away at once, and everything is computed anew."""

DIARY, PEOPLE, ALL = "diary", "people", "all"

_DIARIES: Final = {
    "claim": "r.id = {row}.resource_id",
    "appointment": "r.owner_id IN ({row}.doctor_membership_id, {row}.station_facility_id)",
    "resource": "r.id = {row}.id",
    "membership": "r.owner_id = {row}.id",
    "availability_rule": "r.id = {row}.resource_id",
    "opening_hours": "r.facility_id = {row}.facility_id",
    "national_day": "1 = 1",
    "availability_exception": "({row}.scope = 'resource' AND r.id = {row}.scope_id)"
    " OR ({row}.scope = 'facility' AND r.facility_id = {row}.scope_id) OR {row}.scope = 'national'",
}
"""Table -> whose diaries a row of it decides about: doctors and seats; a patient's are never kept."""

_PEOPLE: Final = (
    *("membership", "membership_specialty", "membership_language"),
    *("staff", "facility", "facility_edge"),
)
"""Tables that decide who can be asked."""

_ACTS: Final = ("INSERT", "UPDATE", "DELETE")
_COLUMNS: Final = {"appointment": "UPDATE OF status", "staff": "UPDATE OF disabled_at"}
_RARE: Final = {"appointment": ("UPDATE",), "staff": ("UPDATE",)}
"""Tables of which other acts decide nothing: an appointment that is new has its claims."""


class MarksMissingError(RuntimeError):
    """The database would change diaries without a mark; searches from it would be stale."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far marks were read: a transaction on PostgreSQL, a number on SQLite."""

    transaction: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark as a reader gets it."""

    seq: int
    transaction: int
    kind: str
    resource_id: UUID | None


def install(connection: Connection) -> None:
    """Create the triggers, or create them anew, on the tables there are."""
    tables = set(inspect(connection).get_table_names())
    if DiaryMark.__tablename__ not in tables:
        return
    if connection.dialect.name == "postgresql":
        for statement in _postgresql(tables):
            connection.execute(text(statement))
        return
    for name, statement in _sqlite(tables).items():
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        connection.execute(text(statement))


def remove(connection: Connection) -> None:
    """Take the triggers away."""
    tables = set(inspect(connection).get_table_names())
    if connection.dialect.name == "postgresql":
        for table in sorted(_sources() & tables):
            connection.execute(text(f"DROP FUNCTION IF EXISTS diary_mark_{table}() CASCADE"))
        return
    for name in _sqlite(tables):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))


def is_present(connection: Connection) -> bool:
    """Tell whether every trigger is in place on this database."""
    tables = set(inspect(connection).get_table_names())
    if DiaryMark.__tablename__ not in tables:
        return False
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'O' AND tgname LIKE 'diary_mark_%'"
        found = set(connection.execute(text(query)).scalars())
        return {f"diary_mark_{table}" for table in _sources() & tables} <= found
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    triggers = {name: sql for name, sql in rows}
    return all(triggers.get(name) == statement for name, statement in _sqlite(tables).items())


def require(engine: Engine) -> None:
    """Raise MarksMissingError, one plain sentence, unless the marks are written."""
    with engine.connect() as connection:
        if not is_present(connection):
            raise MarksMissingError(
                "Cơ sở dữ liệu không ghi dấu thay đổi lịch; chạy telehealth migrate trước. · "
                "The database does not mark changed diaries; run telehealth migrate first."
            )


_READ = text('SELECT seq, "transaction", kind, resource_id FROM diary_mark WHERE seq >= :seq ORDER BY seq')
_READ_POSTGRESQL = text(
    "SELECT open.xmin, mark.seq, mark.transaction, mark.kind, mark.resource_id"
    " FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin) AS open"
    " LEFT JOIN diary_mark AS mark ON mark.transaction >= :transaction ORDER BY mark.seq"
)


def begin(session: Session) -> Cursor:
    """Return the cursor of a reader that computes everything now."""
    if session.get_bind().dialect.name == "postgresql":
        query = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return Cursor(transaction=session.connection().execute(query).scalar_one())
    newest = session.connection().execute(text("SELECT coalesce(max(seq), 0) FROM diary_mark")).scalar_one()
    return Cursor(seq=newest)


def read(session: Session, after: Cursor) -> tuple[Cursor, list[Mark]] | None:
    """Return where to read on from and the marks since a cursor; some were read before.

    None where the session sees an older state than the cursor stands for.
    """
    if session.get_bind().dialect.name == "postgresql":
        rows = session.connection().execute(_READ_POSTGRESQL, {"transaction": after.transaction}).all()
        marks = [Mark(*row[1:]) for row in rows if row[1] is not None]
        return Cursor(transaction=rows[0][0]), marks
    rows = session.connection().execute(_READ, {"seq": after.seq}).all()
    marks = [Mark(seq, number, kind, UUID(owner) if owner else None) for seq, number, kind, owner in rows]
    if not marks:
        return None if after.seq else (after, [])
    return Cursor(seq=marks[-1].seq), marks


def forget_old(session: Session) -> bool:
    """Take all marks away once there are too many, leaving one that says so; tell whether it did."""
    first, last = session.connection().execute(text("SELECT min(seq), max(seq) FROM diary_mark")).one()
    if first is None or last - first < KEPT:
        return False
    session.connection().execute(text("DELETE FROM diary_mark WHERE seq < :last"), {"last": last})
    number = "pg_current_xact_id()::text::bigint" if _is_postgresql(session) else "0"
    session.connection().execute(
        text(f"INSERT INTO diary_mark (\"transaction\", kind) VALUES ({number}, '{ALL}')")  # noqa: S608  (no input)
    )
    return True


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _sources() -> set[str]:
    return {*_DIARIES, *_PEOPLE}


def _inserts(table: str, number: str, rows: Iterable[str]) -> list[str]:
    """Return the statements that mark what rows of a table decide about."""
    statements = []
    if table in _DIARIES:
        which = " OR ".join(f"({_DIARIES[table].format(row=row)})" for row in rows)
        statements.append(
            'INSERT INTO diary_mark ("transaction", kind, resource_id)'  # noqa: S608  (no input)
            f" SELECT {number}, '{DIARY}', r.id FROM resource r WHERE r.kind <> 'patient' AND ({which});"
        )
    if table in _PEOPLE:
        statements.append(
            f"INSERT INTO diary_mark (\"transaction\", kind) VALUES ({number}, '{PEOPLE}');"  # noqa: S608  (no input)
        )
    return statements


def _sqlite(tables: set[str]) -> dict[str, str]:
    rows = {"INSERT": ("NEW",), "UPDATE": ("NEW", "OLD"), "DELETE": ("OLD",)}
    return {
        f"diary_mark_{table}_{act.lower()}": f"CREATE TRIGGER diary_mark_{table}_{act.lower()} AFTER"
        f" {_COLUMNS.get(table, act)} ON {table}\nBEGIN {' '.join(_inserts(table, '0', rows[act]))} END"
        for table in sorted(_sources() & tables)
        for act in _RARE.get(table, _ACTS)
    }


def _postgresql(tables: set[str]) -> list[str]:
    """A row that is not there is all NULL in the trigger's function, and decides about nobody."""
    statements = []
    for table in sorted(_sources() & tables):
        name = f"diary_mark_{table}"
        marked = " ".join(_inserts(table, "pg_current_xact_id()::text::bigint", ("NEW", "OLD")))
        statements.append(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {marked} RETURN NULL; END $$"
        )
        acts = _COLUMNS.get(table) or " OR ".join(_RARE.get(table, _ACTS))
        statements.append(
            f"CREATE OR REPLACE TRIGGER {name} AFTER {acts} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    return statements
