"""What a database is asked, for tests of what a page or an answer costs."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from telehealth.kit.db import Database


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """Collect the statements of all connections while it lasts."""
    found: list[str] = []

    def note(*args: object) -> None:
        found.append(str(args[2]))

    engines = {database.writer, database.reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
