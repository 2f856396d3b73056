"""Timed work of the wait list; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.kit.db import Database
from telehealth.kit.jobs import tick_each
from telehealth.waitlist import queries, service


def settle(database: Database) -> int:
    """Let offers that ran out go and end what waits for nothing; return how many entries."""
    with database.read() as unit:
        due = queries.list_due(unit.session, now=unit.now)
    return tick_each(database, due, service.settle_entry)
