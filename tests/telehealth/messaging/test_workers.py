"""Several worker processes and vendors that fail: nothing lost, nothing twice, whoever is killed."""

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select, update

from telehealth.followup.queries import CHECKERS
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.policy import Policy
from telehealth.kit.settings import Settings
from telehealth.messaging.jobs import Post, read_reports, send_due
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.ports import Fault
from telehealth.messaging.setup import build_gateways
from telehealth.messaging.states import MessageState
from tests.support.processes import wait_until
from tests.support.sms_vendors import SmsVendor, sms_vendor
from tests.support.sms_workers import SmsWorker, count_in, fill_outbox, settings_for
from tests.telehealth.messaging.outbox import SENDER

OPEN = (MessageState.QUEUED, MessageState.LEASED, MessageState.UNKNOWN)
PATIENCE = 240


@pytest.fixture
def vendors() -> Iterator[dict[str, SmsVendor]]:
    """A vendor of eSMS's shape in front, a plain one behind it."""
    with sms_vendor(delay=0.02) as first, sms_vendor(delay=0.02, dedupes=False) as second:
        yield {"esms": first, "http": second}


def reached(vendors: dict[str, SmsVendor]) -> Counter[str]:
    """Count by our reference the texts that reach a phone, whoever carries them."""
    return sum((each.per_reference() for each in vendors.values()), Counter())


def let_a_minute_pass(database: Database) -> None:
    """Let the leases of the dead run out, and lost answers be due to be asked about."""
    now = SystemClock().now()
    with database.write() as unit:
        leased = update(OutboxMessage).where(col(OutboxMessage.state) == MessageState.LEASED)
        unit.session.exec(leased.values(lease_until_at=now))
        asked = update(Delivery).where(col(Delivery.ask_at).is_not(None))
        unit.session.exec(asked.values(ask_at=now))
        retried = update(OutboxMessage).where(col(OutboxMessage.state) == MessageState.QUEUED)
        unit.session.exec(retried.values(next_try_at=now))


def survive(
    database: Database,
    folder: Path,
    vendors: dict[str, SmsVendor],
    *,
    texts: int,
    workers: int,
    can_wait: bool,
) -> list[UUID]:
    """Send everything while a worker is killed twice, a vendor fails, and takes what it does not answer."""
    ids = fill_outbox(database, texts)
    settings = settings_for(database, folder, vendors)
    running = [SmsWorker(f"worker-{number}", folder, settings) for number in range(workers)]
    try:
        for each in running:
            each.start()
        for killed, share in ((running[0], 5), (running[-1], 3)):
            enough = texts // share
            wait_until(
                lambda enough=enough: len(reached(vendors)) >= enough,  # type: ignore[misc]
                what="sending",
                seconds=PATIENCE,
            )
            killed.stop(how=signal.SIGKILL)
            vendors["esms"].next("drop-after", "refuse:103", "hang-after")
            killed.start()
        vendors["esms"].always = "down"
        wait_until(lambda: len(reached(vendors)) >= texts // 2, what="half of it", seconds=PATIENCE)
        vendors["esms"].always = "ok"

        left = OPEN if can_wait else (MessageState.QUEUED,)
        wait_until(
            lambda: count_in(database, *left) == 0,
            what="the end of sending",
            seconds=1_200 if can_wait else PATIENCE,
        )
    finally:
        for each in running:
            each.stop()
    # Whoever was stopped has finished; what is leased still was leased by the dead.
    finish(database, settings)
    return ids


def finish(database: Database, settings: dict[str, str]) -> None:
    """Send in this process what is left, the minutes that workers would wait left out."""
    names = {key.removeprefix("TELEHEALTH_").lower(): value for key, value in settings.items()}
    gateways = build_gateways(Settings(**names))  # type: ignore[arg-type]
    database.clock = SystemClock()
    database.policy = Policy(zone=ZoneInfo(settings["TELEHEALTH_TIME_ZONE"]))
    post = Post(database, gateways, SENDER, CHECKERS)
    try:
        while count_in(database, *OPEN):
            let_a_minute_pass(database)
            send_due(post)
            let_a_minute_pass(database)
            read_reports(post)
    finally:
        for each in gateways:
            each.close()


def require_nothing_lost_or_twice(database: Database, vendors: dict[str, SmsVendor], ids: list[UUID]) -> None:
    """Every text reached the phone once; twice only where a lost answer is on record."""
    counted = reached(vendors)
    with database.read() as unit:
        lost = set(
            unit.session.exec(select(Delivery.message_id).where(Delivery.fault == Fault.UNKNOWN)).all()
        )
    assert {str(each) for each in ids} == set(counted)
    twice = {reference for reference, count in counted.items() if count > 1}
    assert twice <= {str(each) for each in lost}
    assert count_in(database, MessageState.SENT) == len(ids)


@pytest.mark.timeout(1_500)  # a busy machine starts four programs, and retries wait by the clock
@pytest.mark.databases("postgresql")  # several processes; SQLite has one
def test_killed_workers_and_failing_vendors_lose_nothing(
    database: Database, tmp_path: Path, vendors: dict[str, SmsVendor]
) -> None:
    ids = survive(database, tmp_path, vendors, texts=120, workers=2, can_wait=False)
    require_nothing_lost_or_twice(database, vendors, ids)


@pytest.mark.nightly
@pytest.mark.timeout(1_800)
@pytest.mark.databases("postgresql")  # several processes; SQLite has one
def test_ten_thousand_reminders_survive_as_well(
    database: Database, tmp_path: Path, vendors: dict[str, SmsVendor]
) -> None:
    ids = survive(database, tmp_path, vendors, texts=10_000, workers=4, can_wait=True)
    require_nothing_lost_or_twice(database, vendors, ids)


def send_in_one_process(
    database: Database, folder: Path, vendors: dict[str, SmsVendor], texts: int
) -> list[UUID]:
    """Send so many texts in this process, by a vendor that fails now and then."""
    ids = fill_outbox(database, texts)
    vendors["esms"].next("drop-after", "ok", "down", "drop-before", "refuse:103", "ok", "garbage")
    finish(database, settings_for(database, folder, {"esms": vendors["esms"]}))
    return ids


@pytest.mark.databases("sqlite")  # PostgreSQL is tried with several processes above
def test_one_process_on_sqlite_loses_nothing(
    database: Database, tmp_path: Path, vendors: dict[str, SmsVendor]
) -> None:
    ids = send_in_one_process(database, tmp_path, vendors, 120)
    require_nothing_lost_or_twice(database, {"esms": vendors["esms"]}, ids)


@pytest.mark.nightly
@pytest.mark.databases("sqlite")  # PostgreSQL is tried with several processes above
def test_a_thousand_in_one_process_on_sqlite(
    database: Database, tmp_path: Path, vendors: dict[str, SmsVendor]
) -> None:
    ids = send_in_one_process(database, tmp_path, vendors, 1_000)
    require_nothing_lost_or_twice(database, {"esms": vendors["esms"]}, ids)


@pytest.mark.databases("sqlite")  # what SQLite refuses
def test_a_worker_beside_a_server_on_sqlite_is_refused(database: Database, tmp_path: Path) -> None:
    worker = SmsWorker(
        "worker", tmp_path, settings_for(database, tmp_path, {}) | {"TELEHEALTH_SMS_GATEWAY": "file"}
    )
    with pytest.raises(RuntimeError, match="PostgreSQL"):
        worker.start()
