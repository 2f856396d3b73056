"""Timed work of the wait list; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.kit.db import Database
from telehealth.waitlist import service

BATCH = 100


def settle(database: Database) -> int:
    """Let offers that ran out go and end what waits for nothing; return how many entries."""
    total = 0
    while True:
        with database.write() as unit:
            count = service.settle_due(unit.session, now=unit.now, limit=BATCH)
        total += count
        if count < BATCH:
            return total
