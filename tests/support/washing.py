"""PostgreSQL databases that serve one test after another, each emptied between two.

Cloning the template and dropping the clone costs a tenth of a second of processor time, and every new
connection learns the catalogue anew; emptying what a test filled costs a few milliseconds. Whatever a test
left that emptying does not undo (another shape, a connection, an open transaction) ends the database instead.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from telehealth.kit.db import postgresql_reader, postgresql_writer
from telehealth.kit.ids import new_id
from tests.support.postgres import Cluster

TEMPLATE = "telehealth_template"
USES = 30
"""How many tests a database serves: nothing vacuums it, and what was deleted still takes room."""

_SHAPE = text(
    " UNION ALL ".join(
        f"SELECT '{catalogue}', count(*), max(xmin::text::bigint) FROM {catalogue}"
        for catalogue in (
            "pg_class",
            "pg_attribute",
            "pg_trigger",
            "pg_constraint",
            "pg_proc",
            "pg_statistic",
        )
    )
)
_CONNECTIONS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
_EMPTY = text("""
DO $$
DECLARE
  part regclass;
  is_filled boolean;
BEGIN
  -- Neither foreign keys nor the guards that refuse deleting.
  SET LOCAL session_replication_role = replica;
  FOR part IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', part) INTO is_filled;
    IF is_filled THEN
      EXECUTE format('DELETE FROM %s', part);
    END IF;
  END LOOP;
  PERFORM setval(oid::regclass, 1, false)
    FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END
$$
""")


@dataclass
class Kept:
    """A database with its connections, and what shape it had when it was new."""

    name: str
    writer: Engine
    reader: Engine
    shape: object = None
    uses: int = 0

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """Return both engines."""
        return self.writer, self.reader


class WashedDatabases:
    """The databases of one worker's cluster that no test is using."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._clean: list[Kept] = []

    def take(self) -> Kept:
        """Return an empty database, a new one if no clean one is there."""
        kept = self._clean.pop() if self._clean else self._make()
        kept.uses += 1
        return kept

    def give_back(self, kept: Kept, *used: Engine) -> None:
        """Empty the database for the next test, or drop it; `used` are the engines the test had."""
        own = [each.pool for each in kept.engines]
        for engine in used:
            if engine.pool not in own:
                engine.dispose()  # the test disposed of the engine, and then went on with new connections
        is_idle = not any(pool.checkedout() for pool in own)  # type: ignore[attr-defined]
        if is_idle and kept.uses < USES and not self._clean and _wash(kept):
            self._clean.append(kept)
            return
        for engine in kept.engines:
            engine.dispose()
        self._cluster.drop(kept.name)

    def _make(self) -> Kept:
        name = f"t{new_id().hex}"
        url = self._cluster.create(name, template=TEMPLATE)
        kept = Kept(name, postgresql_writer(url), postgresql_reader(url))
        with kept.writer.connect() as connection:
            kept.shape = _shape(connection)
        return kept


def _wash(kept: Kept) -> bool:
    """Empty every table; return False for a database that is not as it was, or not left alone."""
    with kept.writer.begin() as connection:
        pools = [each.pool for each in kept.engines]
        known = sum(pool.checkedin() + pool.checkedout() for pool in pools)  # type: ignore[attr-defined]
        if connection.execute(_CONNECTIONS).scalar_one() != known or _shape(connection) != kept.shape:
            return False
        connection.execute(_EMPTY)
    return True


def _shape(connection: Connection) -> object:
    """What changes with every statement that changes the catalogue."""
    return [tuple(row) for row in connection.execute(_SHAPE)]
