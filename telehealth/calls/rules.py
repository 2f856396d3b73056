"""Who comes in as what, how long a ticket lives, and how long a wait. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from telehealth.kit.actors import Actor
from telehealth.scheduling.states import AppointmentState

TICKET_LIFE: Final = timedelta(seconds=60)
"""OWASP ASVS 5.0 4.4.4: a dedicated, short-lived token opens the socket."""

CHAT_KEPT_AT_HAND: Final = 200
"""Lines of chat shown to whoever comes in; all are kept."""

JOINABLE: Final = frozenset(
    {AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.IN_PROGRESS}
)
"""States of an appointment in which its call can be joined."""


NOTICES: Final = (5, 10, 20, 30)
"""Minutes a doctor may have those who wait told: chosen, not typed, so that nothing else can be said."""

OVERRUN: Final = timedelta(minutes=5)
"""What a consultation that runs past its end is thought to take yet."""

COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"
INTERRUPTED: Final = "interrupted"
BY_PHONE: Final = "by_phone"


class MemberRole(StrEnum):
    """What somebody is in the room."""

    DOCTOR = "doctor"
    STATION = "station"
    PATIENT = "patient"
    GUEST = "guest"

    @property
    def runs_the_call(self) -> bool:
        """Doctor and station let others in and end the call."""
        return self in {MemberRole.DOCTOR, MemberRole.STATION}


class EventKind(StrEnum):
    """What the journal of a call tells."""

    OPENED = "opened"
    KNOCKED = "knocked"
    JOINED = "joined"
    ADMITTED = "admitted"
    CONFIRMED = "confirmed"
    LEFT = "left"
    STARTED = "started"
    NOTICED = "noticed"
    ENDED = "ended"
    HELD = "held"
    RESUMED = "resumed"
    SHARED = "shared"
    UNSHARED = "unshared"
    RUNG = "rung"
    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    REOPENED = "reopened"
    LOST = "lost"
    RETURNED = "returned"
    AWAY = "away"
    BACK = "back"
    LEVEL = "level"
    RESTARTED = "restarted"
    RENEWED = "renewed"
    PICTURE = "picture"


GONE: Final = frozenset({EventKind.LOST, EventKind.AWAY})
BACK: Final = frozenset({EventKind.RETURNED, EventKind.BACK})
"""Who is in the room by the book may not be reached there: the line is down, or the page was closed."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """How somebody comes into a room."""

    role: MemberRole
    display_name: str
    device_id: UUID
    sign_in_id: UUID | None = None
    co_located: bool = False

    @property
    def is_staff(self) -> bool:
        """Doctor, station and whom the doctor asked in come in at once."""
        return self.role is not MemberRole.PATIENT


def staff_role(actor: Actor, doctor_membership_id: UUID, *, is_asked_in: bool = False) -> MemberRole:
    """Return what a membership is in the room: the appointment's doctor, who was asked in, or the station."""
    if actor.ref == doctor_membership_id:
        return MemberRole.DOCTOR
    return MemberRole.GUEST if is_asked_in else MemberRole.STATION


def loses_admission(reason: str) -> bool:
    """Tell whether somebody who left for this reason must be admitted anew."""
    return reason in {"declined", "removed", "revoked", "moved"}


@dataclass(frozen=True, slots=True)
class Notice:
    """What the doctor had those who wait told: about so many minutes, counted from `at`."""

    minutes: int
    at: datetime

    @property
    def until(self) -> datetime:
        """When the wait should be over by it."""
        return self.at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Turn:
    """One appointment of a doctor's day: whether the doctor is in its room, whether somebody may yet come."""

    starts_at: datetime
    ends_at: datetime
    is_current: bool = False
    is_expected: bool = True


@dataclass(frozen=True, slots=True)
class Wait:
    """What somebody who waits may expect: how many the doctor sees before, and in how many minutes."""

    ahead: int
    minutes: int
    is_busy: bool
    notice: Notice | None = None


def wait_of(own: Turn, others: Sequence[Turn], notice: Notice | None, *, now: datetime) -> Wait:
    """Tell how long a turn has yet to wait, the doctor's others being what they are.

    Who is booked before and may yet come is seen before. What the doctor said holds for as long as it said.
    """
    current = [each for each in others if each.is_current]
    before = [
        each
        for each in sorted(others, key=lambda one: one.starts_at)
        if each.is_expected and not each.is_current and each.starts_at < own.starts_at
    ]
    free_at = max([now, *(max(each.ends_at, now + OVERRUN) for each in current)])
    for each in before:
        free_at = max(free_at, each.starts_at) + (each.ends_at - each.starts_at)
    begins_at = now if own.is_current else max(free_at, own.starts_at)
    said = notice if notice is not None and notice.until > now else None
    seconds = ((said.until if said else begins_at) - now).total_seconds()
    return Wait(len(current) + len(before), -int(-seconds // 60), bool(current), said)
