"""Timed work of urgent requests; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.kit.db import Database
from telehealth.kit.jobs import tick_each
from telehealth.urgent import service


def ring_on(database: Database) -> int:
    """Escalate, ring who came on duty, take leases back; return how many requests.

    Looking costs a reading unit; each request that is due gets a writing unit of its own.
    """
    with database.read() as unit:
        due = service.list_due(unit.session, now=unit.now)
    return tick_each(database, due, service.tick)
