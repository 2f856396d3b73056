"""Reminding many patients at once: tomorrow's appointments, and next visits nobody has booked yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, case, col, func, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.facilities.queries import get_facility
from telehealth.followup import queries
from telehealth.followup.models import Plan
from telehealth.followup.rules import AT_MOST, NO_CONTACT, Subject, TaskKind, instant_on
from telehealth.followup.service.plans import have_told, issue_for
from telehealth.followup.service.reminding import WAS_IN_VAIN, links_of
from telehealth.followup.service.tasks import open_task
from telehealth.followup.service.telling import REMINDER, remind_plan, reminder_of
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError
from telehealth.kit.phones import is_textable
from telehealth.kit.policy import policy_of
from telehealth.links.models import PatientLink
from telehealth.links.queries import held_links
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.pacing import quiet_hours
from telehealth.messaging.service import queue_message
from telehealth.messaging.states import MessageState
from telehealth.patients.service import message_contacts
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import list_for_station
from telehealth.scheduling.states import AppointmentState

A_DAY_BEFORE: Final = timedelta(hours=24)
"""Whose place a reminder takes where the program sends none by itself."""


class Reminded(StrEnum):
    """What became of one reminder."""

    SENT = "sent"
    LATER = "later"
    ALREADY = "already"
    NO_PHONE = "no_phone"


@dataclass(frozen=True, slots=True)
class ToRemind:
    """Somebody who can be reminded: of an appointment or of a next visit, told before or not."""

    row: Appointment | Plan
    version: int
    starts_at: datetime
    is_told: bool
    in_vain: int

    @property
    def subject(self) -> Subject:
        """What the reminder is about."""
        return Subject.PLAN if isinstance(self.row, Plan) else Subject.APPOINTMENT


def list_to_remind(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    limit: int | None = None,
    after: tuple[Any, ...] | None = None,
) -> list[ToRemind]:
    """List tomorrow's booked appointments of the actor's station, then its next visits by day.

    A page of next visits at a time if asked, each behind the day and id of the one that ended the one
    before; the appointments stand on the first. The same statements, however many there are.
    """
    tomorrow = policy_of(session).local_date(now) + timedelta(days=1)
    booked = [] if after else list_for_station(session, actor, tomorrow, now=now)
    appointments = [row for row in booked if row.status == AppointmentState.BOOKED]
    plans = queries.list_ahead(session, actor, now=now, limit=limit, after=after)
    return _with_what_was_told(session, appointments, plans)


def remind(
    session: Session, actor: Actor, chosen: Collection[UUID], before: Sequence[timedelta], *, now: datetime
) -> list[tuple[ToRemind, Reminded]]:
    """Queue the reminder of each of the chosen; who cannot be reached by text becomes a call to make.

    What was called off or booked meanwhile is left out. One that went already, by itself or by somebody
    else's hand, is not sent again; the automatic one finds that it went. Quiet hours, budgets and whether
    the text still holds are seen to when it leaves, as with every text.
    Raises `not-allowed`, `too-many-chosen`.
    """
    check(actor, "reminder.send")
    if len(chosen) > AT_MOST:
        raise InvalidError("too-many-chosen", limit=AT_MOST)
    _lock(session, chosen)
    due = [each for each in list_to_remind(session, actor, now=now) if each.row.id in chosen]
    contacts = message_contacts(session, {each.row.patient_id for each in due})
    reached = {who for who, contact in contacts.items() if is_textable(contact.phone_e164)}
    is_quiet = quiet_hours(policy_of(session)).holds(now)
    leads = [*sorted(before, reverse=True), timedelta(0)] if before else [A_DAY_BEFORE, timedelta(0)]
    done = []
    for each in due:
        outcome = Reminded.LATER if is_quiet else Reminded.SENT
        if each.is_told:
            outcome = Reminded.ALREADY
        elif each.row.patient_id not in reached or not _queue(session, each, leads, now):
            outcome = Reminded.NO_PHONE
            _have_told(session, each, now)
        done.append((each, outcome))
    facts = {"ids": [str(each.row.id) for each in due]}
    record(session, actor, "reminder.send", subject_kind="message", facts=facts, now=now)
    return done


def _queue(session: Session, each: ToRemind, leads: Sequence[timedelta], now: datetime) -> bool:
    """Queue a reminder; tell whether it can leave."""
    if isinstance(each.row, Plan):
        link = link_of_plan(session, each.row, now)
        message = remind_plan(session, each.row, link, in_vain=each.in_vain, now=now)
    else:
        wanted = reminder_of(
            session,
            each.row,
            links_of(session, [each.row], now)[each.row.id],
            get_facility(session, each.row.station_facility_id),
            version=each.version,
            lead=leads[0],
            shorter=leads[1],
            in_vain=each.in_vain,
            now=now,
        )
        message = queue_message(session, wanted, now=now)
    return message.state != MessageState.SKIPPED


def _have_told(session: Session, each: ToRemind, now: datetime) -> None:
    if isinstance(each.row, Plan):
        have_told(session, each.row, why=NO_CONTACT, now=now)
        return
    open_task(
        session,
        facility_id=each.row.station_facility_id,
        patient_id=each.row.patient_id,
        kind=TaskKind.PHONE_PATIENT,
        subject_kind=each.subject,
        subject_id=each.row.id,
        due_at=each.starts_at,
        detail=NO_CONTACT,
        now=now,
    )


def _lock(session: Session, chosen: Collection[UUID]) -> None:
    """Let whoever reminds the same patients at the same moment wait, and find them told."""
    appointments = select(Appointment.id).where(col(Appointment.id).in_(chosen)).order_by(col(Appointment.id))
    session.exec(appointments.with_for_update()).all()
    plans = select(Plan.id).where(col(Plan.id).in_(chosen)).order_by(col(Plan.id))
    session.exec(plans.with_for_update()).all()
    session.expire_all()


def _with_what_was_told(
    session: Session, appointments: Sequence[Appointment], plans: Sequence[Plan]
) -> list[ToRemind]:
    ids = [*(row.id for row in appointments), *(row.id for row in plans)]
    agreed = queries.agreed_versions(session, [row.id for row in appointments])
    counts = (
        select(
            OutboxMessage.subject_id,
            OutboxMessage.subject_version,
            func.count(),
            func.sum(case((WAS_IN_VAIN, 1), else_=0)),
        )
        .where(col(OutboxMessage.subject_id).in_(ids), col(OutboxMessage.dedupe_key).contains(REMINDER))
        .group_by(col(OutboxMessage.subject_id), col(OutboxMessage.subject_version))
    )
    told = {(subject, version): (count, vain) for subject, version, count, vain in session.exec(counts)}
    zone = policy_of(session).zone

    def seen(row: Appointment | Plan, version: int, starts_at: datetime) -> ToRemind:
        count, in_vain = told.get((row.id, version), (0, 0))
        return ToRemind(row, version, starts_at, count > in_vain, int(in_vain))

    return [
        *(seen(row, agreed.get(row.id, row.version), row.starts_at) for row in appointments),
        *(seen(row, row.version, instant_on(row.due_on, row.from_minute, zone)) for row in plans),
    ]


def link_of_plan(session: Session, plan: Plan, now: datetime) -> PatientLink:
    """Return the link the patient holds, ended or locked as it may be; a new one where its days are over."""
    held = held_links(session, [plan.id], now=now).get(plan.id)
    return held or issue_for(session, plan, now)
