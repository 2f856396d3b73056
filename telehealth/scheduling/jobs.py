"""Timed work of scheduling; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.kit.db import Database
from telehealth.scheduling import service

BATCH = 100


def sweep(database: Database) -> int:
    """Expire holds that ran out and forget old answers; return how many holds."""
    total = 0
    while True:
        with database.write() as unit:
            count = service.expire_due(unit.session, now=unit.now, limit=BATCH)
            if count < BATCH:
                service.forget_answers(unit.session, now=unit.now)
        total += count
        if count < BATCH:
            return total
