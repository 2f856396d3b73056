"""Timed work of later answers; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.answers import service
from telehealth.kit.db import Database
from telehealth.kit.jobs import tick_each


def keep_clocks(database: Database) -> int:
    """Let go off what is due; return of how many requests.

    Looking costs a reading unit; each request that is due gets a writing unit of its own.
    """
    with database.read() as unit:
        due = service.list_due(unit.session, now=unit.now)
    return tick_each(database, due, service.tick)
