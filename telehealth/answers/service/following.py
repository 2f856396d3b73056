"""What the visit and its appointments tell: it is signed, or it goes on live."""

from datetime import datetime

from sqlmodel import Session

from telehealth.answers import queries
from telehealth.answers.rules import WithdrawReason
from telehealth.answers.service.answering import conclude
from telehealth.answers.service.sending import close
from telehealth.answers.states import OWNED
from telehealth.kit.actors import SYSTEM
from telehealth.scheduling.events import AppointmentBooked, AppointmentBookedAtOnce, AppointmentRequested
from telehealth.visits.events import VisitSigned, VisitWithdrawn


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """The record is signed: whoever had the request has answered; one nobody had wants no answer more."""
    request = queries.find_open_for(session, event.visit_id, lock=True)
    if request is None:
        return
    if request.state in OWNED:
        conclude(session, SYSTEM, request, now=now)
    else:
        close(session, SYSTEM, request, WithdrawReason.SIGNED, now=now)


def on_appointment_agreed(
    session: Session, event: AppointmentBooked | AppointmentRequested | AppointmentBookedAtOnce, now: datetime
) -> None:
    """The visit goes on live: its appointment has a doctor and a right of its own."""
    request = queries.find_open_for(session, event.visit_id, lock=True)
    if request is not None:
        close(session, SYSTEM, request, WithdrawReason.LIVE_INSTEAD, now=now)


def settle_withdrawn(session: Session, event: VisitWithdrawn, now: datetime) -> None:
    """The visit will not take place: nobody is to answer it."""
    request = queries.find_open_for(session, event.visit_id, lock=True)
    if request is not None:
        close(session, SYSTEM, request, WithdrawReason.VISIT_CLOSED, now=now)
