"""A row that cannot be written, whatever is tried: what jobs meet on a bad day."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import event
from sqlmodel import SQLModel


class UnwritableError(RuntimeError):
    """The row is the broken one."""


@contextmanager
def unwritable(table: type[SQLModel], row_id: UUID) -> Iterator[None]:
    """Let every attempt to write one row of a table fail."""

    def refuse(_mapper: object, _connection: object, row: SQLModel) -> None:
        if getattr(row, "id", None) == row_id:
            raise UnwritableError

    event.listen(table, "before_update", refuse)
    try:
        yield
    finally:
        event.remove(table, "before_update", refuse)
