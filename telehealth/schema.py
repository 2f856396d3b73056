"""Every table of the program in one place, and building them without migrations (for tests)."""

from typing import Final

from sqlalchemy import Connection, Engine, MetaData

import telehealth.access.models
import telehealth.audit.models
import telehealth.availability.models
import telehealth.calls.models
import telehealth.consents.models
import telehealth.duty.models
import telehealth.facilities.models
import telehealth.files.models
import telehealth.followup.models
import telehealth.interop.models
import telehealth.kit.changes
import telehealth.lines.models
import telehealth.links.models
import telehealth.messaging.models
import telehealth.patients.models
import telehealth.push.models
import telehealth.scheduling.models
import telehealth.staff.models
import telehealth.urgent.models
import telehealth.visits.models
import telehealth.waitlist.models  # noqa: F401  (importing a slice's models registers its tables)
from telehealth.kit.append_only import protect
from telehealth.kit.db import metadata
from telehealth.scheduling import guard, marks

APPEND_ONLY: Final = (
    "appointment_event",
    "audit_entry",
    "call_event",
    "duty_event",
    "followup_history",
    "outbox_message_history",
    "patient_link_history",
    "signed_record",
    "urgent_event",
    "visit_event",
    "waitlist_event",
)
"""Tables whose rows the database itself keeps from being changed or taken away."""


def target_metadata() -> MetaData:
    """Return the metadata that migrations are compared with."""
    return metadata


def build(engine: Engine) -> None:
    """Create all tables and their guards on an empty database."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        install_guards(connection)


def install_guards(connection: Connection) -> None:
    """Create what the database itself refuses (overlapping claims, changes of what only grows) and notes.

    Migrations that touch such a table call this at their end: rebuilding it drops the triggers.
    """
    guard.install(connection)
    marks.install(connection)
    for table in APPEND_ONLY:
        protect(connection, table)
