"""Who was last seen when, in memory, flushed to the rows by a job.

Writing the sign-in row on every request would make each read a write. A crash loses at most one
interval of activity, which ends a sign-in earlier, never later.
"""

import threading
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, update

from telehealth.staff.models import SignIn


class Activity:
    """Instants of the latest activity per sign-in, since the last flush and before it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[UUID, datetime] = {}
        self._unsaved: set[UUID] = set()

    def note(self, sign_in_id: UUID, now: datetime) -> None:
        """Remember that the person did something now."""
        with self._lock:
            self._seen[sign_in_id] = now
            self._unsaved.add(sign_in_id)

    def get(self, sign_in_id: UUID, default: datetime) -> datetime:
        """Return when this process last saw the sign-in."""
        return self._seen.get(sign_in_id, default)

    def flush(self, session: Session) -> int:
        """Write what is unsaved into the sign-in rows; return how many."""
        with self._lock:
            unsaved = {sign_in_id: self._seen[sign_in_id] for sign_in_id in self._unsaved}
            self._unsaved.clear()
        for sign_in_id, seen_at in unsaved.items():
            row = update(SignIn).where(col(SignIn.id) == sign_in_id, col(SignIn.last_seen_at) < seen_at)
            session.exec(row.values(last_seen_at=seen_at))
        return len(unsaved)

    def forget(self, sign_in_id: UUID) -> None:
        """Drop an ended sign-in."""
        with self._lock:
            self._seen.pop(sign_in_id, None)
            self._unsaved.discard(sign_in_id)
