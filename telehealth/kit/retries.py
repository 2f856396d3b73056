"""Doing a unit of work again when the database says another one got in its way."""

import secrets
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from telehealth.kit.db import Database, Unit

T = TypeVar("T")

AGAIN: Final = frozenset({"40001", "40P01", "23P01"})
"""PostgreSQL: serialization failure, deadlock, and an exclusion constraint met by a faster writer.

The last is worth a second look too: the checks then see what was written and refuse in words.
https://www.postgresql.org/docs/15/errcodes-appendix.html
"""

TRIES: Final = 4
_LONGEST_PAUSE_MS: Final = 20


def is_of_database(error: Exception) -> bool:
    """Tell whether a fault is the database's: away, without a table, another unit in the way.

    All others are of the row at hand: what it refers to is gone, or it holds what cannot be read or kept.
    """
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in AGAIN:
        return True
    return not isinstance(error, DataError | IntegrityError)


def run_write(database: Database, work: Callable[[Unit], T]) -> T:
    """Run `work(unit)` in a writing unit, and again in a fresh one, at most three times.

    Work must do nothing outside its unit. Its own refusals are not repeated.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with database.write() as unit:
                return work(unit)
        except DBAPIError as error:
            if attempt == TRIES or getattr(error.orig, "sqlstate", None) not in AGAIN:
                raise
        # Jitter: units that met once must not meet again at the same instant.
        time.sleep(secrets.randbelow(_LONGEST_PAUSE_MS * attempt) / 1000)
    raise AssertionError("unreachable: the last try returns or raises")
