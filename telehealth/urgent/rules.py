"""Pure rules of urgent requests: what is ticked, who is rung next, when the next level is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from telehealth.scheduling.states import AppointmentState

LEVELS_AT_ONCE: Final = {"urgent": 1, "emergency": 2}
"""How many levels ring from the first second."""


class UrgentPriority(StrEnum):
    """How soon a doctor is needed; both mean now, an emergency rings two levels at once."""

    URGENT = "urgent"
    EMERGENCY = "emergency"


class DangerSign(StrEnum):
    """What a station ticks before it presses. Codes only: a doctor sees them before accepting."""

    BREATHING = "breathing"
    UNCONSCIOUS = "unconscious"
    CONVULSION = "convulsion"
    CHEST_PAIN = "chest_pain"
    STROKE = "stroke"
    BLEEDING = "bleeding"
    SHOCK = "shock"
    ALLERGY = "allergy"
    PREGNANCY = "pregnancy"
    CHILD = "child"


class AgeBand(StrEnum):
    """How old the patient is, as coarsely as the decision to accept needs it."""

    INFANT = "infant"
    CHILD = "child"
    ADOLESCENT = "adolescent"
    ADULT = "adult"
    OLD = "old"


class DeclineReason(StrEnum):
    """Why a doctor does not accept."""

    WITH_PATIENT = "with_patient"
    IN_SURGERY = "in_surgery"
    OTHER_SPECIALTY = "other_specialty"
    NOT_HERE = "not_here"


class CancelReason(StrEnum):
    """Why a station calls its request off."""

    BETTER = "better"
    TRANSFERRED = "transferred"
    REACHED_BY_PHONE = "reached_by_phone"
    BY_MISTAKE = "by_mistake"


VISIT_WITHDRAWN: Final = "visit_withdrawn"
"""Why a request ends with its visit; nobody chooses it."""


VISIT_SIGNED: Final = "visit_signed"
"""Why a request ends whose visit was signed while it rang; nobody chooses it."""


class CloseReason(StrEnum):
    """What became of a request that nobody answered."""

    TRANSFERRED = "transferred"
    REACHED_BY_PHONE = "reached_by_phone"
    SEEN_LATER = "seen_later"
    BETTER = "better"
    DIED = "died"


COMES_TO_NOTHING: Final = frozenset({CancelReason.BY_MISTAKE, CancelReason.BETTER, CloseReason.BETTER})
"""Reasons after which there is nothing to write of a call that no doctor came for."""


class StepKind(StrEnum):
    """What the record of a request tells."""

    PRESSED = "pressed"
    RUNG = "rung"
    NOBODY_ON_DUTY = "nobody_on_duty"
    SEEN = "seen"
    DECLINED = "declined"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    LEASE_LOST = "lease_lost"
    RELEASED = "released"
    ANSWERED = "answered"
    NOBODY_ANSWERED = "nobody_answered"
    RUNG_AGAIN = "rung_again"
    CANCELLED = "cancelled"
    DONE = "done"
    CLOSED = "closed"


def age_band(years: int) -> AgeBand:
    """Return the band of an age in whole years."""
    bands = ((1, AgeBand.INFANT), (6, AgeBand.CHILD), (16, AgeBand.ADOLESCENT), (60, AgeBand.ADULT))
    return next((band for below, band in bands if years < below), AgeBand.OLD)


def priority_of(signs: Sequence[DangerSign]) -> UrgentPriority:
    """Return how soon: any sign of danger makes it an emergency, nobody has to choose."""
    return UrgentPriority.EMERGENCY if signs else UrgentPriority.URGENT


def ladder(first: UUID, next_of: Callable[[UUID], UUID | None]) -> tuple[UUID, ...]:
    """Return the pools to ask, one level after the other; a circle is walked once."""
    pools = [first]
    while (following := next_of(pools[-1])) is not None and following not in pools:
        pools.append(following)
    return tuple(pools)


def is_to_come(status: str, starts_at: datetime, now: datetime) -> bool:
    """Tell whether an agreed or asked time lies ahead and nobody has come for it: who worsens cannot wait."""
    return status in (AppointmentState.REQUESTED, AppointmentState.BOOKED) and starts_at > now
