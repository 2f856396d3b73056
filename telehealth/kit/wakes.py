"""Wake-ups across processes of one deployment, by PostgreSQL LISTEN and NOTIFY.

They only say "look": each process reads the change rows itself, so losing one costs seconds, never a
change. The word goes out after the commit, from a connection of its own: NOTIFY inside the transaction
would make commits wait for one another (https://www.postgresql.org/docs/15/sql-notify.html).
SQLite has one process, which wakes itself.
"""

import threading
from collections.abc import Callable
from typing import Final

import psycopg

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.logs import logger

CHANNEL: Final = "telehealth_wake"
_LOOK_EVERY: Final = 1.0
_PAUSE: Final = 1.0


class Wakes:
    """Tells the other processes of this one's commits, and calls `wake` for theirs."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._url = database.writer.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._is_needed = not database.is_sqlite
        self._wake = wake
        self._own = str(new_id())
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to listen and to tell; does nothing on SQLite."""
        if not self._is_needed:
            return
        for work, name in ((self._listen, "wakes-in"), (self._tell, "wakes-out")):
            thread = threading.Thread(target=self._keep, args=(work,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def tell(self) -> None:
        """Say that this process committed something; many at once are one word. Any thread."""
        self._due.set()

    def stop(self) -> None:
        """Stop both threads and wait for them."""
        self._stopping.set()
        self._due.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _keep(self, work: Callable[[psycopg.Connection], None]) -> None:
        """Do the work on a connection, and on a new one whenever that breaks."""
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    work(connection)
            except psycopg.Error as error:
                logger().warning("wakes interrupted", error=type(error).__name__)
                self._stopping.wait(_PAUSE)

    def _listen(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        # Whatever was told while nobody listened: look once.
        self._wake()
        while not self._stopping.is_set():
            for notice in connection.notifies(timeout=_LOOK_EVERY):
                if notice.payload != self._own:
                    self._wake()
                if self._stopping.is_set():
                    return

    def _tell(self, connection: psycopg.Connection) -> None:
        while not self._stopping.is_set():
            if self._due.wait(_LOOK_EVERY) and not self._stopping.is_set():
                self._due.clear()
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, self._own))
        # The listener hears its own word too: it need not wait out its time to see that all is over.
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, self._own))
