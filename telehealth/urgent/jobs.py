"""Timed work of urgent requests; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.kit.db import Database
from telehealth.kit.retries import run_write
from telehealth.urgent import service


def ring_on(database: Database) -> int:
    """Escalate, ring who came on duty, take leases back; return how many requests.

    Looking costs a reading unit; each request that is due gets a writing unit of its own.
    """
    with database.read() as unit:
        due = service.list_due(unit.session, now=unit.now)
    return sum(
        run_write(database, lambda unit: service.tick(unit.session, request_id, now=unit.now))  # noqa: B023
        for request_id in due
    )
