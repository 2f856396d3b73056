"""Clocks of rows: each goes off by itself."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from telehealth.kit.changes import Change, note_change
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.jobs import do_each, tick_each
from telehealth.links.models import LostLink


def test_a_row_that_fails_is_logged_by_kind_and_holds_up_no_other(database: Database) -> None:
    first, broken, last = rows = [new_id() for _ in range(3)]

    def tick(session: Session, row_id: UUID, *, now: datetime) -> bool:
        note_change(session, "tick", row_id, scopes=[row_id], now=now)
        session.flush()
        if row_id == broken:
            raise ValueError("Nguyễn Thị Bí Mật")
        return True

    with capture_logs() as told:
        assert tick_each(database, rows, tick) == 2
    [line] = told
    assert (line["event"], line["key"], line["error"]) == ("row failed", str(broken), "ValueError")
    assert "Bí Mật" not in str(told)
    with database.read() as unit:
        assert set(unit.session.exec(select(Change.subject_id))) == {first, last}


def test_a_database_that_is_away_ends_the_round(database: Database) -> None:
    asked: list[UUID] = []

    def tick(_session: Session, row_id: UUID, *, now: datetime) -> bool:
        asked.append(row_id)
        raise OperationalError("", {}, Exception())

    with pytest.raises(OperationalError):
        tick_each(database, [new_id(), new_id()], tick)
    assert len(asked) == 1


@pytest.fixture
def rows(database: Database) -> list[UUID]:
    """Three rows of any table that has ids."""
    with database.write() as unit:
        made = [LostLink(number_index=str(n), asked_at=unit.now) for n in range(3)]
        unit.session.add_all(made)
        return sorted(each.id for each in made)


def all_of(session: Session) -> list[LostLink]:
    return list(session.exec(select(LostLink).order_by(col(LostLink.id))))


def test_of_rows_in_one_unit_one_that_fails_is_left_as_it_was(database: Database, rows: list[UUID]) -> None:
    def act(row: LostLink) -> None:
        row.outcome = "done"
        if row.id == rows[1]:
            raise ValueError("Nguyễn Thị Bí Mật")

    with database.write() as unit, capture_logs() as told:
        assert do_each(unit.session, all_of(unit.session), act) == 2
    assert [(each["key"], each["error"]) for each in told] == [(str(rows[1]), "ValueError")]
    with database.read() as unit:
        assert [each.outcome for each in all_of(unit.session)] == ["done", "", "done"]


def test_of_rows_in_one_unit_a_database_that_is_away_ends_all(database: Database, rows: list[UUID]) -> None:
    asked = []

    def act(row: LostLink) -> None:
        asked.append(row.id)
        raise OperationalError("", {}, Exception())

    def sweep() -> None:
        with database.write() as unit:
            do_each(unit.session, all_of(unit.session), act)

    with pytest.raises(OperationalError):
        sweep()
    assert asked == rows[:1]
