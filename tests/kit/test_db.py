"""Units of work on both databases."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.audit.service import record
from telehealth.kit import append_only
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Milli
from telehealth.kit.errors import ConflictError
from tests.support.clock import FixedClock


def count(database: Database) -> int:
    with database.read() as unit:
        return len(unit.session.exec(select(AuditEntry)).all())


def test_a_unit_is_committed_as_a_whole_or_not_at_all(database: Database) -> None:
    with database.write() as unit:
        record(unit.session, SYSTEM, "account.own", subject_kind="test", now=unit.now)

    def fails_halfway() -> None:
        with database.write() as unit:
            record(unit.session, SYSTEM, "account.own", subject_kind="test", now=unit.now)
            unit.session.flush()
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        fails_halfway()
    assert count(database) == 1


def test_a_refusal_that_tells_something_keeps_its_trace(database: Database) -> None:
    class Telling(ConflictError):
        leaves_trace = True

    def refuse(refusal: ConflictError) -> None:
        with database.write() as unit:
            record(unit.session, SYSTEM, "account.own", subject_kind="test", now=unit.now)
            raise refusal

    for refusal, kept in ((ConflictError("no"), 0), (Telling("no"), 1)):
        with pytest.raises(ConflictError):
            refuse(refusal)
        assert count(database) == kept


def test_a_reading_unit_cannot_change_anything(database: Database) -> None:
    with database.read() as unit, pytest.raises(DBAPIError, match=r"readonly|read-only"):
        unit.session.connection().execute(text("DELETE FROM audit_entry"))


@pytest.mark.databases("postgresql")  # SQLite's connections are open files
def test_a_connection_that_died_while_it_rested_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telehealth.kit.db.RESTS_AFTER_SECONDS", 0.0)
    # One of its own: with one connection in each pool, the next unit is given the one that died.
    own = Database(database.url, clock=database.clock, keyring=database.keyring)
    whose = text("SELECT pg_backend_pid()")
    try:
        for unit, other in ((own.read, own.write), (own.write, own.read)):
            with unit() as before:
                dead = before.session.execute(whose).scalar_one()
            with other() as killer:
                killer.session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": dead})
            with unit() as after:
                assert after.session.execute(whose).scalar_one() != dead
    finally:
        own.dispose()


def test_times_come_back_aware_in_utc(database: Database) -> None:
    hanoi = timezone(timedelta(hours=7))
    with database.write() as unit:
        entry = record(
            unit.session,
            SYSTEM,
            "account.own",
            subject_kind="test",
            now=datetime(2026, 11, 23, 8, tzinfo=hanoi),
        )
        entry_id = entry.id
    with database.read() as unit:
        found = unit.session.get_one(AuditEntry, entry_id)
        assert found.recorded_at == datetime(2026, 11, 23, 1, tzinfo=UTC)
        assert found.recorded_at.tzinfo is UTC


def test_a_naive_time_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 23, 8)  # noqa: DTZ001  (a naive time is what is refused)

    def write() -> None:
        with database.write() as unit:
            record(unit.session, SYSTEM, "account.own", subject_kind="test", now=naive)

    with pytest.raises(StatementError, match="naive"):
        write()


def test_now_is_read_once_per_unit(database: Database, clock: FixedClock) -> None:
    with database.write() as unit:
        before = unit.now
        clock.advance(minutes=5)
        assert unit.now == before


def test_writers_wait_for_each_other_instead_of_failing(database: Database) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(20):
                with database.write() as unit:
                    unit.session.exec(select(AuditEntry)).all()
                    record(unit.session, SYSTEM, "account.own", subject_kind="test", now=unit.now)
        except DBAPIError as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(database) == 160


def test_protected_rows_can_be_added_but_not_changed(database: Database) -> None:
    with database.write() as unit:
        connection = unit.session.connection()
        append_only.protect(connection, "audit_entry")
        record(unit.session, SYSTEM, "account.own", subject_kind="test", now=unit.now)
    for statement in ("UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="append_only"), database.write() as unit:
            unit.session.connection().execute(text(statement))
    assert count(database) == 1


def test_measured_values_are_exact_or_refused() -> None:
    column = Milli()
    assert column.process_bind_param(Decimal("36.8"), None) == 36_800  # type: ignore[arg-type]
    assert column.process_result_value(36_800, None) == Decimal("36.8")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="three decimals"):
        column.process_bind_param(Decimal("0.0001"), None)  # type: ignore[arg-type]
