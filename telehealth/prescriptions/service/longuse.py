"""Importing the list of diseases that may be prescribed for more than 30 days."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.kit.errors import InvalidError
from telehealth.prescriptions.models import LongUseCondition
from telehealth.visits.prefixes import read_list


def import_long_use(session: Session, text: str, label: str, *, now: datetime) -> int:
    """Store a list under its label, in place of one of the same label; return how many rows.

    Raises `conditions-unreadable`, `conditions-unlabelled`.
    """
    if not label.strip():
        raise InvalidError("conditions-unlabelled")
    rows = read_list(text)
    session.execute(delete(LongUseCondition).where(col(LongUseCondition.list_label) == label))
    for each in rows:
        session.add(
            LongUseCondition(
                list_label=label, prefix=each.prefix, name=each.name, source=each.source, imported_at=now
            )
        )
    session.flush()
    return len(rows)
