"""All that goes wrong with sending, at once: killed workers, a vendor that fails, answers that are lost.

with storm_vendors() as vendors:
    told = survive(database, folder, vendors, Storm(texts=120, workers=2))
    assert told.lost == set()
"""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import and_, col, or_, select, update

from telehealth.followup.checkers import CHECKERS
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
from tests.support.sms_reminders import fill_appointments, queue_reminders, reminders_of
from tests.support.sms_vendors import SmsVendor, sms_vendor
from tests.support.sms_workers import SmsWorker, count_in, fill_outbox, settings_for
from tests.telehealth.messaging.outbox import SENDER

PATIENCE: Final = 240


@dataclass(frozen=True)
class Storm:
    """How much is sent through how much trouble.

    `are_reminders`: they fall due for as many appointments, and the workers' own job writes them; else they
    lie in the outbox from the start. `down_seconds`: how long the first vendor fails, at the least. `waits`:
    the workers clear up what was lost by themselves, by the clock; else that is done at the end, minutes
    left out.
    """

    texts: int
    workers: int
    down_seconds: float = 0.0
    waits: bool = False
    are_reminders: bool = False


@dataclass(frozen=True)
class Survived:
    """What became of the texts.

    `unknown`: an answer was lost, on record. `left`: nobody can be asked any more whether those of them
    arrived, so that a person phones; all others are `sent`. `killed`: the processes that were, each in turn
    the same worker's.
    """

    ids: set[str]
    phones: Counter[str]
    unknown: set[str]
    left: set[str]
    sent: int
    began: float
    arrived: list[float] = field(repr=False)
    killed: tuple[int, ...] = ()

    @property
    def lost(self) -> set[str]:
        """Texts that reached no phone, and nobody was told."""
        return self.ids - set(self.phones) - self.left

    @property
    def twice(self) -> set[str]:
        """Texts that reached a phone more than once though no answer was lost."""
        return {reference for reference, count in self.phones.items() if count > 1} - self.unknown

    def lateness(self, per_second: float) -> list[float]:
        """Return by how many seconds each came later than the vendor's own rate would have let it."""
        return [
            max(0.0, at - self.began - rank / per_second) for rank, at in enumerate(sorted(self.arrived), 1)
        ]


@contextmanager
def storm_vendors(per_second: float | None = None) -> Iterator[dict[str, SmsVendor]]:
    """Serve a vendor of eSMS's shape in front and a plain one behind it, each at most so fast."""
    how = {"delay": 0.02, "per_second": per_second}
    with sms_vendor(**how) as first, sms_vendor(**how, dedupes=False) as second:
        yield {"esms": first, "http": second}


def phones(vendors: dict[str, SmsVendor]) -> Counter[str]:
    """Count by our reference the texts that reach a phone, whoever carries them."""
    return sum((each.per_reference() for each in vendors.values()), Counter())


def survive(database: Database, folder: Path, vendors: dict[str, SmsVendor], storm: Storm) -> Survived:
    """Send everything while one worker is killed twice, a vendor fails, and takes what it does not answer."""
    settings = settings_for(database, folder, vendors)
    running = [SmsWorker(f"worker-{number}", folder, settings) for number in range(storm.workers)]
    try:
        for each in running:
            each.start()
        about = _fill(database, storm.texts, storm.are_reminders)
        began = time.monotonic()
        killed = []
        for share in (5, 3):
            _reach(vendors, storm.texts // share)
            killed.append(running[0].pid)
            running[0].stop(how=signal.SIGKILL)
            vendors["esms"].next("drop-after", "refuse:103", "hang-after")
            running[0].start()
        vendors["esms"].always = "down"
        down_until = time.monotonic() + storm.down_seconds
        vendors["http"].next("hang-after", "drop-after")
        _reach(vendors, storm.texts // 2)
        time.sleep(max(0.0, down_until - time.monotonic()))
        vendors["esms"].always = "ok"
        if storm.waits:
            wait_until(
                lambda: is_all_written(database, storm.texts) and not is_any_open(database),
                what="the end of sending",
                seconds=1_200,
            )
        else:
            queued = MessageState.QUEUED
            wait_until(lambda: not count_in(database, queued), what="an empty queue", seconds=PATIENCE)
    finally:
        for each in running:
            each.stop()
    # Whoever was stopped has finished; what is leased still was leased by the dead.
    finish(database, settings)
    ids = reminders_of(database, about) if storm.are_reminders else about
    return replace(_tell(database, vendors, ids, began), killed=tuple(killed))


def send_in_one_process(
    database: Database,
    folder: Path,
    vendor: SmsVendor,
    texts: int,
    *mishaps: str,
    waits: bool = False,
    are_reminders: bool = False,
) -> Survived:
    """Send so many texts in this process, by a vendor whose first answers are these."""
    about = _fill(database, texts, are_reminders)
    settings = settings_for(database, folder, {"esms": vendor})
    database.clock, database.policy = SystemClock(), _policy_of(settings)
    began = time.monotonic()
    if are_reminders:
        queue_reminders(database)
    vendor.next(*mishaps)
    finish(database, settings, waits=waits)
    ids = reminders_of(database, about) if are_reminders else about
    return _tell(database, {"esms": vendor}, ids, began)


def finish(database: Database, settings: dict[str, str], *, waits: bool = False) -> None:
    """Send in this process what is left; unless it waits by the clock, the minutes between are left out."""
    names = {key.removeprefix("TELEHEALTH_").lower(): value for key, value in settings.items()}
    gateways = build_gateways(Settings(**names))  # type: ignore[arg-type]
    database.clock, database.policy = SystemClock(), _policy_of(settings)
    post = Post(database, gateways, SENDER, CHECKERS)
    try:
        while is_any_open(database):
            for job in (send_due, read_reports):
                if not waits:
                    _let_a_minute_pass(database)
                job(post)
            if waits:
                time.sleep(1)
    finally:
        for each in gateways:
            each.close()


def is_all_written(database: Database, texts: int) -> bool:
    """Tell whether so many texts stand in the outbox, whatever became of them."""
    return count_in(database, *MessageState) >= texts


def is_any_open(database: Database) -> bool:
    """Tell whether a text is yet to be sent, or a lost answer yet to be asked for."""
    asked = select(Delivery.message_id).where(col(Delivery.ask_at).is_not(None))
    waits = (MessageState.QUEUED, MessageState.LEASED)
    is_asked = and_(col(OutboxMessage.state) == MessageState.UNKNOWN, col(OutboxMessage.id).in_(asked))
    query = select(OutboxMessage.id).where(or_(col(OutboxMessage.state).in_(waits), is_asked)).limit(1)
    with database.read() as unit:
        return unit.session.exec(query).first() is not None


def _fill(database: Database, texts: int, are_reminders: bool) -> list[UUID]:
    """Put texts into the outbox and return their ids, or let reminders fall due: those of appointments."""
    return fill_appointments(database, texts) if are_reminders else fill_outbox(database, texts)


def _policy_of(settings: dict[str, str]) -> Policy:
    return Policy(zone=ZoneInfo(settings["TELEHEALTH_TIME_ZONE"]))


def _reach(vendors: dict[str, SmsVendor], count: int) -> None:
    wait_until(lambda: len(phones(vendors)) >= count, what=f"{count} texts", seconds=PATIENCE)


def _let_a_minute_pass(database: Database) -> None:
    """Let the leases of the dead run out, and lost answers be due to be asked about."""
    now = SystemClock().now()
    with database.write() as unit:
        leased = update(OutboxMessage).where(col(OutboxMessage.state) == MessageState.LEASED)
        unit.session.exec(leased.values(lease_until_at=now))
        asked = update(Delivery).where(col(Delivery.ask_at).is_not(None))
        unit.session.exec(asked.values(ask_at=now))
        retried = update(OutboxMessage).where(col(OutboxMessage.state) == MessageState.QUEUED)
        unit.session.exec(retried.values(next_try_at=now))


def _tell(database: Database, vendors: dict[str, SmsVendor], ids: list[UUID], began: float) -> Survived:
    with database.read() as unit:
        unknown = unit.session.exec(select(Delivery.message_id).where(Delivery.fault == Fault.UNKNOWN)).all()
        left = unit.session.exec(
            select(OutboxMessage.id).where(OutboxMessage.state == MessageState.UNKNOWN)
        ).all()
    first: dict[str, float] = {}
    for vendor in vendors.values():
        for taken in vendor.taken:
            first[taken.reference] = min(taken.at, first.get(taken.reference, taken.at))
    return Survived(
        ids={str(each) for each in ids},
        phones=phones(vendors),
        unknown={str(each) for each in unknown},
        left={str(each) for each in left},
        sent=count_in(database, MessageState.SENT),
        began=began,
        arrived=list(first.values()),
    )
