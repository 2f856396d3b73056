"""What follows an appointment's events, in their transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, null, union_all
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from telehealth.followup.models import Task
from telehealth.followup.queries import agreed_version
from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.booking import follow_visit
from telehealth.followup.service.missed import end_offer
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.followup.service.telling import tell_appointment, tell_cancelled
from telehealth.followup.service.unreached import phone_instead
from telehealth.followup.states import LIVE_TASKS, PlanCommand
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link, revoke_links
from telehealth.messaging.service import skip_messages
from telehealth.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentDeclined,
    AppointmentFact,
    AppointmentMoved,
    AppointmentRequested,
)
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import MOVED_EARLIER
from telehealth.scheduling.states import AppointmentState


def on_appointment_booked(session: Session, event: AppointmentBooked, now: datetime) -> None:
    """Issue the link to see, confirm and join, and queue the text that carries it, or ask to phone."""
    _close_needless(session, event, now)
    _tell_time(session, event, now)
    follow_visit(session, event.visit_id, PlanCommand.BOOK, now=now)


def on_appointment_requested(session: Session, event: AppointmentRequested, now: datetime) -> None:
    """Tell the patient nothing before somebody has accepted; the station has done its part."""
    _close_needless(session, event, now)
    follow_visit(session, event.visit_id, PlanCommand.BOOK, now=now)


def on_appointment_moved(session: Session, event: AppointmentMoved, now: datetime) -> None:
    """Take back the old time with its links and tell the new one; another doctor alone is not told.

    What was queued for the old time is found untrue at sending even where this were forgotten.
    """
    appointment = session.get_one(Appointment, event.appointment_id)
    if not event.is_agreed or agreed_version(session, appointment) != event.version:
        return
    revoke_links(session, subject_id=event.appointment_id, now=now, reason="appointment-moved")
    skip_messages(session, subject_id=event.appointment_id, reason="appointment-moved", now=now)
    close_tasks(session, event.appointment_id, Outcome.NEW_TIME, now=now)
    _tell_time(session, event, now)


def on_appointment_declined(session: Session, event: AppointmentDeclined, now: datetime) -> None:
    """Ask the station to choose another time: nobody takes the request. What was planned is not booked."""
    follow_visit(session, event.visit_id, PlanCommand.UNBOOK, now=now)
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.BOOK_AGAIN,
        subject_kind=Subject.APPOINTMENT,
        subject_id=event.appointment_id,
        due_at=event.starts_at,
        detail=event.reason,
        now=now,
    )


def on_appointment_cancelled(session: Session, event: AppointmentCancelled, now: datetime) -> None:
    """End the links, take back what has not been sent, tell the patient, close the tasks.

    Of a time that gave way to an earlier one only the new time is told.
    """
    revoke_links(session, subject_id=event.appointment_id, now=now, reason="appointment-cancelled")
    skip_messages(session, subject_id=event.appointment_id, reason="appointment-cancelled", now=now)
    close_tasks(session, event.appointment_id, Outcome.NOT_NEEDED, now=now)
    if event.was_agreed:
        appointment = session.get_one(Appointment, event.appointment_id)
        if appointment.cancel_reason != MOVED_EARLIER:
            phone_instead(session, tell_cancelled(session, appointment, now=now), now=now)
    follow_visit(session, event.visit_id, PlanCommand.UNBOOK, now=now)


def on_appointment_completed(session: Session, event: AppointmentCompleted, now: datetime) -> None:
    """Note that the patient came back as planned."""
    follow_visit(session, event.visit_id, PlanCommand.COMPLETE, now=now)


def _tell_time(session: Session, event: AppointmentFact, now: datetime) -> None:
    link = issue_link(
        session,
        purpose="join",
        patient_id=event.patient_id,
        facility_id=event.station_facility_id,
        subject_id=event.appointment_id,
        expires_at=expires_at("join", event.ends_at),
        now=now,
    )
    appointment = session.get_one(Appointment, event.appointment_id)
    # It set the time itself.
    message = tell_appointment(session, appointment, link, now=now, version=event.version)
    phone_instead(session, message, now=now)


def _close_needless(session: Session, event: AppointmentFact, now: datetime) -> None:
    """Close what asked to book again for the same visit, and what was offered for a missed one."""
    asked = {"visit": event.visit_id, "appointment": event.appointment_id}
    for subject_id, status in session.connection().execute(_NEEDLESS, asked).all():
        kind = TaskKind.BOOK_AGAIN if status is not None else TaskKind.WAIT_ENDED
        close_tasks(session, subject_id, Outcome.NEW_TIME, kind=kind, now=now)
        if status == AppointmentState.NO_SHOW:
            end_offer(session, subject_id, now=now)


_NEEDLESS: CompoundSelect[Any] = union_all(
    core_select(col(Appointment.id), col(Appointment.status)).where(
        col(Appointment.visit_id) == bindparam("visit"), col(Appointment.id) != bindparam("appointment")
    ),
    core_select(col(Task.subject_id), null()).where(
        col(Task.subject_id) == bindparam("visit"),
        col(Task.kind) == TaskKind.WAIT_ENDED,
        col(Task.state).in_(LIVE_TASKS),
    ),
)
"""The visit's other appointments, and the visit itself where somebody is to find it a time: one statement."""
