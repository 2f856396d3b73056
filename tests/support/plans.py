"""How SQLite answers what is asked: it says how it will look before it looks.

with explained(database) as plans:
    message_contacts(unit.session, ids)
assert reads_all(plans, "contact") == []
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from telehealth.kit.db import Database


@contextmanager
def explained(database: Database) -> Iterator[list[str]]:
    """Give the plan of each statement that looks, as "SEARCH contact USING INDEX …: SELECT …"."""
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            raw = connection.connection.driver_connection
            found = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(f"{row[3]}: {statement}" for row in found)

    engines = (database.writer, database.reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", explain)


def reads_all(plans: Sequence[str], *tables: str, by_index: bool = False) -> list[str]:
    """Return the plans that go through every row of one of these tables.

    `by_index`: through a whole index as well, which may hold a part of them only.
    """
    names = "|".join(tables)
    through = r"\b" if by_index else r"\b(?! USING)"
    return [plan for plan in plans if re.match(rf"SCAN ({names}){through}", plan)]
