"""Pure rules of booking: wall clocks, terms of a service, claimed intervals, coded reasons."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from telehealth.availability.rules import GRID_MINUTES, Terms
from telehealth.duty.rules import PoolPolicy
from telehealth.kit.spans import Span

MAX_WINDOW_DAYS: Final = 62
"""How far one search may look; the service's horizon usually ends it earlier."""

MAX_HOLDS: Final = 10
"""Slots one person may keep from others at a time."""

MAX_KEPT: Final = timedelta(hours=4)
"""How long any hold may stand, whatever was asked for."""

URGENT_SERVICE: Final = "urgent"
"""Code of the service type of appointments that are made at once."""

STANDARD_SERVICE: Final = "standard"
"""Code of what is booked where nothing else is said."""

SPECIALIST_SERVICE: Final = "hoi_chan"
"""Code of an opinion of a specialist, asked for by a station that treats itself."""

AT_ONCE_GRID: Final = 300
"""Seconds: an appointment made at once begins with the five minutes it is made in, where they are free."""

CHECK_IN_EARLY: Final = timedelta(hours=12)
NO_SHOW_GRACE: Final = timedelta(minutes=10)
UNDO_WITHIN: Final = timedelta(minutes=15)
"""How long an absence noted in error can be taken back."""


class Part(StrEnum):
    """The half of the day a slot starts in, by the wall clock."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Priority(StrEnum):
    """How soon the patient should be seen."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class PatientPlace(StrEnum):
    """Where the patient will be during the appointment."""

    STATION = "station"
    HOME = "home"


class Support(StrEnum):
    """Whether the hours still hold an appointment: derived from them, see service/support.py.

    What a coordinator agreed past the hours does not rest on them, and changing them strands none of it.
    """

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    OVERRIDDEN = "overridden"


class CancelReason(StrEnum):
    """Why an appointment is called off. Codes only: no free text about a patient."""

    PATIENT_ASKED = "patient_asked"
    PATIENT_REFERRED = "patient_referred"
    DOCTOR_UNAVAILABLE = "doctor_unavailable"
    STATION_UNAVAILABLE = "station_unavailable"
    BOOKED_BY_MISTAKE = "booked_by_mistake"


REBOOK: Final = "rebook"
"""What history calls the first row of an appointment that replaces one that broke off."""

RELEASED: Final = "released"
"""The reason recorded when a hold is given back."""

TURNED_TO_LATER: Final = "turned_to_later"
"""The reason recorded when the doctor answers the visit in writing instead."""

MOVED_EARLIER: Final = "moved_earlier"
"""The reason recorded when an earlier time offered from the wait list takes an appointment's place."""


class AcceptMode(StrEnum):
    """Who accepts what a station asks for; nobody has to where it is `auto`."""

    AUTO = "auto"
    DOCTOR = "doctor"
    COORDINATOR = "coordinator"


class RejectReason(StrEnum):
    """Why a request is not taken. Codes only: no free text about a patient."""

    NOT_FREE = "not_free"
    OTHER_SPECIALTY = "other_specialty"
    NEEDS_TRANSFER = "needs_transfer"
    NOT_ENOUGH_KNOWN = "not_enough_known"


UNANSWERED: Final = "unanswered"
"""The reason given when nobody answered a request in time."""


class OverrideReason(StrEnum):
    """Why a coordinator books past the rules."""

    DOCTOR_AGREED = "doctor_agreed"
    URGENT_NEED = "urgent_need"
    LONG_JOURNEY = "long_journey"
    PUT_RIGHT = "put_right"


class AbortReason(StrEnum):
    """The technical reason a running appointment could not go on."""

    NETWORK = "network"
    POWER = "power"
    DEVICE = "device"


class AbsentParty(StrEnum):
    """Who did not come; never one undifferentiated "missed"."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    STATION = "station"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Busy:
    """A live claim in one lane of a resource."""

    lane: int
    span: Span


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A computed bookable span of one doctor; never stored. Sorts earliest first."""

    starts_at: datetime
    doctor_membership_id: UUID
    ends_at: datetime

    def as_fact(self) -> dict[str, str]:
        """Return the slot as the JSON API writes it."""
        return {
            "doctor_membership_id": str(self.doctor_membership_id),
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSearch:
    """What is looked for: over all doctors who qualify, within whole local days.

    `form_id` names the form whose own hold does not stand in the way, `besides` the appointment that is to
    move; `after` is the last slot of the page before. `language` is one the doctor speaks beside
    Vietnamese, which everybody does.
    """

    from_on: date
    to_on: date
    patient_id: UUID | None = None
    form_id: UUID | None = None
    service_code: str = "standard"
    specialty: str | None = None
    tiers: frozenset[str] | None = None
    doctor_membership_id: UUID | None = None
    pool_id: UUID | None = None
    language: str | None = None
    besides: UUID | None = None
    part: Part | None = None
    limit: int = 20
    after: Slot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """The slot one form wants to keep while it is being filled in: of a doctor, or of a pool's choice.

    `specialty`, `tiers` and `language` are what was searched for: alternatives to a taken slot and the
    pool's choice follow them.
    `kept_for` keeps it longer than the service says, within MAX_KEPT and never past the start;
    `in_place_of` is the visit's own appointment that the held slot is to follow; `is_agreed` says that
    whoever answers for the doctor offered it, so that nobody has to accept it.
    """

    form_id: UUID
    visit_id: UUID
    patient_id: UUID
    starts_at: datetime
    consult_kind: str
    doctor_membership_id: UUID | None = None
    pool_id: UUID | None = None
    service_code: str = "standard"
    priority: Priority = Priority.ROUTINE
    specialty: str | None = None
    tiers: frozenset[str] | None = None
    language: str | None = None
    kept_for: timedelta | None = None
    in_place_of: UUID | None = None
    is_agreed: bool = False


class Ended(Protocol):
    """An appointment, as far as it decides whether it goes ahead of the queue."""

    @property
    def status(self) -> str: ...
    @property
    def no_show_party(self) -> str | None: ...


def can_rebook(appointment: Ended) -> bool:
    """Tell whether it broke off, or failed for no fault of the patient: then it goes ahead of the queue."""
    is_absence = appointment.status == "no_show" and appointment.no_show_party != AbsentParty.PATIENT
    return appointment.status == "aborted" or is_absence


def span_at_once(busy: Iterable[Span], now: int, seconds: int) -> Span | None:
    """Return the time that begins now and ends where the next claim begins; None if one covers now.

    It begins with the five minutes that are running, or where the claim before it ended.
    """
    others = list(busy)
    if any(each.start <= now < each.end for each in others):
        return None
    start = max([now - now % AT_ONCE_GRID, *(each.end for each in others if each.end <= now)])
    end = min([start + seconds, *(each.start for each in others if each.start > now)])
    return Span(start, end)


def kept_terms(terms: Terms) -> Terms:
    """Return the terms for an agreed time that is kept: where others may begin, and until when, is no matter.

    Steps, notice and horizon may have become others since, and say only what can be agreed anew.
    """
    days = max(terms.horizon_days, MAX_WINDOW_DAYS)
    return replace(terms, notice=0, step=GRID_MINUTES, offset=0, horizon_days=days)


def free_lane(busy: Iterable[Busy], span: Span, lanes: int) -> int | None:
    """Return the lowest lane that is free during the whole span, or None."""
    taken = {each.lane for each in busy if each.span.overlaps(span)}
    return next((lane for lane in range(lanes) if lane not in taken), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A doctor of a pool who could take an appointment, with what speaks for them."""

    doctor_membership_id: UUID
    weight: int = 1
    priority: int = 0
    credit_minutes: int = 0
    minutes: int = 0
    last_at: datetime | None = None
    knows_patient: bool = False

    @property
    def load(self) -> float:
        """Minutes assigned within the pool's window for each part of their weight."""
        return (self.minutes + self.credit_minutes) / self.weight

    def as_fact(self) -> dict[str, object]:
        """Return the candidate as history keeps it: the choice can be explained later."""
        return {
            "doctor": str(self.doctor_membership_id),
            "priority": self.priority,
            "minutes": self.minutes,
            "credit": self.credit_minutes,
            "weight": self.weight,
            "last_at": self.last_at.isoformat() if self.last_at else None,
            "knows_patient": self.knows_patient,
        }


def rank(policy: PoolPolicy, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates in the order a pool asks them.

    Whoever knows the patient where the policy says so, then by priority unless only the load counts,
    then the least loaded, then who was assigned least recently, then by id: the same every time.
    """

    def key(each: Candidate) -> tuple[bool, int, float, float, UUID]:
        return (
            policy is PoolPolicy.CONTINUITY_FIRST and not each.knows_patient,
            0 if policy is PoolPolicy.LEAST_LOADED else each.priority,
            each.load,
            each.last_at.timestamp() if each.last_at else 0.0,
            each.doctor_membership_id,
        )

    return sorted(candidates, key=key)
