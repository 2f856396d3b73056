"""A link was lost: a number is typed, and a job looks whose it is.

Whoever asks does the same whatever was typed: one count and one row. So neither the words nor the time of
the answer tell whether a number is known here.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.crypto import keyring_of
from telehealth.links import queries
from telehealth.links.models import LostLink
from telehealth.links.rules import LOST_IN_ALL, LOST_LINKS
from telehealth.links.service.refusing import count_refusal

MANY: Final = "lost_many"
NUMBER: Final = "lost_number"


def ask_for_link(session: Session, phone_e164: str, *, now: datetime) -> None:
    """Note that somebody asks for the links of a number; when too many wait, only count it."""
    if queries.count_lost_waiting(session) >= LOST_IN_ALL:
        count_refusal(session, MANY, now=now)
        return
    index = keyring_of(session).blind(phone_e164, "phone")
    session.add(LostLink(number_index=index, asked_at=now))
    session.flush()


def take_lost(session: Session, asked_id: UUID, *, now: datetime) -> LostLink | None:
    """Lock an asking that is to be looked at; the caller ends it with `settle_lost`.

    None where somebody else is at it, or for a number that asked too often: that is settled at once.
    """
    asked = queries.lock_lost(session, asked_id)
    if asked is None:
        return None
    since = now - LOST_LINKS.span
    if queries.count_lost(session, asked.number_index, since=since, before=asked) < LOST_LINKS.per_number:
        return asked
    count_refusal(session, NUMBER, now=now)
    settle_lost(session, asked, "refused", sent=0, now=now)
    return None


def settle_lost(session: Session, asked: LostLink, outcome: str, *, sent: int, now: datetime) -> None:
    """Note what became of an asking: `sent`, `unknown`, `refused`, `failed`."""
    asked.looked_at = now
    asked.outcome = outcome
    asked.sent = sent
    session.add(asked)
    session.flush()
