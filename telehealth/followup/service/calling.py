"""The patient is missing in a running call: the way into it is sent again."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.calls.events import PatientRung
from telehealth.followup.service.telling import tell_waited_for
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.scheduling.models import Appointment

WORTH_READING: Final = timedelta(minutes=30)
"""A text that comes later than this calls somebody into a room where nobody waits."""


def on_patient_rung(session: Session, event: PatientRung, now: datetime) -> None:
    """Send a fresh link by text; the one sent before stays good, whichever the patient finds first."""
    appointment = session.get_one(Appointment, event.appointment_id)
    until = max(appointment.ends_at, now + WORTH_READING)
    link = issue_link(
        session,
        purpose="join",
        patient_id=appointment.patient_id,
        facility_id=appointment.station_facility_id,
        subject_id=appointment.id,
        expires_at=expires_at("join", until),
        now=now,
    )
    tell_waited_for(session, appointment, link, not_after_at=until, now=now)
