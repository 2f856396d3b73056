"""An offer from the wait list is something a person has to see to, at once."""

from datetime import datetime

from sqlmodel import Session

from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.waitlist.events import OfferEnded, OfferMade


def on_offer_made(session: Session, event: OfferMade, now: datetime) -> None:
    """Ask the station to ask the patient, until the offer runs out."""
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.ANSWER_OFFER,
        subject_kind=Subject.WAITLIST_ENTRY,
        subject_id=event.entry_id,
        due_at=event.expires_at,
        now=now,
    )


def on_offer_ended(session: Session, event: OfferEnded, now: datetime) -> None:
    """Nothing is to be answered any more."""
    close_tasks(session, event.entry_id, Outcome.NOT_NEEDED, now=now)
