"""Timed work of check questions; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.checks import queries, service
from telehealth.kit.db import Database
from telehealth.kit.jobs import tick_each


def keep_clocks(database: Database) -> int:
    """Ask, remind, and hand over who is silent; return of how many rounds a clock went off."""
    with database.read() as unit:
        due = queries.list_due(unit.session, now=unit.now)
    return tick_each(database, due, service.tick)


def ring_on(database: Database) -> int:
    """Let red answers ring further; return how many looked again."""
    with database.read() as unit:
        due = queries.list_alarms_due(unit.session, now=unit.now)
    return tick_each(database, due, service.tick_alarm)
