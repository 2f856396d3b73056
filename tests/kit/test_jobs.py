"""Clocks of rows: each goes off by itself."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select
from structlog.testing import capture_logs

from telehealth.kit.changes import Change, note_change
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.jobs import tick_each


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
