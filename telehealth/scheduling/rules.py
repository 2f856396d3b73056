"""Pure rules of booking: wall clocks, terms of a service, claimed intervals, coded reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from telehealth.kit.spans import Span

MAX_WINDOW_DAYS: Final = 62
"""How far one search may look; the service's horizon usually ends it earlier."""

MAX_HOLDS: Final = 10
"""Slots one person may keep from others at a time."""

CHECK_IN_EARLY: Final = timedelta(hours=12)
NO_SHOW_GRACE: Final = timedelta(minutes=10)


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
    """Whether the hours still hold an appointment: derived from them, see service/support.py."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"


class CancelReason(StrEnum):
    """Why an appointment is called off. Codes only: no free text about a patient."""

    PATIENT_ASKED = "patient_asked"
    PATIENT_REFERRED = "patient_referred"
    DOCTOR_UNAVAILABLE = "doctor_unavailable"
    STATION_UNAVAILABLE = "station_unavailable"
    BOOKED_BY_MISTAKE = "booked_by_mistake"


RELEASED: Final = "released"
"""The reason recorded when a hold is given back."""


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

    `form_id` names the form whose own hold does not stand in the way; `after` is the last slot of
    the page before. `language` is one the doctor speaks beside Vietnamese, which everybody does.
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
    part: Part | None = None
    limit: int = 20
    after: Slot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """The slot one form wants to keep while it is being filled in.

    `specialty`, `tiers` and `language` are what was searched for; alternatives to a taken slot follow them.
    """

    form_id: UUID
    visit_id: UUID
    patient_id: UUID
    doctor_membership_id: UUID
    starts_at: datetime
    consult_kind: str
    service_code: str = "standard"
    priority: Priority = Priority.ROUTINE
    specialty: str | None = None
    tiers: frozenset[str] | None = None
    language: str | None = None


def free_lane(busy: Iterable[Busy], span: Span, lanes: int) -> int | None:
    """Return the lowest lane that is free during the whole span, or None."""
    taken = {each.lane for each in busy if each.span.overlaps(span)}
    return next((lane for lane in range(lanes) if lane not in taken), None)
