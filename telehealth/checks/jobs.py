"""Timed work of check questions; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.checks import queries, service
from telehealth.kit.db import Database
from telehealth.kit.retries import run_write


def keep_clocks(database: Database) -> int:
    """Ask, remind, and hand over who is silent; return of how many rounds a clock went off."""
    with database.read() as unit:
        due = queries.list_due(unit.session, now=unit.now)
    return sum(
        run_write(database, lambda unit: service.tick(unit.session, round_id, now=unit.now))  # noqa: B023
        for round_id in due
    )


def ring_on(database: Database) -> int:
    """Let red answers ring further; return how many looked again."""
    with database.read() as unit:
        due = queries.list_alarms_due(unit.session, now=unit.now)
    return sum(
        run_write(database, lambda unit: service.tick_alarm(unit.session, alarm_id, now=unit.now))  # noqa: B023
        for alarm_id in due
    )
