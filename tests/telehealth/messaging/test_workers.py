"""Several worker processes and vendors that fail: nothing lost, nothing twice, whoever is killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from telehealth.kit.db import Database
from tests.support.sms_storms import Storm, Survived, send_in_one_process, storm_vendors, survive
from tests.support.sms_vendors import SmsVendor, sms_vendor
from tests.support.sms_workers import SmsWorker, settings_for

MISHAPS = ("drop-after", "ok", "down", "drop-before", "refuse:103", "ok", "garbage")


@pytest.fixture
def vendors() -> Iterator[dict[str, SmsVendor]]:
    with storm_vendors() as found:
        yield found


def require_nothing_lost_or_twice(told: Survived) -> None:
    """Every text reached the phone once; twice, or nobody knows, only where a lost answer is on record."""
    assert (told.lost, told.twice) == (set(), set())
    assert told.left <= told.unknown
    assert told.sent + len(told.left) == len(told.ids)


def require_killed_twice(told: Survived) -> None:
    """One worker was killed, started again, and killed once more: another process each time."""
    assert len(told.killed) == len(set(told.killed)) == 2


@pytest.mark.timeout(1_500)  # a busy machine starts four programs, and retries wait by the clock
@pytest.mark.databases("postgresql")  # several processes; SQLite has one
def test_a_worker_killed_twice_and_failing_vendors_lose_nothing(
    database: Database, tmp_path: Path, vendors: dict[str, SmsVendor]
) -> None:
    told = survive(database, tmp_path, vendors, Storm(texts=120, workers=2))
    require_killed_twice(told)
    require_nothing_lost_or_twice(told)


@pytest.mark.nightly
@pytest.mark.timeout(1_800)
@pytest.mark.databases("postgresql")  # several processes; SQLite has one
def test_ten_thousand_reminders_survive_as_well(database: Database, tmp_path: Path) -> None:
    storm = Storm(texts=10_000, workers=4, down_seconds=120, waits=True, are_reminders=True)
    with storm_vendors(per_second=50) as vendors:
        told = survive(database, tmp_path, vendors, storm)
    require_killed_twice(told)
    require_nothing_lost_or_twice(told)


@pytest.mark.parametrize("texts", [120, pytest.param(1_000, marks=pytest.mark.nightly)])
@pytest.mark.databases("sqlite")  # PostgreSQL is tried with several processes above
def test_one_process_on_sqlite_loses_nothing(database: Database, tmp_path: Path, texts: int) -> None:
    """From appointments whose reminders fall due, by the job that writes them, to the phones."""
    with sms_vendor(delay=0.02) as vendor:
        told = send_in_one_process(database, tmp_path, vendor, texts, *MISHAPS, are_reminders=True)
    assert len(told.ids) == texts
    require_nothing_lost_or_twice(told)


@pytest.mark.databases("sqlite")  # what SQLite refuses
def test_a_worker_beside_a_server_on_sqlite_is_refused(database: Database, tmp_path: Path) -> None:
    worker = SmsWorker(
        "worker", tmp_path, settings_for(database, tmp_path, {}) | {"TELEHEALTH_SMS_GATEWAY": "file"}
    )
    with pytest.raises(RuntimeError, match="PostgreSQL"):
        worker.start()
