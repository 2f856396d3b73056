"""Timed work of files."""

from telehealth.files import service
from telehealth.files.storage import Storage
from telehealth.kit.db import Database


def forget_uploads(database: Database, storage: Storage) -> int:
    """Take away uploads that were given up; return how many."""
    with database.write() as unit:
        return service.discard_expired(unit.session, storage, now=unit.now)
