"""Rows that can be added and read, never changed or taken away: the database refuses it.

A migration that rebuilds such a table on SQLite drops the triggers and must call `protect` again.
"""

from sqlalchemy import Connection, text

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {name} BEFORE {act} ON "{table}"
BEGIN SELECT RAISE(ABORT, 'append_only'); END
"""

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'append_only'; END $$
"""

_POSTGRESQL = """
CREATE OR REPLACE TRIGGER {name} BEFORE {act} ON "{table}"
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def protect(connection: Connection, table: str) -> None:
    """Let the database refuse every UPDATE and DELETE on the table."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text(_FUNCTION))
    statement = _SQLITE if is_sqlite else _POSTGRESQL
    for act in ("UPDATE", "DELETE"):
        name = f"{table}_no_{act.lower()}"
        connection.execute(text(statement.format(name=name, act=act, table=table)))
