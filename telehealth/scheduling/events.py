"""What happened to an appointment; heard by links, messages, calls and visits in the same unit of work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFact:
    """The facts each of these events carries; `version` is the one the act led to."""

    appointment_id: UUID
    version: int
    patient_id: UUID
    visit_id: UUID
    station_facility_id: UUID
    doctor_membership_id: UUID
    starts_at: datetime
    ends_at: datetime


class AppointmentHeld(AppointmentFact):
    """A slot is kept for a form, or the form's hold moved to another slot."""


class AppointmentRequested(AppointmentFact):
    """A held slot was confirmed, and somebody has to accept it."""


class AppointmentBooked(AppointmentFact):
    """A time is agreed: a held slot was confirmed, or a request accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentMoved(AppointmentFact):
    """Another time, another doctor, or both; `is_agreed` false while somebody has yet to accept."""

    was_starts_at: datetime
    was_doctor_membership_id: UUID
    is_agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentDeclined(AppointmentFact):
    """A request nobody takes: rejected with a coded reason, or `unanswered` in time."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCancelled(AppointmentFact):
    """An agreed time was called off, or a request withdrawn before it was answered."""

    was_agreed: bool


class AbsenceNoted(AppointmentFact):
    """The agreed hour passed and somebody was not there, or the line was not; the patient or not."""


class AppointmentMissed(AppointmentFact):
    """The patient did not come."""


class AbsenceTakenBack(AppointmentFact):
    """An absence was noted in error: the patient is there."""


class AppointmentAborted(AppointmentFact):
    """A running appointment broke off for a technical reason."""


class AppointmentUnsupported(AppointmentFact):
    """The hours no longer hold an agreed time: somebody must find another. Its state is what it was."""


class AppointmentSupported(AppointmentFact):
    """The hours hold an agreed time again that they did not."""


class AppointmentBookedAtOnce(AppointmentFact):
    """A doctor accepted an urgent request: the time is now, and nobody has to be told by text."""


class AppointmentLetGo(AppointmentFact):
    """An appointment made at once was given up without having begun: whoever accepted did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentHandedOver(AppointmentFact):
    """Another doctor took a running call over: the time is what it was, and nobody has to be told by text."""

    was_doctor_membership_id: UUID


class AppointmentStarted(AppointmentFact):
    """The doctor joined."""


class AppointmentCompleted(AppointmentFact):
    """The appointment took place to its end."""
