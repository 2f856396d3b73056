"""The outbox: two workers on PostgreSQL against a vendor that answers after 100 ms, and the vendor bare."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.messaging.gateways.esms import EsmsGateway
from telehealth.messaging.jobs import AT_ONCE
from telehealth.messaging.ports import Outgoing
from telehealth.messaging.states import MessageState
from tests.bench.clusters import deadlocks, postgresql
from tests.bench.measure import Effort, Line, cpu_seconds, resident_kib, show
from tests.bench.worlds import opened, scratch
from tests.support.processes import wait_until
from tests.support.sms_vendors import SmsVendor, sms_vendor
from tests.support.sms_workers import SmsWorker, count_in, fill_outbox, settings_for

WORKERS: Final = 2
ANSWERS_AFTER: Final = 0.1

NOTE = "The vendor is a stand-in in the measuring process; texts carry no link."


@dataclass
class Run:
    """What sending everything took."""

    per_second: float
    cpu_ms: float
    kib_first: int
    kib_last: int


def measure(effort: Effort) -> None:
    """Print the section."""
    texts = 10 * effort.bookings
    with scratch() as folder, postgresql(folder) as cluster, sms_vendor(delay=ANSWERS_AFTER) as vendor:
        url = cluster.create("ours")
        bare = _bare(vendor, texts)
        vendor.taken.clear()
        with opened(folder, database_url=url) as database:
            run = _send(folder, vendor, texts, database)
        lines = [
            Line(
                f"{texts} texts, {WORKERS} workers",
                f"{run.per_second:.0f} /s",
                f"{bare:.0f} /s",
                f"{run.per_second / bare:.2f} x",
                ">= 200 /s",
            ),
            Line("the vendor's own limit", f"{WORKERS * AT_ONCE / ANSWERS_AFTER:.0f} /s"),
            Line("workers' CPU per text", f"{run.cpu_ms:.1f} ms"),
            Line("memory of a worker, half way", f"{run.kib_first / 1024:.0f} MiB"),
            Line("memory of a worker, at the end", f"{run.kib_last / 1024:.0f} MiB", aim="flat"),
        ]
        deadlocked = f"{deadlocks(folder)} deadlocks in the server's log."
        show(
            f"(o) The outbox, a vendor that answers after {ANSWERS_AFTER * 1000:.0f} ms",
            lines,
            NOTE,
            deadlocked,
        )


def _bare(vendor: SmsVendor, texts: int) -> float:
    """Hand the texts over from as many threads as the workers have, with nothing written down."""
    gateway = EsmsGateway(address=vendor.address, key="key", secret="secret", brand="TYT")
    now = SystemClock().now()
    try:
        with ThreadPoolExecutor(max_workers=WORKERS * AT_ONCE) as threads:
            began = time.perf_counter()
            list(
                threads.map(
                    lambda _: gateway.send(Outgoing(new_id(), "+84868123456", "TYT: Lich kham"), now=now),
                    range(texts),
                )
            )
            return texts / (time.perf_counter() - began)
    finally:
        gateway.close()


def _send(folder: Path, vendor: SmsVendor, texts: int, database: Database) -> Run:
    settings = settings_for(database, folder, {"esms": vendor})
    workers = [SmsWorker(f"worker-{number}", folder, settings) for number in range(WORKERS)]
    try:
        for each in workers:
            each.start()
        before = sum(cpu_seconds(each.pid) for each in workers)
        fill_outbox(database, texts)
        wait_until(lambda: bool(vendor.taken), what="the first text")
        began = time.perf_counter()
        wait_until(lambda: len(vendor.taken) >= texts // 2, what="half of them", seconds=600)
        kib_first = max(resident_kib(each.pid) for each in workers)
        wait_until(lambda: len(vendor.taken) >= texts, what="all of them", seconds=600)
        took = time.perf_counter() - began
        wait_until(lambda: count_in(database, MessageState.SENT) >= texts, what="writing down", seconds=60)
        spent = sum(cpu_seconds(each.pid) for each in workers) - before
        kib_last = max(resident_kib(each.pid) for each in workers)
    finally:
        for each in workers:
            each.stop()
    return Run(texts / took, spent * 1000 / texts, kib_first, kib_last)
