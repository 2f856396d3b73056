"""So many tries in so much time, kept in memory: for pages that anybody may ask."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

from telehealth.kit.errors import DomainError, Kind


class Budget:
    """At most `limit` tries of one key within `span`; forgets keys that have been quiet longest.

    Each process counts for itself: it holds off whoever tries one address after another, and is no
    measure against many who do so together; that is for the proxy in front.
    """

    def __init__(self, limit: int, span: timedelta, *, keys: int = 10_000) -> None:
        self._limit, self._span, self._keys = limit, span, keys
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, *, now: datetime) -> None:
        """Count a try; raise `too-many-requests` (fact `minutes`) when there are none left."""
        with self._lock:
            tries = self._tries.setdefault(key, deque())
            self._tries.move_to_end(key)
            while tries and tries[0] <= now - self._span:
                tries.popleft()
            if len(tries) >= self._limit:
                minutes = max(1, round((tries[0] + self._span - now).total_seconds() / 60))
                raise DomainError("too-many-requests", Kind.TOO_MANY, minutes=minutes)
            tries.append(now)
            while len(self._tries) > self._keys:
                self._tries.popitem(last=False)
