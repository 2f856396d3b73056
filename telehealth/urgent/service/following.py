"""What the appointment and the visit tell: the call began, took place, was called off; it is signed."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.scheduling.events import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentHandedOver,
    AppointmentMoved,
    AppointmentStarted,
)
from telehealth.urgent import queries
from telehealth.urgent.errors import LeaseLostError
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import VISIT_SIGNED, VISIT_WITHDRAWN, StepKind
from telehealth.urgent.service.ending import conclude, put_back
from telehealth.urgent.service.history import change, note
from telehealth.urgent.service.leasing import has_run_out
from telehealth.urgent.states import UrgentCommand, UrgentState
from telehealth.visits.events import VisitSigned, VisitWithdrawn


def on_appointment_started(session: Session, event: AppointmentStarted, now: datetime) -> None:
    """The doctor has joined: nothing has to be renewed any more. Raises `lease-lost` if it was too late."""
    request = queries.lock_for_appointment(session, event.appointment_id)
    if request is None or request.state != UrgentState.CLAIMED:
        return
    if has_run_out(request, now):
        raise LeaseLostError
    answered(session, request, now=now)


def on_appointment_handed_over(session: Session, event: AppointmentHandedOver, now: datetime) -> None:
    """Another doctor took the call over: the request is theirs, and the one before is free for the next."""
    request = queries.lock_for_appointment(session, event.appointment_id)
    if request is None:
        return
    request.owner_id = event.doctor_membership_id
    request.lease_token += 1
    note(
        session,
        SYSTEM,
        request,
        StepKind.HANDED_OVER,
        now=now,
        membership_id=event.doctor_membership_id,
    )


def on_appointment_moved(session: Session, event: AppointmentMoved, now: datetime) -> None:
    """A coordinator agreed another time for what was accepted: nobody is rung for any more, no lease ends it.

    What is made at once has begun: nothing is looked up of a time that was still to come.
    """
    if event.starts_at == event.was_starts_at or event.was_starts_at > now:
        return
    request = queries.lock_for_appointment(session, event.appointment_id)
    if request is not None:
        conclude(session, SYSTEM, request, now=now)


def on_appointment_completed(session: Session, event: AppointmentCompleted, now: datetime) -> None:
    """The call took place to its end."""
    request = queries.lock_for_appointment(session, event.appointment_id)
    if request is not None:
        conclude(session, SYSTEM, request, now=now)


def on_appointment_cancelled(session: Session, event: AppointmentCancelled, now: datetime) -> None:
    """Somebody called the appointment off, not the request: it rings again."""
    request = queries.lock_for_appointment(session, event.appointment_id)
    if request is not None:
        put_back(session, SYSTEM, request, UrgentCommand.RELEASE, StepKind.RELEASED, now=now)


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """The record is signed: whoever had the request has helped, and one that still rings needs nobody.

    So it is with a visit that was answered in writing, too. What nobody answered in time stays a case.
    """
    _call_off(session, event.visit_id, VISIT_SIGNED, now)
    request = queries.lock_owned_of(session, event.visit_id)
    if request is not None:
        conclude(session, SYSTEM, request, now=now)


def on_visit_withdrawn(session: Session, event: VisitWithdrawn, now: datetime) -> None:
    """The visit will not take place: nobody is rung for it any more. What nobody answered stays a case."""
    _call_off(session, event.visit_id, VISIT_WITHDRAWN, now)


def _call_off(session: Session, visit_id: UUID, reason: str, now: datetime) -> None:
    """Let the request of a visit ring no more, if it waits for somebody."""
    request = queries.lock_waiting_of(session, visit_id)
    if request is None:
        return
    request.closed_at, request.closed_by, request.close_reason = now, SYSTEM.ref, reason
    change(session, SYSTEM, request, UrgentCommand.CANCEL, StepKind.CANCELLED, now=now, reason=reason)


def answered(session: Session, request: UrgentRequest, *, now: datetime) -> None:
    """Note that the call of a locked request has begun."""
    change(
        session,
        SYSTEM,
        request,
        UrgentCommand.START,
        StepKind.ANSWERED,
        now=now,
        membership_id=request.owner_id,
    )
