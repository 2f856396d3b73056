"""A link was lost: a number is typed, and a job looks whose it is.

Whoever asks does the same whatever was typed: one count and one row. So neither the words nor the time of
the answer tell whether a number is known here.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, exists

from telehealth.kit.crypto import keyring_of
from telehealth.links import queries
from telehealth.links.models import LostLink
from telehealth.links.rules import LOST_IN_ALL, LOST_LINKS
from telehealth.links.service.refusing import count_refusal
from telehealth.patients.models import Contact

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


def settle_unknown(session: Session, *, now: datetime) -> int:
    """Note that nothing comes of the waiting askings whose number is nobody's contact; return how many.

    One statement for all of them: invented numbers, however many, hold up nobody who waits.
    """
    is_known = exists().where(col(Contact.phone_index) == LostLink.number_index)
    query = (
        update(LostLink)
        .where(col(LostLink.looked_at).is_(None), ~is_known)
        .values(looked_at=now, outcome="unknown", sent=0)
    )
    return int(session.exec(query).rowcount)


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
