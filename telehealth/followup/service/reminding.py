"""Reminders of agreed times: written when they fall due, from what is agreed at that moment.

So there is nothing to take back when an appointment moves, and a program that slept sends the one reminder
that still helps instead of all it missed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, func, select

from telehealth.followup.queries import TIME_SET_BY
from telehealth.followup.service.telling import remind_appointment
from telehealth.links.models import PatientLink
from telehealth.links.queries import find_open_link
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.states import AppointmentState


def queue_reminders(session: Session, before: Sequence[timedelta], *, now: datetime, limit: int) -> int:
    """Queue the reminders that have fallen due, one for each time agreed; return how many.

    Who was told of the time after the reminder would have gone needs none. Once the shorter one is due the
    longer one is left out.
    """
    leads = sorted(set(before), reverse=True)
    queued = 0
    for lead, shorter in zip(leads, [*leads[1:], timedelta(0)], strict=True):
        for appointment_id, version in _due(session, lead, shorter, now)[: limit - queued]:
            # Who waited here for another process finds its reminder by the key, and queues none.
            appointment = session.get_one(Appointment, appointment_id, with_for_update={"skip_locked": False})
            link = _link(session, appointment, now)
            remind_appointment(
                session, appointment, link, version=version, lead=lead, shorter=shorter, now=now
            )
            queued += 1
    return queued


def has_reminders(session: Session, before: Sequence[timedelta], *, now: datetime) -> bool:
    """Tell whether a reminder is due, without taking the writer."""
    leads = sorted(set(before), reverse=True)
    return any(
        _due(session, lead, shorter, now)
        for lead, shorter in zip(leads, [*leads[1:], timedelta(0)], strict=True)
    )


def _due(session: Session, lead: timedelta, shorter: timedelta, now: datetime) -> list[tuple[UUID, int]]:
    """List appointments that lack this reminder, each with the version that set its time."""
    agreed = aliased(AppointmentEvent)
    latest = (
        select(func.max(AppointmentEvent.seq))
        .where(
            AppointmentEvent.appointment_id == Appointment.id,
            col(AppointmentEvent.command).in_(TIME_SET_BY),
        )
        .correlate(Appointment)
        .scalar_subquery()
    )
    reminded = exists().where(
        and_(
            col(OutboxMessage.subject_id) == Appointment.id,
            col(OutboxMessage.lead_minutes) == lead // timedelta(minutes=1),
            col(OutboxMessage.subject_version) == agreed.version,
        )
    )
    query = (
        select(Appointment.id, Appointment.starts_at, agreed.version, agreed.at)
        .join(agreed, and_(agreed.appointment_id == Appointment.id, agreed.seq == latest))
        .where(
            Appointment.status == AppointmentState.BOOKED,
            col(Appointment.starts_at) > now + shorter,
            col(Appointment.starts_at) <= now + lead,
            ~reminded,
        )
        .order_by(col(Appointment.starts_at))
    )
    return [
        (appointment_id, version)
        for appointment_id, starts_at, version, agreed_at in session.exec(query)
        if agreed_at < starts_at - lead
    ]


def _link(session: Session, appointment: Appointment, now: datetime) -> PatientLink:
    """Return the link the patient holds, under a token of its own; a new one where it was ended."""
    found = find_open_link(session, appointment.id, now=now)
    return found or issue_link(
        session,
        purpose="join",
        patient_id=appointment.patient_id,
        subject_id=appointment.id,
        expires_at=expires_at("join", appointment.ends_at),
        now=now,
    )
