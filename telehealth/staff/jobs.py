"""Timed work of this slice."""

from telehealth.kit.db import Database
from telehealth.staff import service


def forget_old_tries(database: Database) -> int:
    """Drop tries to sign in that no longer count; return how many."""
    with database.write() as unit:
        return service.forget_old_tries(unit.session, now=unit.now)
