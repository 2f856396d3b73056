"""Whom a call may ring, for how long and how often. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from telehealth.calls.rules import MemberRole

RINGS_FOR: Final = timedelta(seconds=120)
"""Long enough to be called from the next room; whoever rang sees it run out and may ring again."""

AGAIN_AFTER: Final = timedelta(seconds=30)
"""A station's page sounds for as long as it rings; more often would only annoy."""

LINK_AGAIN_AFTER: Final = timedelta(minutes=5)
"""A text takes its time on a rural network: a second one in the same minute would pass the first."""

MOST_LINKS: Final = 3
"""Texts of one call to one patient."""

MOST_IN_ROOM: Final = 4
"""A mesh on a rural link carries no more (signaling.parts.MAX_ADMITTED)."""


class RingPurpose(StrEnum):
    """What somebody is rung for."""

    MISSING = "missing"
    COLLEAGUE = "colleague"
    INTERPRETER = "interpreter"
    HAND_OVER = "hand_over"


class RingWhom(StrEnum):
    """Who is rung."""

    STATION = "station"
    DOCTOR = "doctor"
    PATIENT = "patient"
    COLLEAGUE = "colleague"


ROLE_OF: Final = {
    RingWhom.STATION: MemberRole.STATION,
    RingWhom.DOCTOR: MemberRole.DOCTOR,
    RingWhom.PATIENT: MemberRole.PATIENT,
}
"""As what whoever is missing comes in."""

OPENS_RECORD: Final = frozenset({RingPurpose.COLLEAGUE})
"""For these whoever accepts may read the record while the call runs; a hand-over has the appointment's
own right, an interpreter needs none."""


class Rung(Protocol):
    """An earlier ring of the same call, as far as it counts here."""

    @property
    def whom(self) -> str: ...
    @property
    def rung_at(self) -> datetime: ...


def wait_before(whom: RingWhom, earlier: Sequence[Rung], *, now: datetime) -> timedelta | None:
    """Return how long must be waited before ringing again; nothing: now; None: no more in this call."""
    same = [each.rung_at for each in earlier if each.whom == whom]
    if whom is RingWhom.PATIENT and len(same) >= MOST_LINKS:
        return None
    pause = LINK_AGAIN_AFTER if whom is RingWhom.PATIENT else AGAIN_AFTER
    return max(max(same, default=now - pause) + pause - now, timedelta())


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody the doctor of a call may ask in, with what helps to choose."""

    membership_id: UUID
    name: str
    facility: str
    languages: tuple[str, ...] = ()
    is_doctor: bool = False
    is_on_duty: bool = False
    is_in_call: bool = False

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Those who can come soonest first: on duty, not in another call, doctors before others."""
        return (self.is_in_call, not self.is_on_duty, not self.is_doctor)


def may_be_asked(colleague: Colleague, purpose: RingPurpose) -> bool:
    """Tell whether somebody can be asked for this: only a doctor takes a call over or is asked for advice."""
    return colleague.is_doctor or purpose is RingPurpose.INTERPRETER
