"""Reading plans and what a link leads to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import person_ids, visible_patients
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.followup.expecting import days_of, hours_of, last_moment
from telehealth.followup.models import Plan, Reply
from telehealth.followup.ports import find_above, get_above
from telehealth.followup.rules import (
    OWN_LISTS,
    PROPOSED,
    SOON,
    STAYS_OPEN,
    SUBJECT_OF_PURPOSE,
    Subject,
    days_to_search,
)
from telehealth.followup.states import EXPECTED_PLANS, LIVE_PLANS, TELLABLE
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import page_of
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.leaflets import queries as leaflets
from telehealth.patients.models import Patient
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.rules import REBOOK, Slot, SlotSearch
from telehealth.scheduling.states import AppointmentCommand
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.models import Visit

TIME_SET_BY = (
    AppointmentCommand.CONFIRM,
    AppointmentCommand.MOVE,
    AppointmentCommand.ACCEPT,
    AppointmentCommand.RESCHEDULE,
    AppointmentCommand.OVERRIDE,
    REBOOK,
)
"""What sets the time a patient is told."""


@dataclass(frozen=True, slots=True)
class LinkSubject:
    """What a link leads to, as its pages need it."""

    kind: Subject
    patient_name: str
    station: Facility
    place: Facility
    starts_at: datetime
    ends_at: datetime
    is_over: bool
    reply: Reply | None
    by_phone: bool = False
    doctor: MemberCard | None = None
    bring: tuple[str, ...] = ()
    days: tuple[date, date] | None = None
    """The first and the last day that would do, where it is more than one."""


class Linked(Protocol):
    """A link, or whoever acts through one."""

    @property
    def purpose(self) -> str: ...
    @property
    def patient_id(self) -> UUID: ...
    @property
    def subject_id(self) -> UUID: ...


def agreed_version(session: Session, appointment: Appointment) -> int:
    """Return the version at which the appointment's time was agreed last."""
    return session.exec(_AGREED, params={"appointment": appointment.id}).first() or appointment.version


_AGREED = (
    select(AppointmentEvent.version)
    .where(
        AppointmentEvent.appointment_id == bindparam("appointment"),
        col(AppointmentEvent.command).in_(TIME_SET_BY),
    )
    .order_by(col(AppointmentEvent.seq).desc())
    .limit(1)
)
"""Written once: building a statement costs more than sending it."""


def find_link_subject(session: Session, link: Linked, *, now: datetime) -> LinkSubject | None:
    """Find what a link leads to. Not scoped by an actor: holding the link is the right to it."""
    patient = session.get_one(Patient, link.patient_id)
    reply = session.exec(
        select(Reply).where(Reply.subject_id == link.subject_id).order_by(col(Reply.id).desc()).limit(1)
    ).first()
    subject = SUBJECT_OF_PURPOSE[link.purpose]
    if subject is Subject.VISIT:
        leaflet = leaflets.find_leaflet(session, link.subject_id)
        return None if leaflet is None else _of_visit(session, leaflet.visit, patient)
    if subject in OWN_LISTS:
        above = find_above(session, subject)
        return above.find(session, link.subject_id, patient, now) if above else None
    if subject is Subject.PLAN:
        plan = session.get(Plan, link.subject_id)
        if plan is None:
            return None
        return _of_plan(session, plan, patient, _since(reply, plan.version), now)
    appointment = session.get(Appointment, link.subject_id)
    if appointment is None:
        return None
    agreed = agreed_version(session, appointment)
    return _of_appointment(session, appointment, patient, _since(reply, agreed), now)


def _since(reply: Reply | None, version: int) -> Reply | None:
    """Return an answer only if it is to the time as it is: who confirmed another one confirmed nothing."""
    return reply if reply is not None and reply.subject_version >= version else None


def reply_to(session: Session, appointment: Appointment) -> Reply | None:
    """Return what the patient of an appointment fetched in scope answered to its time, the latest."""
    query = select(Reply).where(Reply.subject_id == appointment.id).order_by(col(Reply.id).desc()).limit(1)
    reply = session.exec(query).first()
    return _since(reply, agreed_version(session, appointment)) if reply else None


def station_of(session: Session, subject: Subject, subject_id: UUID) -> UUID:
    """Return the station whose appointment, plan or visit it is, for who holds a link or task of it."""
    if subject is Subject.VISIT:
        return leaflets.station_of(session, subject_id)
    if subject is Subject.APPOINTMENT:
        return session.get_one(Appointment, subject_id).station_facility_id
    if subject in OWN_LISTS:
        return get_above(session, subject).station_of(session, subject_id)
    return session.get_one(Plan, subject_id).station_facility_id


def get_plan(session: Session, actor: Actor, plan_id: UUID, *, now: datetime, lock: bool = False) -> Plan:
    """Return a plan in scope, locked against other writers if asked; raise `plan-not-found`."""
    query = _plans(actor, now).where(Plan.id == plan_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    plan = session.exec(query).first()
    if plan is None:
        raise NotFoundError("plan-not-found")
    return plan


def list_plans(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    patient_id: UUID | None = None,
    from_on: date | None = None,
    limit: int = 100,
    after: tuple[Any, ...] | None = None,
) -> list[Plan]:
    """List plans of patients in scope by day, each page behind the day and id that ended the one before."""
    query = page_of(_plans(actor, now), (col(Plan.due_on), col(Plan.id)), after, limit)
    if patient_id is not None:
        query = query.where(col(Plan.patient_id).in_(person_ids(session, patient_id)))
    if from_on is not None:
        query = query.where(Plan.due_on >= from_on)
    return list(session.exec(query))


def list_due(
    session: Session, actor: Actor, *, now: datetime, limit: int = 100, after: tuple[Any, ...] | None = None
) -> list[Plan]:
    """List the follow-ups the station has to book soon or has missed, by first day; pages as `list_plans`."""
    today = policy_of(session).local_date(now)
    query = _plans(actor, now).where(
        Plan.station_facility_id == actor.facility_id,
        col(Plan.state).in_(LIVE_PLANS),
        col(Plan.due_from) <= today + SOON,
    )
    return list(session.exec(page_of(query, (col(Plan.due_from), col(Plan.id)), after, limit)))


def count_due(session: Session, actor: Actor, *, now: datetime) -> int:
    """Count what `list_due` lists."""
    today = policy_of(session).local_date(now)
    query = select(func.count(col(Plan.id))).where(
        Plan.station_facility_id == actor.facility_id,
        col(Plan.patient_id).in_(visible_patients(actor, now)),
        col(Plan.state).in_(LIVE_PLANS),
        col(Plan.due_from) <= today + SOON,
    )
    return session.exec(query).one()


def list_ahead(
    session: Session, actor: Actor, *, now: datetime, limit: int | None, after: tuple[Any, ...] | None = None
) -> list[Plan]:
    """List the follow-ups of `list_due` from tomorrow on whose patient is expected; pages as `list_plans`."""
    today = policy_of(session).local_date(now)
    query = _plans(actor, now).where(
        Plan.station_facility_id == actor.facility_id,
        col(Plan.state).in_(EXPECTED_PLANS),
        col(Plan.due_from) <= today + SOON,
        col(Plan.due_on) > today,
    )
    return list(session.exec(page_of(query, (col(Plan.due_on), col(Plan.id)), after, limit)))


def agreed_versions(session: Session, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the version at which the time of each appointment was agreed last."""
    latest = func.max(AppointmentEvent.version)
    query = (
        select(AppointmentEvent.appointment_id, latest)
        .where(col(AppointmentEvent.appointment_id).in_(ids), col(AppointmentEvent.command).in_(TIME_SET_BY))
        .group_by(col(AppointmentEvent.appointment_id))
    )
    return dict(session.exec(query).all())


def propose(session: Session, actor: Actor, plan: Plan, *, now: datetime) -> list[Slot]:
    """Return the earliest free slots for a plan in scope, within its window.

    Of the doctor the patient saw, else of the specialty of that visit, else of anybody; none by night.
    """
    first, last = days_to_search(plan.due_from, plan.due_to, policy_of(session).local_date(now))
    search = SlotSearch(from_on=first, to_on=last, patient_id=plan.patient_id, limit=PROPOSED)
    if plan.doctor_membership_id is not None:
        same = replace(search, doctor_membership_id=plan.doctor_membership_id)
        if found := find_slots(session, actor, same, now=now, by_day=True):
            return found
    visit = session.get(Visit, plan.visit_id)
    specialty = visit.specialty_code if visit else None
    return find_slots(session, actor, replace(search, specialty=specialty), now=now, by_day=True)


def latest_replies(
    session: Session, actor: Actor, plans: Sequence[Plan], *, now: datetime
) -> dict[UUID, Reply]:
    """Return the latest answer to each plan in scope as it stands now, by the plan's id."""
    versions = {plan.id: plan.version for plan in plans}
    query = (
        select(Reply)
        .where(col(Reply.subject_id).in_(versions), col(Reply.patient_id).in_(visible_patients(actor, now)))
        .order_by(col(Reply.id))
    )
    return {
        reply.subject_id: reply
        for reply in session.exec(query)
        if _since(reply, versions[reply.subject_id]) is not None
    }


@dataclass(frozen=True, slots=True)
class NextVisit:
    """When and where a patient comes next: booked to the minute, or expected between two times."""

    starts_at: datetime
    ends_at: datetime
    place: Facility
    is_booked: bool
    days: tuple[date, date] | None = None


def find_next(session: Session, visit_id: UUID, *, now: datetime) -> NextVisit | None:
    """Find what follows a visit as it stands now, for whoever holds a link to it; None where nothing does."""
    plan = session.exec(select(Plan).where(Plan.visit_id == visit_id)).first()
    if plan is None:
        return None
    if plan.state in LIVE_PLANS:
        starts_at, ends_at = hours_of(session, plan, now)
        place = get_facility(session, plan.facility_id)
        return NextVisit(starts_at, ends_at, place, is_booked=False, days=days_of(plan))
    booked = session.exec(
        select(Appointment)
        .join(Visit, col(Visit.appointment_id) == Appointment.id)
        .where(Visit.id == plan.next_visit_id, col(Appointment.status).in_(TELLABLE))
    ).first()
    if booked is None:
        return None
    place = get_facility(session, booked.station_facility_id)
    return NextVisit(booked.starts_at, booked.ends_at, place, is_booked=True)


def _plans(actor: Actor, now: datetime) -> SelectOfScalar[Plan]:
    return select(Plan).where(col(Plan.patient_id).in_(visible_patients(actor, now)))


def _of_appointment(
    session: Session, appointment: Appointment, patient: Patient, reply: Reply | None, now: datetime
) -> LinkSubject:
    station = get_facility(session, appointment.station_facility_id)
    doctor_id = appointment.doctor_membership_id
    return LinkSubject(
        kind=Subject.APPOINTMENT,
        patient_name=patient.full_name,
        station=station,
        place=station,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        is_over=appointment.status not in TELLABLE or now >= appointment.ends_at + STAYS_OPEN,
        reply=reply,
        by_phone=appointment.patient_place == "home",
        doctor=describe(session, {doctor_id}).get(doctor_id),
    )


def _of_plan(
    session: Session, plan: Plan, patient: Patient, reply: Reply | None, now: datetime
) -> LinkSubject:
    starts_at, ends_at = hours_of(session, plan, now)
    return LinkSubject(
        kind=Subject.PLAN,
        patient_name=patient.full_name,
        station=get_facility(session, plan.station_facility_id),
        place=get_facility(session, plan.facility_id),
        starts_at=starts_at,
        ends_at=ends_at,
        is_over=plan.state not in LIVE_PLANS or now >= last_moment(session, plan),
        reply=reply,
        bring=tuple(plan.bring),
        days=days_of(plan),
    )


def _of_visit(session: Session, visit: Visit, patient: Patient) -> LinkSubject:
    station = get_facility(session, visit.station_facility_id)
    return LinkSubject(
        kind=Subject.VISIT,
        patient_name=patient.full_name,
        station=station,
        place=station,
        starts_at=visit.occurred_at,
        ends_at=visit.occurred_at,
        is_over=False,
        reply=None,
    )
