"""Pure rules of referrals: how urgent, by when an answer is due, how the patient travels."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import paragraphs

TEXT_LIMIT: Final = 4_000
COME_WITHIN: Final = timedelta(days=366)
JUST_NOW: Final = timedelta(minutes=5)
"""Who is to come at once has that time typed before the form is sent."""


class Urgency(StrEnum):
    """How soon the patient has to be there."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"


ANSWER_WITHIN: Final = MappingProxyType(
    {
        Urgency.EMERGENCY: timedelta(minutes=15),
        Urgency.URGENT: timedelta(hours=2),
        Urgency.ROUTINE: timedelta(hours=24),
    }
)
"""By when the receiving side is to answer; the clock runs day and night, as patients do."""


class Transport(StrEnum):
    """How the patient travels."""

    OWN = "own"
    STATION = "station"
    AMBULANCE = "ambulance"


class DeclineReason(StrEnum):
    """Why a facility cannot take a patient."""

    NO_BED = "no_bed"
    NO_SPECIALTY = "no_specialty"
    NOT_NEEDED = "not_needed"
    NEEDS_HIGHER = "needs_higher"


class NoteKind(StrEnum):
    """Who says what in the thread of a referral."""

    MESSAGE = "message"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    RETURNED = "returned"


class StepKind(StrEnum):
    """What the record of a referral tells."""

    WRITTEN = "written"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    MESSAGE = "message"
    RETURNED = "returned"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Clocks:
    """When a referral sent now reminds and is late."""

    remind_at: datetime
    answer_by: datetime


def clocks(urgency: Urgency, now: datetime) -> Clocks:
    """Return the clocks of a referral sent now: the reminder when half of the term is over."""
    term = ANSWER_WITHIN[urgency]
    return Clocks(now + term / 2, now + term)


def accept_words(text: str, field: str, *, is_needed: bool = False) -> str:
    """Return words as stored; raise `referral-words-missing`, `text-too-long`."""
    words = paragraphs(text)
    if is_needed and not words:
        raise InvalidError("referral-words-missing", field=field)
    if len(words) > TEXT_LIMIT:
        raise InvalidError("text-too-long", field=field, limit=TEXT_LIMIT)
    return words


def accept_coming(at: datetime | None, now: datetime) -> datetime | None:
    """Return when the patient is to come; raise `referral-time-past` for what is no time to come at."""
    if at is not None and not now - JUST_NOW <= at <= now + COME_WITHIN:
        raise InvalidError("referral-time-past", field="come_at")
    return at
