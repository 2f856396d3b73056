"""Reading lists on record: who looked at whose."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.checks.models import CheckRound
from telehealth.kit.actors import Actor


def note_list(session: Session, actor: Actor, rounds: Sequence[CheckRound], *, now: datetime) -> None:
    """Note that a list was read: one row with the ids inside, none for an empty list."""
    if rounds:
        facts = {"ids": [str(each.id) for each in rounds]}
        record(session, actor, "check.read", subject_kind="check", facts=facts, now=now)
