"""Timed work of orders; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.kit.db import Database
from telehealth.kit.jobs import tick_each
from telehealth.orders import service


def keep_clocks(database: Database) -> int:
    """Let go off what is due; return of how many orders."""
    with database.read() as unit:
        due = service.list_due(unit.session, now=unit.now)
    return tick_each(database, due, service.tick)
