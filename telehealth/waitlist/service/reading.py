"""Reading the wait list on record: who looked at whose."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.waitlist.models import WaitlistEntry


def note_list(
    session: Session, actor: Actor, action: str, entries: Sequence[WaitlistEntry], *, now: datetime
) -> None:
    """Note that a list was read: one row with the ids inside, none for an empty list."""
    if entries:
        facts = {"ids": [str(entry.id) for entry in entries]}
        record(session, actor, action, subject_kind="waitlist_entry", facts=facts, now=now)
