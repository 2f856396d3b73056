"""What happened to calls; heard in the same unit of work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """The doctor came into the call for the first time; `by` is the doctor's membership."""

    room_id: UUID
    appointment_id: UUID
    visit_id: UUID
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParted:
    """The doctor, `by`, left a call in which nobody had met them."""

    room_id: UUID
    appointment_id: UUID
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitChanged:
    """Those who wait in a room are to be told something: of their wait, or that the call was moved."""

    room_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsChanged:
    """Who is what in a room, or whether a patient was recognised, is other than it was: the signalling has to
    look.
    """

    room_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRung:
    """A patient is missing in a running call: the link is to be sent again."""

    appointment_id: UUID
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRung:
    """The doctor of a call is missing and rung, until then at the latest."""

    ring_id: UUID
    membership_id: UUID
    until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRingOver:
    """That ring was answered, or is needed no more."""

    ring_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The call is over for everybody; `by` is the membership that ended it, none for the program.

    `was_held`: the doctor and the patient's side met in it.
    """

    room_id: UUID
    appointment_id: UUID
    visit_id: UUID
    by: UUID | None
    reason: str
    was_live: bool
    was_held: bool
