"""Every table of the program in one place, and building them without migrations (for tests)."""

from typing import Final

from sqlalchemy import Connection, Engine, MetaData

import telehealth.access.models
import telehealth.answers.models
import telehealth.audit.models
import telehealth.availability.models
import telehealth.background.models
import telehealth.calls.models
import telehealth.checks.models
import telehealth.conditions.models
import telehealth.conferences.models
import telehealth.consents.models
import telehealth.duty.models
import telehealth.examination.models
import telehealth.facilities.models
import telehealth.files.models
import telehealth.followup.models
import telehealth.interop.models
import telehealth.kit.changes
import telehealth.leaflets.models
import telehealth.lines.models
import telehealth.links.models
import telehealth.messaging.models
import telehealth.orders.models
import telehealth.papers.models
import telehealth.patients.models
import telehealth.prescriptions.models
import telehealth.push.models
import telehealth.referrals.models
import telehealth.scheduling.models
import telehealth.staff.models
import telehealth.urgent.models
import telehealth.visits.models
import telehealth.waitlist.models  # noqa: F401  (importing a slice's models registers its tables)
from telehealth.kit.append_only import protect
from telehealth.kit.db import metadata
from telehealth.scheduling import guard, marks

APPEND_ONLY: Final = (
    "answer_note",
    "answer_step",
    "appointment_event",
    "audit_entry",
    "call_event",
    "check_answer",
    "check_step",
    "digital_signature",
    "duty_event",
    "followup_history",
    "minutes_event",
    "minutes_signature",
    "order_step",
    "outbox_message_history",
    "patient_link_history",
    "prescription_event",
    "referral_note",
    "referral_step",
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
