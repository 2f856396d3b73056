"""What the wait list asks of a person: to answer an offer at once, to see to who waited in vain."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.followup.expecting import call_by_at
from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.visits.events import VisitSigned, VisitWithdrawn
from telehealth.waitlist.events import OfferEnded, OfferMade, WaitEnded

FOUND_WITHIN: Final = timedelta(days=2)
"""By when, at the latest, a station has seen to who waited in vain; else by its next working day."""


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


def on_wait_ended(session: Session, event: WaitEnded, now: datetime) -> None:
    """Ask the station to find the patient another time: nothing came free in the days they could wait."""
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.WAIT_ENDED,
        subject_kind=Subject.VISIT,
        subject_id=event.visit_id,
        due_at=call_by_at(session, event.station_facility_id, now + FOUND_WITHIN, now),
        now=now,
    )


def on_visit_over(session: Session, event: VisitSigned | VisitWithdrawn, now: datetime) -> None:
    """Of a visit that is over nobody has to find a time any more."""
    close_tasks(session, event.visit_id, Outcome.NOT_NEEDED, kind=TaskKind.WAIT_ENDED, now=now)
