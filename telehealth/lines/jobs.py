"""Timed work of checks."""

from telehealth.kit.db import Database
from telehealth.lines import service


def forget_checks(database: Database) -> int:
    """Take away old checks; return how many."""
    with database.write() as unit:
        return service.forget_old(unit.session, now=unit.now)
