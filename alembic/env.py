"""How migrations run: synchronously, on SQLite and PostgreSQL, each in a transaction of its own.

Started by `telehealth.migrations` with the engine to use, or by the `alembic` command, which works on
the database of the settings.
"""

from alembic import context
from sqlalchemy import Connection, Engine, create_engine
from sqlmodel.sql.sqltypes import AutoString

from telehealth.kit.db import Milli, UtcDateTime
from telehealth.kit.settings import Settings
from telehealth.schema import target_metadata


def run(engine: Engine) -> None:
    """Migrate over one connection."""
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # SQLite alters a table by rebuilding it: dropping the old copy must not look like deleting
            # rows that others refer to. The setting has no effect inside a transaction.
            pragma(connection, "foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=target_metadata(),
            render_as_batch=True,
            render_item=render_item,
            process_revision_directives=number,
            transaction_per_migration=True,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            if is_sqlite:
                broken = pragma(connection, "foreign_key_check")
                pragma(connection, "foreign_keys=ON")
        if is_sqlite and broken:
            raise RuntimeError(f"the migration left rows that refer to nothing: {broken[:5]}")


def pragma(connection: Connection, words: str) -> list[object]:
    """Talk to SQLite past SQLAlchemy, which would begin a transaction first."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    cursor = driver.cursor()
    try:
        return list(cursor.execute(f"PRAGMA {words}").fetchall())
    finally:
        cursor.close()


def render_item(kind: str, item: object, _autogenerate: object) -> str | bool:
    """Write our column types as SQLAlchemy's own: a migration must outlive the code it was made from."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Milli):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def number(_context: object, _revision: object, scripts: list[object]) -> None:
    """Number revisions 0001, 0002 … and refuse to write one that changes nothing."""
    script = scripts[0]
    if script.upgrade_ops is not None and script.upgrade_ops.is_empty():  # type: ignore[attr-defined]
        scripts.clear()
        return
    last = context.script.get_current_head()
    script.rev_id = f"{int(last or 0) + 1:04d}"  # type: ignore[attr-defined]


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database; there is no offline mode.")
run(context.config.attributes.get("engine") or create_engine(Settings().url))
