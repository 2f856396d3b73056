"""The doctor's right to the patient's data: it comes with an appointment and goes with it."""

from datetime import datetime

from sqlmodel import Session

from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.kit.policy import policy_of
from telehealth.scheduling.models import Appointment


def begin_right(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """Let the appointment's doctor see the patient from now on."""
    open_grant(
        session,
        patient_id=appointment.patient_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=appointment.doctor_membership_id,
        basis=Basis.APPOINTMENT,
        source_id=appointment.id,
        now=now,
    )


def pass_right(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """Let the doctor it has now see the patient, and no doctor it had before."""
    end_right(session, appointment, now=now)
    begin_right(session, appointment, now=now)


def end_right(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """End the right at once: the doctor has no part in the patient's care."""
    close_grants(session, source_id=appointment.id, until_at=now)


def let_right_run_out(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """Leave the right for the days a deployment grants after the doctor's part is over."""
    close_grants(session, source_id=appointment.id, until_at=now + policy_of(session).grant_after_visit)
