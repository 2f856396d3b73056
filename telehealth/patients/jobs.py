"""Timed work on patients; safe on any number of nodes because rows are locked, others skipped."""

from telehealth.kit.db import Database
from telehealth.patients import service


def lapse_contacts(database: Database) -> int:
    """Stop texts to those who no longer act for a patient; return how many."""
    with database.write() as unit:
        return service.lapse_contacts(unit.session, now=unit.now)
