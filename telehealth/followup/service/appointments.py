"""What follows an appointment's events, in their transaction."""

from datetime import datetime

from sqlmodel import Session

from telehealth.followup.rules import Outcome
from telehealth.followup.service.booking import follow_visit
from telehealth.followup.service.tasks import close_tasks
from telehealth.followup.service.telling import tell_appointment, tell_cancelled
from telehealth.followup.states import PlanCommand
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link, revoke_links
from telehealth.messaging.service import skip_messages
from telehealth.scheduling.events import AppointmentBooked, AppointmentCancelled, AppointmentCompleted
from telehealth.scheduling.models import Appointment


def on_appointment_booked(session: Session, event: AppointmentBooked, now: datetime) -> None:
    """Issue the link to see, confirm and join, and queue the text that carries it."""
    appointment = session.get_one(Appointment, event.appointment_id)
    link = issue_link(
        session,
        purpose="join",
        patient_id=event.patient_id,
        subject_id=event.appointment_id,
        expires_at=expires_at("join", event.ends_at),
        now=now,
    )
    tell_appointment(session, appointment, link, now=now)
    follow_visit(session, event.visit_id, PlanCommand.BOOK, now=now)


def on_appointment_cancelled(session: Session, event: AppointmentCancelled, now: datetime) -> None:
    """End the links, take back what has not been sent, tell the patient, close the tasks."""
    revoke_links(session, subject_id=event.appointment_id, now=now, reason="appointment-cancelled")
    skip_messages(session, subject_id=event.appointment_id, reason="appointment-cancelled", now=now)
    close_tasks(session, event.appointment_id, Outcome.NOT_NEEDED, now=now)
    tell_cancelled(session, session.get_one(Appointment, event.appointment_id), now=now)
    follow_visit(session, event.visit_id, PlanCommand.UNBOOK, now=now)


def on_appointment_completed(session: Session, event: AppointmentCompleted, now: datetime) -> None:
    """Note that the patient came back as planned."""
    follow_visit(session, event.visit_id, PlanCommand.COMPLETE, now=now)
