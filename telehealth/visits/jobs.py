"""Timed work of visits."""

from telehealth.files.storage import Storage
from telehealth.kit.db import Database
from telehealth.visits import service
from telehealth.visits.attachments import UNDO_FOR


def destroy_undone(database: Database, storage: Storage) -> int:
    """Destroy the pictures of attachments taken back a day ago before any signature; return how many."""
    with database.write() as unit:
        return service.discard_undone(unit.session, storage, before=unit.now - UNDO_FOR, now=unit.now)
