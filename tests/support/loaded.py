"""Reference data in a test's database: what loading wrote the first time, written again as it stands.

To load, the program builds and compares each row of its file, which a deployment does once in its life and a
test of pages would do each time: it took longer than most of what such a test begins with.
"""

from typing import Any, Final

from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from telehealth.visits.models import CodeList, CodeWord, DiagnosisCode
from telehealth.visits.service import load_reference

TABLES: Final = tuple(
    SQLModel.metadata.tables[str(model.__tablename__)] for model in (CodeList, DiagnosisCode, CodeWord)
)

_written: dict[str, list[list[dict[str, Any]]]] = {}
"""The rows of each table, by the kind of database."""


def load_codes(session: Session) -> None:
    """Bring the program's own list of diagnosis codes into a database; beside others, by loading it."""
    kind = session.get_bind().dialect.name
    if any(session.execute(select(table).limit(1)).first() for table in TABLES):
        load_reference(session)
        return
    if kind in _written:
        for table, rows in zip(TABLES, _written[kind], strict=True):
            session.execute(insert(table), rows)
        return
    load_reference(session)
    _written[kind] = stored(session)


def stored(session: Session) -> list[list[dict[str, Any]]]:
    """Return every row of the lists of codes, table by table."""
    return [[dict(row) for row in session.execute(select(table)).mappings()] for table in TABLES]
