"""Who did not come gets a kind word, and the station what it takes to offer another time."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.availability.queries import station_hours
from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.followup.service.telling import tell_missed
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.patients.service import has_died
from telehealth.scheduling.events import AbsenceTakenBack, AppointmentMissed
from telehealth.scheduling.models import Appointment

WAITS: Final = timedelta(minutes=30)
"""An absence noted in error is taken back within minutes; nobody is told of it before."""

PHONE_WITHIN: Final = timedelta(hours=4)


def on_appointment_missed(session: Session, event: AppointmentMissed, now: datetime) -> None:
    """Queue the text by which the patient chooses a new time, and ask the station to phone.

    Nobody phones whoever died before the appointment was called off.
    """
    if has_died(session, event.patient_id):
        kind = TaskKind.CANCEL_APPOINTMENT
        close_tasks(session, event.appointment_id, Outcome.NOT_NEEDED, kind=kind, now=now)
        return
    link = issue_link(
        session,
        purpose="new_time",
        patient_id=event.patient_id,
        facility_id=event.station_facility_id,
        subject_id=event.appointment_id,
        expires_at=expires_at("new_time", event.ends_at),
        now=now,
    )
    missed = session.get_one(Appointment, event.appointment_id)
    tell_missed(session, missed, link, waits=WAITS, now=now)
    _ask_to_phone(session, event, now)


def on_absence_taken_back(session: Session, event: AbsenceTakenBack, now: datetime) -> None:
    """Nobody has to phone whoever is there after all."""
    close_tasks(session, event.appointment_id, Outcome.NOT_NEEDED, kind=TaskKind.VISIT_MISSED, now=now)


def _ask_to_phone(session: Session, event: AppointmentMissed, now: datetime) -> None:
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.VISIT_MISSED,
        subject_kind=Subject.APPOINTMENT,
        subject_id=event.appointment_id,
        due_at=station_hours(session, event.station_facility_id, now).next_open(now) + PHONE_WITHIN,
        now=now,
    )
