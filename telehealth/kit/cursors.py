"""Keyset cursors of lists in the order of an instant and an id: where the next page goes on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import epoch, instant

T = TypeVar("T")

Place = tuple[datetime, UUID]
"""The instant and id of the last row that was seen."""

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_MANY: Final = 1_000
"""Ranks and the like are small; what no database could hold never comes to it."""


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


def page_of(
    query: SelectOfScalar[T], order: Sequence[Any], after: tuple[Any, ...] | None, limit: int | None
) -> SelectOfScalar[T]:
    """Put a query in order, and let it begin behind a place in it."""
    if after is not None:
        query = query.where(tuple_(*order) > after)
    return query.order_by(*order).limit(limit)


def place_after(*parts: int | date | datetime | UUID) -> str:
    """Return the cursor of a row listed last, in an order of any kind: all that sorts it, the id last."""
    return "_".join(
        str((part - _BEGINNING) // _TICK) if isinstance(part, datetime) else str(part) for part in parts
    )


def read_place(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """Read what `place_after` wrote, by the kinds of its parts; raise `bad-cursor` for what it never did."""
    if cursor is None:
        return None
    try:
        return tuple(_read(part, kind) for part, kind in zip(cursor.split("_"), kinds, strict=True))
    except (ValueError, OverflowError):
        raise InvalidError("bad-cursor", field="cursor") from None


def _read(part: str, kind: type) -> Any:
    if kind is datetime:
        return _BEGINNING + int(part) * _TICK
    if kind is int and not 0 <= int(part) < _MANY:
        raise ValueError(part)
    return date.fromisoformat(part) if kind is date else kind(part)
