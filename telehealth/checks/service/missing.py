"""Who did not come gets a kind word, and the station what it takes to offer another time."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.availability.queries import station_hours
from telehealth.facilities.queries import get_facility
from telehealth.followup.rules import Outcome, Subject, TaskKind, sms_date, sms_time
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.kit.phones import dialled
from telehealth.kit.policy import policy_of
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.messaging.service import queue_message
from telehealth.patients.service import has_died
from telehealth.scheduling.events import AbsenceTakenBack, AppointmentMissed

WAITS: Final = timedelta(minutes=30)
"""An absence noted in error is taken back within minutes; nobody is told of it before."""

WORTH_READING: Final = timedelta(days=2)
PHONE_WITHIN: Final = timedelta(hours=4)


def on_appointment_missed(session: Session, event: AppointmentMissed, now: datetime) -> None:
    """Queue the text by which the patient chooses a new time, and ask the station to phone.

    Nobody phones whoever died before the appointment was called off.
    """
    if has_died(session, event.patient_id):
        kind = TaskKind.CANCEL_APPOINTMENT
        close_tasks(session, event.appointment_id, Outcome.NOT_NEEDED, kind=kind, now=now)
        return
    station = get_facility(session, event.station_facility_id)
    zone = policy_of(session).zone
    due_at = now + WAITS
    link = issue_link(
        session,
        purpose="new_time",
        patient_id=event.patient_id,
        facility_id=station.id,
        subject_id=event.appointment_id,
        expires_at=expires_at("new_time", event.ends_at),
        now=now,
    )
    queue_message(
        session,
        template="missed_visit",
        params={
            "facility": station.sms_name,
            "phone": dialled(station.phone),
            "date": sms_date(event.starts_at, zone),
            "time": sms_time(event.starts_at, zone),
        },
        facility_id=station.id,
        patient_id=event.patient_id,
        dedupe_key=f"missed:{event.appointment_id}:v{event.version}",
        subject_kind=Subject.MISSED_VISIT,
        subject_id=event.appointment_id,
        subject_version=event.version,
        link_id=link.id,
        due_at=due_at,
        not_after_at=now + WORTH_READING,
        now=now,
    )
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
