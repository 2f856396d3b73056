"""Timed jobs in a process of their own, and trying out a gateway from the command line."""

import signal
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.jobs import Ticker
from telehealth.kit.logs import logger
from telehealth.kit.phones import is_textable, parse_phone
from telehealth.kit.settings import Settings, UnusableSettingError
from telehealth.kit.wakes import Wakes
from telehealth.messaging.gateways.file import FileGateway
from telehealth.messaging.ports import GatewayError, Outgoing
from telehealth.messaging.setup import build_gateways
from telehealth.serving import CannotStartError

TEST_TEXT: Final = "{brand}: Tin thu cua he thong kham tu xa. Khong can tra loi."


@dataclass(frozen=True, slots=True)
class Said:
    """What a gateway said to a text that was sent to try it out."""

    is_taken: bool
    text: str


def work(settings: Settings, database: Database) -> None:
    """Run the jobs until SIGTERM or SIGINT; those that run then are finished.

    Raises CannotStartError on SQLite: a second process would be a second writer.
    """
    if database.is_sqlite:
        raise CannotStartError(
            "Với SQLite, máy chủ tự chạy các việc định kỳ; worker cần PostgreSQL. · "
            "With SQLite the server runs the timed jobs itself; a worker needs PostgreSQL."
        )
    gateways = build_gateways(settings)
    jobs = wiring.build_jobs(settings, database, gateways)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    wakes = Wakes(database, lambda: None)
    database.bus.on_wake(wakes.tell)
    wakes.start()
    ticker = Ticker(database, jobs)
    ticker.start()
    logger().info("worker started", count=len(jobs))
    try:
        stopping.wait()
    finally:
        ticker.stop()
        wakes.stop()
        for each in gateways:
            each.close()
        logger().info("worker stopped")


def send_test(settings: Settings, number: str, gateway: str, *, now: datetime) -> Said:
    """Send one text by a configured gateway, past the outbox; raise `phone-invalid`."""
    to = parse_phone(number)
    gateways = {each.name: each for each in build_gateways(settings)}
    if gateway and gateway not in gateways:
        raise UnusableSettingError(f"TELEHEALTH_SMS_GATEWAY: {gateway!r} is not among {', '.join(gateways)}")
    chosen = gateways[gateway] if gateway else next(iter(gateways.values()))
    if not is_textable(to):
        return Said(False, "Số này không nhận tin nhắn. · This number takes no texts.")
    text = TEST_TEXT.format(brand=settings.sms_brand)
    try:
        ref = chosen.send(Outgoing(new_id(), to, text), now=now)
    except GatewayError as error:
        return Said(
            False,
            f"{chosen.name}: không nhận tin ({error.fault}, {error.code}). · "
            f"{chosen.name}: not taken ({error.fault}, {error.code}).",
        )
    finally:
        for each in gateways.values():
            each.close()
    where = f" → {settings.data_dir / 'sms' / 'sent.jsonl'}" if chosen.name == FileGateway.name else ""
    return Said(
        True, f"{chosen.name}: đã nhận tin, mã {ref}. · {chosen.name}: taken, its id is {ref}.{where}"
    )
