"""Who comes in as what, and how long a ticket lives. Pure."""

from dataclasses import dataclass
from datetime import timedelta
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


COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"
INTERRUPTED: Final = "interrupted"


class MemberRole(StrEnum):
    """What somebody is in the room."""

    DOCTOR = "doctor"
    STATION = "station"
    PATIENT = "patient"


class EventKind(StrEnum):
    """What the journal of a call tells."""

    OPENED = "opened"
    KNOCKED = "knocked"
    JOINED = "joined"
    ADMITTED = "admitted"
    CONFIRMED = "confirmed"
    LEFT = "left"
    STARTED = "started"
    ENDED = "ended"


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
        """Doctor and station come in at once, let others in, and end the call."""
        return self.role is not MemberRole.PATIENT


def staff_role(actor: Actor, doctor_membership_id: UUID) -> MemberRole:
    """Return what a membership in scope is in the room: the appointment's doctor, or the station."""
    return MemberRole.DOCTOR if actor.ref == doctor_membership_id else MemberRole.STATION


def loses_admission(reason: str) -> bool:
    """Tell whether somebody who left for this reason must be admitted anew."""
    return reason in {"declined", "removed", "revoked"}
