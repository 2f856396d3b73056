"""Reminders of agreed times: written when they fall due, from what is agreed at that moment.

So there is nothing to take back when an appointment moves, and a program that slept sends the one reminder
that still helps instead of all it missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, func, select

from telehealth.followup.queries import TIME_SET_BY
from telehealth.followup.service.telling import remind_appointment
from telehealth.kit.phones import is_textable
from telehealth.links.models import PatientLink
from telehealth.links.queries import find_open_link
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.states import MessageState
from telehealth.patients.service import message_contacts
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.states import AppointmentState

IN_VAIN: Final = ("no-contact", "not-textable", "link-closed")
"""Why a reminder was taken back although the appointment stands."""

WAS_IN_VAIN = and_(col(OutboxMessage.state) == MessageState.SKIPPED, col(OutboxMessage.reason).in_(IN_VAIN))

_Time = tuple[UUID, int]
"""An appointment and the version that set its time."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A reminder to queue: of which version of a time, and how many before it could not leave."""

    appointment_id: UUID
    version: int
    in_vain: int


def queue_reminders(session: Session, before: Sequence[timedelta], *, now: datetime, limit: int) -> int:
    """Queue the reminders that have fallen due, one for each time agreed; return how many.

    Who was told of the time after the reminder would have gone needs none. Once the shorter one is due the
    longer one is left out.
    """
    leads = sorted(set(before), reverse=True)
    queued = 0
    for lead, shorter in zip(leads, [*leads[1:], timedelta(0)], strict=True):
        for due in _due(session, lead, shorter, now)[: limit - queued]:
            # Who waited here for another process finds its reminder by the key, and queues none.
            appointment = session.get_one(
                Appointment, due.appointment_id, with_for_update={"skip_locked": False}
            )
            remind_appointment(
                session,
                appointment,
                link_of(session, appointment, now),
                version=due.version,
                lead=lead,
                shorter=shorter,
                in_vain=due.in_vain,
                now=now,
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


def _due(session: Session, lead: timedelta, shorter: timedelta, now: datetime) -> list[_Due]:
    """List the appointments that lack this reminder, each with the version that set its time.

    One that could not leave (nobody to send to, its link was ended) is no reminder: it is due again as soon
    as the patient can be reached.
    """
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
            ~WAS_IN_VAIN,
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
    in_vain, unreached = _in_vain(session, lead, shorter, now)
    return [
        _Due(appointment_id, version, in_vain.get((appointment_id, version), 0))
        for appointment_id, starts_at, version, agreed_at in session.exec(query)
        if agreed_at < starts_at - lead and (appointment_id, version) not in unreached
    ]


def _in_vain(
    session: Session, lead: timedelta, shorter: timedelta, now: datetime
) -> tuple[dict[_Time, int], set[_Time]]:
    """Count the reminders that could not leave by the time they told of; name those that still could not."""
    query = (
        select(
            OutboxMessage.subject_id, OutboxMessage.subject_version, OutboxMessage.patient_id, func.count()
        )
        .join(Appointment, col(Appointment.id) == OutboxMessage.subject_id)
        .where(
            col(Appointment.starts_at) > now + shorter,
            col(Appointment.starts_at) <= now + lead,
            col(OutboxMessage.lead_minutes) == lead // timedelta(minutes=1),
            WAS_IN_VAIN,
        )
        .group_by(
            col(OutboxMessage.subject_id), col(OutboxMessage.subject_version), col(OutboxMessage.patient_id)
        )
    )
    rows = session.exec(query).all()
    if not rows:
        return {}, set()
    contacts = message_contacts(session, {patient_id for _, _, patient_id, _ in rows})
    reached = {patient_id for patient_id, each in contacts.items() if is_textable(each.phone_e164)}
    counts = {(subject_id, version): count for subject_id, version, _, count in rows}
    return counts, {(row[0], row[1]) for row in rows if row[2] not in reached}


def link_of(session: Session, appointment: Appointment, now: datetime) -> PatientLink:
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
