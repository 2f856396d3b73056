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


class AppointmentBooked(AppointmentFact):
    """A held slot was confirmed."""


class AppointmentCancelled(AppointmentFact):
    """An agreed time was called off."""


class AppointmentUnsupported(AppointmentFact):
    """The hours no longer hold an agreed time: somebody must find another. Its state is what it was."""


class AppointmentSupported(AppointmentFact):
    """The hours hold an agreed time again that they did not."""


class AppointmentStarted(AppointmentFact):
    """The doctor joined."""


class AppointmentCompleted(AppointmentFact):
    """The appointment took place to its end."""
