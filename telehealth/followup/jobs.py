"""Timed work of follow-up; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.followup import service
from telehealth.kit.db import Database

BATCH = 100


def lapse_plans(database: Database) -> int:
    """Let plans lapse that nobody booked; return how many."""
    total = 0
    while True:
        with database.write() as unit:
            count = service.lapse_due(unit.session, now=unit.now, limit=BATCH)
        total += count
        if count < BATCH:
            return total
