"""Timed work of follow-up; safe on any number of nodes because rows are locked, others skipped."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.followup import service
from telehealth.kit.db import Database
from telehealth.kit.jobs import tick_each
from telehealth.kit.retries import is_of_database, run_write
from telehealth.links.queries import list_lost
from telehealth.links.service import settle_unknown

BATCH = 100


def lapse_plans(database: Database) -> int:
    """Ask to phone about plans nobody booked, let those lapse that were phoned about; return how many."""
    with database.read() as unit:
        due = service.list_overdue(unit.session, now=unit.now)
    return tick_each(database, due, service.settle_overdue)


def remind_of_plans(database: Database) -> int:
    """Queue the reminders of next visits that have fallen due; return how many."""
    with database.read() as unit:
        due = service.list_to_remind_of(unit.session, now=unit.now)
    return tick_each(database, due, service.remind_of_plan)


def remind(database: Database, before: Sequence[timedelta]) -> int:
    """Queue the reminders that have fallen due; return how many.

    `before` are the leads of services that have none of their own. Processes that look at once share them,
    a handful at a time; two never queue the same, for its key is its appointment, version and lead. Where
    one of a handful cannot be queued, it is logged and holds up no other.
    """
    with database.read() as unit:
        due = service.list_reminders(unit.session, before, now=unit.now)
    return sum(_remind_some(database, before, due[at : at + BATCH]) for at in range(0, len(due), BATCH))


def _remind_some(database: Database, before: Sequence[timedelta], some: Sequence[UUID]) -> int:
    def tick(session: Session, appointment_id: UUID, /, *, now: datetime) -> int:
        return service.queue_reminders(session, before, [appointment_id], now=now)

    try:
        return run_write(
            database, lambda unit: service.queue_reminders(unit.session, before, some, now=unit.now)
        )
    except Exception as error:
        if is_of_database(error):
            raise
    return tick_each(database, some, tick)


def answer_lost(database: Database) -> int:
    """Send links again to the numbers that asked for them; return how many askings there were."""
    with database.read() as unit:
        if not list_lost(unit.session, limit=1):
            return 0
    nobodys = run_write(database, lambda unit: settle_unknown(unit.session, now=unit.now))
    with database.read() as unit:
        waiting = list_lost(unit.session)
    return nobodys + tick_each(database, waiting, service.answer_lost)
