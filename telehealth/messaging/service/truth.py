"""Asking those who know whether what messages say still holds."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.ports import Checkers, Claimed


def those_true(
    session: Session, checkers: Checkers, messages: Collection[OutboxMessage], now: datetime
) -> set[UUID]:
    """Return the ids of those messages that still hold, with one look for each kind of subject.

    Raises KeyError where nobody here knows the kind of one of them.
    """
    by_kind: dict[str, dict[UUID, Claimed]] = {}
    for each in messages:
        claims = by_kind.setdefault(each.subject_kind, {})
        claims[each.id] = Claimed(each.template, each.subject_id, each.subject_version)
    found: set[UUID] = set()
    for kind, claims in by_kind.items():
        true = set(checkers[kind](session, set(claims.values()), now))
        found |= {message_id for message_id, claim in claims.items() if claim in true}
    return found
