"""What a national code asks of people: that of a voided prescription is cancelled in the national system."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.followup.rules import Subject, TaskKind
from telehealth.followup.service.tasks import open_task
from telehealth.prescriptions.events import VoidedCodeHolds

CANCEL_WITHIN: Final = timedelta(hours=4)
"""By when it should be cancelled: until then a pharmacy can still sell on it."""


def on_voided_code_holds(session: Session, event: VoidedCodeHolds, now: datetime) -> None:
    """Ask the station, with its doctor, to cancel the code; a second voided one is a task of its own."""
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.CANCEL_CODE,
        subject_kind=Subject.PRESCRIPTION,
        subject_id=event.prescription_id,
        due_at=now + CANCEL_WITHIN,
        now=now,
        detail=event.code,
    )
