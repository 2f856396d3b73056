"""What a process keeps of a database between its units of work: derived, never the truth.

Whoever puts something there must be able to tell from the database, in the unit that uses it, whether
it still holds.
"""

import threading
from typing import TypeVar

from sqlmodel import Session

K = TypeVar("K")


class Shelf:
    """One object of each kind, made when it is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[type, object] = {}

    def get(self, kind: type[K]) -> K:
        """Return the object of a kind."""
        with self._lock:
            found = self._kept.get(kind)
            if not isinstance(found, kind):
                found = self._kept[kind] = kind()
            return found


def shelf_of(session: Session) -> Shelf:
    """Return the shelf of the database a session belongs to."""
    shelf: Shelf = session.info["shelf"]
    return shelf


def is_reading(session: Session) -> bool:
    """Tell whether a session can change nothing, so that all it sees was committed."""
    return bool(session.info.get("is_reading"))
