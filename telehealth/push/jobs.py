"""Timed work: tell closed browsers what rings. Vendors are called between units of work, never inside one."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import httpx2

from telehealth.kit.db import Database
from telehealth.kit.logs import logger
from telehealth.kit.retries import run_write
from telehealth.push import queries, service
from telehealth.push.rules import Outcome
from telehealth.push.sender import Pusher, open_client
from telehealth.push.service import Wire

BATCH: Final = 8
"""Called at the same time: a vendor that does not answer holds nobody else up."""


def tell_due(database: Database, pusher: Pusher) -> int:
    """Tell every browser that is due of its ring; return how many attempts were made.

    Looks before it leases: on SQLite each lease takes the only writer.
    """
    taken = 0
    while True:
        with database.read() as unit:
            if not queries.has_work(unit.session, now=unit.now):
                return taken
        wires = run_write(database, lambda unit: service.lease_due(unit.session, now=unit.now, limit=BATCH))
        if not wires:
            return taken
        with open_client() as client, ThreadPoolExecutor(max_workers=BATCH) as workers:
            list(workers.map(partial(_tell, database, pusher, client), wires))
        taken += len(wires)


def _tell(database: Database, pusher: Pusher, client: httpx2.Client, wire: Wire) -> None:
    """Make one attempt and write down at once what came of it."""
    answer = pusher.send(client, wire.endpoint, life_seconds=wire.life_seconds, now=database.clock.now())
    if answer.outcome is not Outcome.ACCEPTED:
        logger().warning("push not accepted", kind=str(answer.outcome), status=answer.status)
    run_write(
        database,
        lambda unit: service.settle(
            unit.session, wire, answer.outcome, asked_wait=answer.wait_seconds, now=unit.now
        ),
    )
