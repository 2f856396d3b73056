"""Agreed appointments the hours no longer hold, and the nearest other times for each."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, func, or_, select

from telehealth.availability.models import ServiceType
from telehealth.availability.rules import ResourceKind, Terms
from telehealth.facilities.queries import edges_on
from telehealth.facilities.rules import supporters
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import Place
from telehealth.kit.policy import policy_of
from telehealth.scheduling import queries
from telehealth.scheduling.daybits import Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Slot, Support
from telehealth.scheduling.service.besides import load_own, open_without
from telehealth.scheduling.slots import free_slots, walk
from telehealth.scheduling.states import LIVE, AppointmentState
from telehealth.staff.models import Membership
from telehealth.staff.queries import Doctor, describe, list_doctors, specialties_of

_AROUND = timedelta(days=7)
_CANDIDATES = 30
_MANY = 10_000


def list_stranded(
    session: Session, actor: Actor, *, now: datetime, after: Place | None = None, limit: int = 20
) -> list[Appointment]:
    """List what the hours no longer hold: the actor's own, and of their facility's station or doctors.

    It tells when and where, not whose: opening one asks for the right to its patient. A page at a time,
    each from the place where the one before ended.
    """
    query = select(Appointment).where(*_stranded(actor, now, after))
    return list(session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id)).limit(limit)))


def count_stranded(
    session: Session, actor: Actor, *, now: datetime, after: Place | None = None
) -> Counter[UUID]:
    """Count, by doctor, what `list_stranded` lists page by page from a place on: one statement."""
    query = select(Appointment.doctor_membership_id, func.count()).where(*_stranded(actor, now, after))
    return Counter(dict(session.exec(query.group_by(col(Appointment.doctor_membership_id))).all()))


def _stranded(actor: Actor, now: datetime, after: Place | None) -> list[ColumnElement[bool]]:
    own = [col(Appointment.doctor_membership_id) == actor.ref]
    if actor.facility_id is not None:
        members = select(Membership.id).where(Membership.facility_id == actor.facility_id)
        own += [
            col(Appointment.station_facility_id) == actor.facility_id,
            col(Appointment.doctor_membership_id).in_(members),
        ]
    wanted = [
        col(Appointment.support) == Support.UNSUPPORTED,
        col(Appointment.status).in_(LIVE - {AppointmentState.HELD}),
        col(Appointment.ends_at) > now,
        or_(*own),
    ]
    if after is not None:
        wanted.append(tuple_(col(Appointment.starts_at), col(Appointment.id)) > after)
    return wanted


def nearest_slots(
    session: Session, appointments: Sequence[Appointment], *, now: datetime, count: int = 3
) -> dict[UUID, list[Slot]]:
    """Return for each appointment the free slots nearest to its time: the same specialty, the same service.

    A few statements for each service type, however many appointments there are.
    """
    if not appointments:
        return {}
    today, days = policy_of(session).local_date(now), _days(session, appointments)
    doctors = list_doctors(session, on=today, until=max(days.values()) + _AROUND)
    edges = edges_on(session, today)
    above = {row.station_facility_id: set[UUID]() for row in appointments}
    above = {station: set(supporters(edges, station)) for station in above}
    known = _known(session, appointments, doctors)
    asked = {
        row.id: _candidates(known[row.doctor_membership_id], row, doctors, above[row.station_facility_id])
        for row in appointments
    }
    by_service: dict[UUID, list[Appointment]] = defaultdict(list)
    for row in appointments:
        by_service[row.service_type_id].append(row)
    own, terms = load_own(session, appointments), queries.agreed_terms(session, appointments)
    found: dict[UUID, list[Slot]] = {}
    for service_id, rows in by_service.items():
        service = session.get_one(ServiceType, service_id)
        questions = {row.id: _question(terms[row.id], days[row.id], today, now) for row in rows}
        whole = replace(
            questions[rows[0].id],
            from_on=min(each.from_on for each in questions.values()),
            to_on=max(each.to_on for each in questions.values()),
        )
        owners: set[Owner] = {owner for row in rows for owner in (*asked[row.id], *_beside(row))}
        diaries = load_diaries(session, owners, service, whole)
        for row in rows:
            claimed = own.get(row.id, {})
            doctors_of = open_without(diaries, asked[row.id], claimed, row.starts_at)
            beside = open_without(diaries, _beside(row), claimed, row.starts_at)
            free = free_slots(walk(doctors_of, beside, questions[row.id]), limit=_MANY)
            distances = [(abs(slot.starts_at - row.starts_at), slot) for slot in free]
            found[row.id] = [slot for _, slot in sorted(distances)[:count]]
    return found


def _question(terms: Terms, day: date, today: date, now: datetime) -> Question:
    return Question(terms=terms, now=now, from_on=max(day - _AROUND, today), to_on=max(day + _AROUND, today))


def _days(session: Session, appointments: Sequence[Appointment]) -> dict[UUID, date]:
    policy = policy_of(session)
    return {row.id: policy.local_date(row.starts_at) for row in appointments}


def _beside(row: Appointment) -> list[Owner]:
    return [(ResourceKind.SEAT, row.station_facility_id), (ResourceKind.PATIENT, row.patient_id)]


def _known(
    session: Session, appointments: Sequence[Appointment], doctors: Sequence[Doctor]
) -> dict[UUID, tuple[set[str], UUID | None]]:
    """Return the specialties and the house of the doctors; two statements more where some work no more."""
    known: dict[UUID, tuple[set[str], UUID | None]] = {
        each.membership_id: (set(each.specialty_codes), each.facility_id) for each in doctors
    }
    gone = {row.doctor_membership_id for row in appointments} - known.keys()
    if gone:
        specialties, cards = specialties_of(session, gone), describe(session, gone)
        for each in gone:
            house = cards[each].facility_id if each in cards else None
            known[each] = (set(specialties.get(each, ())), house)
    return known


def _candidates(
    known: tuple[set[str], UUID | None], row: Appointment, doctors: Sequence[Doctor], above: set[UUID]
) -> list[Owner]:
    """Return whom the station may ask instead: the same doctor first, the same house, the same specialty."""
    specialties, house = known
    fitting = [
        each
        for each in doctors
        if (not above or each.facility_id in above or each.facility_id == row.station_facility_id)
        and (not specialties or specialties & set(each.specialty_codes))
    ]
    fitting.sort(key=lambda each: (each.membership_id != row.doctor_membership_id, each.facility_id != house))
    return [(ResourceKind.DOCTOR, each.membership_id) for each in fitting[:_CANDIDATES]]
