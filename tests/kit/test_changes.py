"""Change rows: read in commit order, none skipped, wake-ups after the commit only."""

from datetime import timedelta

import pytest

from telehealth.kit.changes import Cursor, before, latest, note_change, read_changes
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from tests.support.clock import FixedClock

HERE, THERE = new_id(), new_id()


def note(database: Database, topic: str, *scopes: object) -> None:
    with database.write() as unit:
        note_change(unit.session, topic, new_id(), scopes=scopes, now=unit.now)  # type: ignore[arg-type]


def topics(database: Database, scope: object, after: Cursor) -> list[str]:
    with database.read() as unit:
        return [change.topic for change in read_changes(unit.session, [scope], after)]  # type: ignore[list-item]


def test_a_reader_sees_its_own_scopes_in_order(database: Database) -> None:
    note(database, "visit", HERE, HERE, THERE)
    note(database, "task", THERE)
    note(database, "call", HERE)
    assert topics(database, HERE, Cursor()) == ["visit", "call"]
    assert topics(database, THERE, Cursor()) == ["visit", "task"]


def test_a_reader_goes_on_where_it_stopped(database: Database) -> None:
    note(database, "visit", HERE)
    with database.read() as unit:
        cursor = latest(unit.session)
    note(database, "task", HERE)
    assert topics(database, HERE, cursor) == ["task"]
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("header", ["", "7", "a-b", "1-2-3", "1-", "٣-٣", f"{10**18}-1", "9" * 5000 + "-1"])
def test_a_strange_last_event_id_is_no_cursor(header: str) -> None:
    assert Cursor.parse(header) is None


@pytest.mark.databases("postgresql")  # SQLite has one writer: its rows commit in the order of their numbers
def test_a_row_whose_transaction_commits_late_is_not_skipped(database: Database) -> None:
    with database.write() as slow:
        note_change(slow.session, "slow", new_id(), scopes=[HERE], now=slow.now)
        slow.session.flush()
        note(database, "quick", HERE)
        assert topics(database, HERE, Cursor()) == []
    assert topics(database, HERE, Cursor()) == ["slow", "quick"]


def test_waking_happens_once_and_only_after_the_commit(database: Database) -> None:
    woken: list[int] = []
    database.bus.on_wake(lambda: woken.append(1))

    def fails() -> None:
        with database.write() as unit:
            note_change(unit.session, "visit", new_id(), scopes=[HERE], now=unit.now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert woken == []
    with database.write() as unit:
        note_change(unit.session, "visit", new_id(), scopes=[HERE], now=unit.now)
        note_change(unit.session, "task", new_id(), scopes=[HERE], now=unit.now)
        assert woken == []
    assert woken == [1]


def test_who_comes_later_is_told_what_changed_since_an_instant(database: Database, clock: FixedClock) -> None:
    here = new_id()
    subjects = []
    for _ in range(3):
        with database.write() as unit:
            subjects.append(new_id())
            note_change(unit.session, "visit", subjects[-1], scopes=[here], now=unit.now)
        clock.advance(minutes=1)
    with database.read() as unit:
        for ago, told in ((0, 0), (1, 1), (2, 2), (9, 3)):
            start = before(unit.session, [here], unit.now - timedelta(minutes=ago))
            found = [each.subject_id for each in read_changes(unit.session, [here], start)]
            assert found == subjects[3 - told :]
        assert before(unit.session, [new_id()], unit.now - timedelta(days=1)) == latest(unit.session)
