"""Pure rules of orders: what can be ordered, until when, and by when somebody must have seen it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import nfc, paragraphs
from telehealth.visits.vitals import VITALS, accept_all

WHAT_LIMIT: Final = 300
NOTE_LIMIT: Final = 2_000
PARTNERS: Final = MappingProxyType({"systolic": "diastolic", "diastolic": "systolic"})
"""The number that is measured with another: a blood pressure has two."""
MAX_ORDERS: Final = 20
"""Orders of one visit; more are no orders but a mistake."""


class OrderKind(StrEnum):
    """What can be ordered."""

    LAB = "lab"
    IMAGING = "imaging"
    MEASUREMENT = "measurement"
    PROCEDURE = "procedure"
    EDUCATION = "education"
    OTHER = "other"


class When(StrEnum):
    """Until when it is to be done; now: while the patient is there, before anything is signed."""

    NOW = "now"
    TODAY = "today"
    THREE_DAYS = "three_days"
    WEEK = "week"
    MONTH = "month"


DUE_WITHIN: Final = MappingProxyType(
    {
        When.NOW: timedelta(minutes=30),
        When.TODAY: timedelta(hours=8),
        When.THREE_DAYS: timedelta(days=3),
        When.WEEK: timedelta(days=7),
        When.MONTH: timedelta(days=30),
    }
)

SEEN_WITHIN: Final = MappingProxyType(
    {
        When.NOW: timedelta(minutes=5),
        When.TODAY: timedelta(hours=1),
        When.THREE_DAYS: timedelta(hours=4),
        When.WEEK: timedelta(hours=24),
        When.MONTH: timedelta(hours=24),
    }
)
"""By when somebody at the station must have seen it: then it reminds, and after as long again it climbs."""


class DeclineReason(StrEnum):
    """Why a station cannot do what was ordered."""

    NO_MEANS = "no_means"
    PATIENT_LEFT = "patient_left"
    PATIENT_REFUSES = "patient_refuses"
    UNSAFE_HERE = "unsafe_here"
    DONE_ELSEWHERE = "done_elsewhere"


class StepKind(StrEnum):
    """What the record of an order tells."""

    WRITTEN = "written"
    RELEASED = "released"
    SEEN = "seen"
    REMINDED = "reminded"
    CLIMBED = "climbed"
    OVERDUE = "overdue"
    DONE = "done"
    DECLINED = "declined"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Clocks:
    """When an order that is released now reminds, climbs and is late."""

    remind_at: datetime
    climb_at: datetime
    due_by: datetime


def clocks(when: When, now: datetime) -> Clocks:
    """Return the clocks of an order released now."""
    term = SEEN_WITHIN[when]
    return Clocks(now + term, now + 2 * term, now + DUE_WITHIN[when])


def accept_what(text: str) -> str:
    """Return what is ordered as one line; raise `order-empty`, `text-too-long`."""
    line = nfc(text)
    if not line:
        raise InvalidError("order-empty", field="what")
    if len(line) > WHAT_LIMIT:
        raise InvalidError("text-too-long", field="what", limit=WHAT_LIMIT)
    return line


def accept_words(text: str, field: str) -> str:
    """Return free words as stored; raise `text-too-long`."""
    words = paragraphs(text)
    if len(words) > NOTE_LIMIT:
        raise InvalidError("text-too-long", field=field, limit=NOTE_LIMIT)
    return words


def accept_code(kind: OrderKind, code: str | None) -> str | None:
    """Return which vital sign is to be measured; raise `order-code-unknown`."""
    if kind is not OrderKind.MEASUREMENT or not code:
        return None
    if code not in VITALS:
        raise InvalidError("order-code-unknown", field="code")
    return code


def accept_values(
    code: str | None, value: Decimal | None, other: Decimal | None = None
) -> dict[str, Decimal]:
    """Return what was measured by its code, a blood pressure as both its numbers or not at all.

    Raises `order-value-unasked`, `order-value-missing` and what the rules of vital signs refuse.
    """
    partner = PARTNERS.get(code or "")
    if (value is not None and code is None) or (other is not None and partner is None):
        raise InvalidError("order-value-unasked", field="value" if other is None else "other")
    given = {code: value, partner: other}
    if partner is not None and (value is None) != (other is None):
        raise InvalidError("order-value-missing", field=code if value is None else partner)
    return accept_all({name: each for name, each in given.items() if name is not None and each is not None})


def with_pressure(measured: Mapping[str, Decimal], words: str) -> str:
    """Return the words of a result after its blood pressure, where both numbers were taken."""
    if not {"systolic", "diastolic"} <= measured.keys():
        return words
    line = f"{measured['systolic']:f}/{measured['diastolic']:f} mmHg"
    return f"{line}\n{words}".strip()
