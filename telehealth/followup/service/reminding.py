"""Reminders of agreed times: written when they fall due, from what is agreed at that moment.

So there is nothing to take back when an appointment moves, and a program that slept sends the one reminder
that still helps instead of all it missed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, func, select

from telehealth.availability.queries import list_services
from telehealth.availability.rules import leads_of
from telehealth.facilities.queries import facilities_of
from telehealth.followup.queries import TIME_SET_BY
from telehealth.followup.rules import NO_WAY
from telehealth.followup.service.telling import reminder_of
from telehealth.followup.service.unreached import phone_instead
from telehealth.kit.phones import is_textable
from telehealth.kit.spans import instant
from telehealth.links.models import PatientLink
from telehealth.links.queries import closed_subjects, held_links
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.pacing import TOO_LATE
from telehealth.messaging.service import queue_messages
from telehealth.messaging.states import MessageState
from telehealth.patients.service import message_contacts
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.states import AppointmentState

WAS_IN_VAIN = and_(
    col(OutboxMessage.state) == MessageState.SKIPPED,
    col(OutboxMessage.reason).in_(sorted(NO_WAY | {TOO_LATE})),
)
"""A reminder was taken back although the appointment stands.

One that came too late is due again only where the clock had run ahead and was put right.
"""

_MINUTE: Final = timedelta(minutes=1)

_Time = tuple[UUID, int]
"""An appointment and the version that set its time."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A reminder to queue: of which version of a time, and how many before it could not leave."""

    appointment_id: UUID
    version: int
    in_vain: int


@dataclass(frozen=True, slots=True)
class _Lead:
    """One reminder of a kind of appointments: how long before, until the next, shorter one is due.

    `services`: service type -> since when it has this one; earlier it fell due for nobody.
    """

    lead: timedelta
    shorter: timedelta
    services: Mapping[UUID, datetime | None]


def list_reminders(session: Session, before: Sequence[timedelta], *, now: datetime) -> list[UUID]:
    """List the appointments that lack a reminder which has fallen due, of each lead the earliest first.

    `before` are the leads of all services that have none of their own.
    """
    return [due.appointment_id for each in _leads(session, before) for due in _due(session, each, now)]


def queue_reminders(
    session: Session, before: Sequence[timedelta], appointment_ids: Collection[UUID], *, now: datetime
) -> int:
    """Queue the reminders that some appointments lack, one for each time agreed; return how many.

    Who was told of the time after the reminder would have gone needs none. Once the shorter one is due the
    longer one is left out. An appointment another process is at is passed over: that one reminds of it, or
    the next look does.
    """
    query = select(Appointment).where(col(Appointment.id).in_(appointment_ids))
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    held = {each.id: each for each in session.exec(locked)}
    if not held:
        return 0
    due = [(each, one) for each in _leads(session, before) for one in _due(session, each, now, among=held)]
    links = links_of(session, [held[one.appointment_id] for _, one in due], now)
    stations = facilities_of(session, {each.station_facility_id for each in held.values()})
    wanted = [
        reminder_of(
            session,
            held[one.appointment_id],
            links[one.appointment_id],
            stations[held[one.appointment_id].station_facility_id],
            version=one.version,
            lead=each.lead,
            shorter=each.shorter,
            in_vain=one.in_vain,
            now=now,
        )
        for each, one in due
    ]
    for message in queue_messages(session, wanted, now=now):
        phone_instead(session, message, now=now)
    return len(wanted)


def _leads(session: Session, before: Sequence[timedelta]) -> list[_Lead]:
    """List the reminders of all services, those together that have the same."""
    default = [each // _MINUTE for each in before]
    found: dict[tuple[int, int], dict[UUID, datetime | None]] = {}
    for service in list_services(session):
        leads = leads_of(service.reminder_minutes, default)
        for lead, shorter in zip(leads, [*leads[1:], 0], strict=False):
            since = service.reminders_since.get(str(lead))
            found.setdefault((lead, shorter), {})[service.id] = instant(since) if since else None
    return [_Lead(lead * _MINUTE, shorter * _MINUTE, services) for (lead, shorter), services in found.items()]


def _due(
    session: Session, each: _Lead, now: datetime, *, among: Collection[UUID] | None = None
) -> list[_Due]:
    """List the appointments that lack this reminder, each with the version that set its time.

    All there are, or those `among` some.

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
            col(OutboxMessage.lead_minutes) == each.lead // _MINUTE,
            col(OutboxMessage.subject_version) == agreed.version,
            ~WAS_IN_VAIN,
        )
    )
    query = (
        select(Appointment.id, Appointment.starts_at, Appointment.service_type_id, agreed)
        .join(agreed, and_(agreed.appointment_id == Appointment.id, agreed.seq == latest))
        .where(
            Appointment.status == AppointmentState.BOOKED,
            col(Appointment.service_type_id).in_(each.services),
            col(Appointment.starts_at) > now + each.shorter,
            col(Appointment.starts_at) <= now + each.lead,
            ~reminded,
        )
        .order_by(col(Appointment.starts_at))
    )
    if among is not None:
        query = query.where(col(Appointment.id).in_(among))
    in_vain, unreached = _in_vain(session, each.lead, each.shorter, now, among)
    return [
        _Due(appointment_id, told.version, in_vain.get((appointment_id, told.version), 0))
        for appointment_id, starts_at, service_id, told in session.exec(query)
        if _falls_after(starts_at - each.lead, told.at, each.services[service_id])
        and (appointment_id, told.version) not in unreached
    ]


def _falls_after(due_at: datetime, agreed_at: datetime, since: datetime | None) -> bool:
    """Tell whether a reminder falls due after its time was told, and not before there was such a one."""
    return agreed_at < due_at and (since is None or since <= due_at)


def _in_vain(
    session: Session, lead: timedelta, shorter: timedelta, now: datetime, among: Collection[UUID] | None
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
            col(OutboxMessage.lead_minutes) == lead // _MINUTE,
            WAS_IN_VAIN,
        )
        .group_by(
            col(OutboxMessage.subject_id), col(OutboxMessage.subject_version), col(OutboxMessage.patient_id)
        )
    )
    if among is not None:
        query = query.where(col(OutboxMessage.subject_id).in_(among))
    rows = session.exec(query).all()
    if not rows:
        return {}, set()
    contacts = message_contacts(session, {patient_id for _, _, patient_id, _ in rows})
    reached = {patient_id for patient_id, each in contacts.items() if is_textable(each.phone_e164)}
    closed = closed_subjects(session, [row[0] for row in rows], now=now)
    counts = {(subject_id, version): count for subject_id, version, _, count in rows}
    return counts, {(row[0], row[1]) for row in rows if row[2] not in reached or row[0] in closed}


def links_of(session: Session, appointments: Sequence[Appointment], now: datetime) -> dict[UUID, PatientLink]:
    """Return by appointment the link its patient holds; a new one where its days are over.

    It goes out under a token of its own. One that was locked or ended stays so, and what would carry it
    does not leave: five more tries, or the way in again, are the station's to give.
    """
    held = held_links(session, [each.id for each in appointments], now=now)
    return {each.id: held.get(each.id) or _new_link(session, each, now) for each in appointments}


def _new_link(session: Session, appointment: Appointment, now: datetime) -> PatientLink:
    return issue_link(
        session,
        purpose="join",
        patient_id=appointment.patient_id,
        subject_id=appointment.id,
        expires_at=expires_at("join", appointment.ends_at),
        now=now,
    )
