"""Reading appointments on record: who looked at whose."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.scheduling import queries
from telehealth.scheduling.models import Appointment


def read_appointment(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Return an appointment in scope and note that it was read. Raises `appointment-not-found`."""
    appointment = queries.get_appointment(session, actor, appointment_id, now=now)
    record(
        session,
        actor,
        "appointment.read",
        subject_kind="appointment",
        subject_id=appointment.id,
        patient_id=appointment.patient_id,
        now=now,
    )
    return appointment


def read_request(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Return an appointment the actor may arrange, and note that it was read.

    Raises `appointment-not-found`.
    """
    appointment = queries.get_to_arrange(session, actor, appointment_id, now=now)
    record(
        session,
        actor,
        "appointment.read",
        subject_kind="appointment",
        subject_id=appointment.id,
        patient_id=appointment.patient_id,
        now=now,
    )
    return appointment


def note_list(
    session: Session, actor: Actor, action: str, appointments: Sequence[Appointment], *, now: datetime
) -> None:
    """Note that a list was read: one row with the ids inside, none for an empty list."""
    if appointments:
        ids = [str(appointment.id) for appointment in appointments]
        record(session, actor, action, subject_kind="appointment", facts={"ids": ids}, now=now)
