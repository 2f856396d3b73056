"""What reaches a log: known keys, and in them no secret of an address and no number of a person."""

import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from telehealth.kit.db import Database
from telehealth.kit.logs import REDACTED, hide, redact, told


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("/k/0Ab9Zz", f"/k/{REDACTED}"),
        ("/activate/7hQ2xkTq/", f"/activate/{REDACTED}/"),
        ('"GET /activate/7hQ2xkTq?why=x HTTP/1.1"', f'"GET /activate/{REDACTED}?why=x HTTP/1.1"'),
        ("/calendar/0Ab9Zz.ics", f"/calendar/{REDACTED}"),
        ("/api/v1/appointments/1/calendar", "/api/v1/appointments/1/calendar"),
        ("phone 0868123456 refused", f"phone {REDACTED} refused"),
        ("/visits/01a209af-4a95-76af-ad2c-0e7c01c1d77b", "/visits/01a209af-4a95-76af-ad2c-0e7c01c1d77b"),
    ],
)
def test_secrets_and_numbers_are_hidden(said: str, kept: str) -> None:
    assert hide(said) == kept


def test_what_nobody_listed_is_not_logged() -> None:
    assert redact(None, "info", {"event": "request", "patient": "Bàn Thị Nái"}) == {"event": "request"}


SECRET = "Nguyễn Thị Bí Mật"
FAULTS = """
import logging, sys
from sqlalchemy import text
from telehealth.kit import logs
from telehealth.kit.db import Database

logs.configure()
database = Database(sys.argv[1], clock=None, keyring=None)
words = {"name": sys.argv[2]}
for engine in (database.writer, database.reader):
    try:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO log_probe VALUES (:name)"), words)
            connection.execute(text("INSERT INTO log_probe VALUES (:name)"), words)
    except Exception as error:
        for name in ("uvicorn.error", "apscheduler.executors.default", "asyncio", "signaling.carrier"):
            logging.getLogger(name).exception("it went wrong: %s", error)
        logs.logger().exception("it went wrong")
"""


def test_a_fault_of_the_database_is_logged_without_what_stood_in_the_row(database: Database) -> None:
    with database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE log_probe (name TEXT PRIMARY KEY)"))
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, str(database.url), SECRET],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    told_there = done.stdout + done.stderr
    assert SECRET not in told_there
    assert told_there.count("sqlalchemy.exc.IntegrityError") >= 5, (
        "each logger tells what kind of fault it was"
    )
    assert 'File "<string>"' in told_there, "and where"


def test_no_engine_tells_the_parameters_of_a_failed_statement(database: Database) -> None:
    fresh = Database(database.url, clock=database.clock, keyring=database.keyring)
    try:
        for engine in (fresh.writer, fresh.reader):
            with engine.connect() as connection, pytest.raises(DBAPIError) as fault:
                connection.execute(text("SELECT :name FROM nowhere"), {"name": SECRET})
            assert SECRET not in str(fault.value)
    finally:
        fresh.dispose()


def test_causes_and_groups_are_told_by_their_types() -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise ExceptionGroup(SECRET, [KeyError(SECRET)]) from error
    except ExceptionGroup as error:
        kept = told(error)
    assert SECRET not in kept
    assert [line for line in kept.splitlines() if not line.startswith(" ")] == [
        "builtins.ValueError",
        "builtins.ExceptionGroup",
        "builtins.KeyError",
    ]
