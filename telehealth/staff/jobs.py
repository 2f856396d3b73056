"""Timed work of this slice."""

from telehealth.kit.db import Database
from telehealth.staff import service


def forget_old_tries(database: Database) -> int:
    """Drop tries to sign in that no longer count; return how many."""
    with database.write() as unit:
        return service.forget_old_tries(unit.session, now=unit.now)


def forget_draft_keys(database: Database) -> int:
    """Destroy the keys of drafts that nobody may open any more; return how many."""
    with database.write() as unit:
        return service.forget_draft_keys(unit.session, now=unit.now)
