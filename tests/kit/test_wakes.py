"""Wake-ups across processes: each hears the others, not itself; SQLite needs none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from telehealth.kit.db import Database
from telehealth.kit.wakes import Wakes
from tests.support.processes import wait_until


@contextmanager
def listening(database: Database) -> Iterator[tuple[Wakes, list[str], threading.Event]]:
    """Run one process's wakes; the list grows with each wake-up from outside."""
    heard: list[str] = []
    woken = threading.Event()

    def wake() -> None:
        heard.append("wake")
        woken.set()

    wakes = Wakes(database, wake)
    wakes.start()
    try:
        # The first wake-up says that it listens.
        assert woken.wait(20)
        woken.clear()
        yield wakes, heard, woken
    finally:
        wakes.stop()


@pytest.mark.databases("postgresql")  # what it is made of; SQLite is served by one process
def test_a_commit_in_one_process_wakes_the_other_and_not_itself(database: Database) -> None:
    with listening(database) as (one, heard_by_one, _), listening(database) as (other, _, other_woken):
        one.tell()
        assert other_woken.wait(20)
        assert heard_by_one == ["wake"]
        other.tell()
        wait_until(lambda: len(heard_by_one) == 2, what="the word of the other")


@pytest.mark.databases("postgresql")
def test_listening_goes_on_after_the_connection_broke(database: Database) -> None:
    with listening(database) as (_, _, woken), listening(database) as (other, _, _):
        with database.writer.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
            )
        assert woken.wait(20), "a new connection looks once for what it may have missed"
        woken.clear()
        wait_until(lambda: other.tell() or woken.is_set(), what="a word on the new connection")


@pytest.mark.databases("sqlite")
def test_sqlite_has_nobody_to_tell(database: Database) -> None:
    wakes = Wakes(database, lambda: pytest.fail("nobody else is there"))
    wakes.start()
    wakes.tell()
    wakes.stop()
