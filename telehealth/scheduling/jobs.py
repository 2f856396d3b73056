"""Timed work of scheduling; safe on any number of nodes because rows are locked, others skipped."""

from functools import partial
from uuid import UUID

from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ConflictError, StaleError
from telehealth.kit.retries import run_write
from telehealth.scheduling import queries, service

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


def escalate_overdue(database: Database) -> int:
    """Ask the next pool for requests nobody answered, or give them up; return how many were due.

    Each in a unit of its own, so that one that cannot be moved keeps no other waiting.
    """
    with database.read() as unit:
        due = queries.list_overdue(unit.session, now=unit.now, limit=BATCH)
    for appointment_id in due:
        try:
            run_write(database, partial(_escalate, appointment_id=appointment_id))
        except (ConflictError, StaleError):
            continue  # answered, or met by another node, this very moment
    return len(due)


def _escalate(unit: Unit, *, appointment_id: UUID) -> None:
    service.escalate(unit.session, appointment_id, now=unit.now)
