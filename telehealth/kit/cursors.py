"""Keyset cursors of lists in the order of an instant and an id: where the next page goes on."""

from datetime import datetime
from uuid import UUID

from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import epoch, instant

Place = tuple[datetime, UUID]
"""The instant and id of the last row that was seen."""


def cursor_of(at: datetime, row_id: UUID) -> str:
    """Return the cursor of a row that was listed last."""
    return f"{epoch(at)}-{row_id}"


def read_cursor(cursor: str | None) -> Place | None:
    """Read a cursor; raise `bad-cursor` for one that is none of ours."""
    if cursor is None:
        return None
    seconds, _, row_id = cursor.partition("-")
    try:
        return instant(int(seconds)), UUID(row_id)
    except (ValueError, OverflowError, OSError):
        raise InvalidError("bad-cursor", field="cursor") from None
