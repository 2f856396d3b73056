"""What a pool's choice among its doctors rests on: who is in it, who is free, who did how much.

The choice itself is `rules.rank`; the statements here are the same in number whatever the pool's size.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select as core_select
from sqlmodel import Session, col, func, or_, select

from telehealth.access.queries import OTHER_RECORDS
from telehealth.availability.models import ServiceType
from telehealth.availability.rules import ResourceKind
from telehealth.duty.models import Pool, PoolMember
from telehealth.duty.queries import list_members, list_pools_for
from telehealth.duty.rules import PoolPolicy
from telehealth.kit.policy import policy_of
from telehealth.scheduling import queries
from telehealth.scheduling.daybits import Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Candidate, HoldRequest, kept_terms, rank
from telehealth.scheduling.slots import Standing, standing_of
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.queries import list_doctors, specialties_of

_COUNTED = (
    AppointmentState.HELD,
    AppointmentState.REQUESTED,
    AppointmentState.BOOKED,
    AppointmentState.CHECKED_IN,
    AppointmentState.IN_PROGRESS,
    AppointmentState.FULFILLED,
    AppointmentState.NO_SHOW,
)


def list_candidates(
    session: Session,
    pool: Pool,
    *,
    patient_id: UUID,
    station_id: UUID,
    starts_at: datetime,
    now: datetime,
    wish: HoldRequest | None = None,
) -> list[Candidate]:
    """Return the doctors a pool has on the day of a start and a station can ask, in the order it asks them.

    As the search does: whom the station can ask at all is judged today, who works and is in the pool on
    the day itself. With a wish, only those whom a search for its specialty, tiers and language finds.
    """
    today, day = policy_of(session).local_date(now), policy_of(session).local_date(starts_at)
    fitting = list_doctors(
        session,
        on=today,
        until=day,
        station_id=station_id,
        specialty=wish.specialty if wish else None,
        tiers=set(wish.tiers) if wish and wish.tiers is not None else None,
        language=wish.language if wish else None,
    )
    askable = {each.membership_id for each in fitting}
    members = [each for each in list_members(session, [pool.id], on=day) if each.membership_id in askable]
    ids = [member.membership_id for member in members]
    done = _assigned(session, ids, since=now - timedelta(days=pool.window_days))
    known = _known_doctor(session, patient_id, ids)
    return rank(PoolPolicy(pool.policy), [_candidate(member, done, known) for member in members])


def keep_free(
    session: Session,
    candidates: Sequence[Candidate],
    beside: Sequence[Owner],
    service: ServiceType,
    question: Question,
    starts_at: datetime,
    *,
    form_id: UUID | None = None,
    besides: UUID | None = None,
) -> list[Candidate]:
    """Return those who are free then, with the seat and the patient beside them."""
    doctors: list[Owner] = [(ResourceKind.DOCTOR, each.doctor_membership_id) for each in candidates]
    owners = [*doctors, *beside]
    diaries = load_diaries(session, owners, service, question, form_id=form_id, besides=besides)
    others = [diaries[owner] for owner in beside if owner in diaries]
    return [
        each
        for each, owner in zip(candidates, doctors, strict=True)
        if owner in diaries and standing_of(diaries[owner], others, starts_at, question) is Standing.FREE
    ]


def find_pool_of(session: Session, appointment: Appointment, *, now: datetime) -> UUID | None:
    """Return the pool by which the station can ask the doctor of an appointment, None if they are in none.

    Of several the nearest of a specialty of theirs, else the nearest of any.
    """
    on, doctor = policy_of(session).local_date(now), appointment.doctor_membership_id
    found = list_pools_for(session, station_id=appointment.station_facility_id, on=on)
    if not found:
        return None
    joined = {
        row.pool_id
        for row in list_members(session, [pool.id for pool in found], on=on)
        if row.membership_id == doctor
    }
    own = specialties_of(session, {doctor}).get(doctor, ())
    asked = [pool for pool in found if pool.id in joined]
    asked.sort(key=lambda pool: pool.specialty_code not in own)  # stable: the nearest of each come first
    return asked[0].id if asked else None


def list_stand_ins(session: Session, appointment: Appointment, *, now: datetime) -> list[UUID]:
    """Return the other doctors the station can ask who are free at the time of an appointment in scope."""
    policy, service = policy_of(session), queries.get_service_of(session, appointment)
    terms = kept_terms(queries.agreed_terms(session, [appointment])[appointment.id])
    today, day = policy.local_date(now), policy.local_date(appointment.starts_at)
    askable = list_doctors(session, on=today, until=day, station_id=appointment.station_facility_id)
    others = [
        Candidate(doctor_membership_id=each.membership_id)
        for each in askable
        if each.membership_id != appointment.doctor_membership_id
    ]
    beside: list[Owner] = [
        (ResourceKind.SEAT, appointment.station_facility_id),
        (ResourceKind.PATIENT, appointment.patient_id),
    ]
    question = Question(terms=terms, now=now, from_on=day, to_on=day)
    starts_at = appointment.starts_at
    free = keep_free(session, others, beside, service, question, starts_at, besides=appointment.id)
    return [each.doctor_membership_id for each in free]


def _candidate(
    member: PoolMember, done: Mapping[UUID, tuple[int, datetime]], known: UUID | None
) -> Candidate:
    minutes, last_at = done.get(member.membership_id, (0, None))
    return Candidate(
        doctor_membership_id=member.membership_id,
        weight=member.weight,
        priority=member.priority,
        credit_minutes=member.credit_minutes,
        minutes=minutes,
        last_at=last_at,
        knows_patient=member.membership_id == known,
    )


def _assigned(
    session: Session, doctors: Collection[UUID], *, since: datetime
) -> dict[UUID, tuple[int, datetime]]:
    """Return each doctor's minutes from an instant on, however they were booked, and the latest booking."""
    query = (
        select(
            Appointment.doctor_membership_id,
            func.sum(ServiceType.duration_minutes),
            func.max(Appointment.created_at),
        )
        .join(ServiceType, col(ServiceType.id) == Appointment.service_type_id)
        .where(
            col(Appointment.doctor_membership_id).in_(doctors),
            Appointment.starts_at >= since,
            col(Appointment.status).in_(_COUNTED),
        )
        .group_by(col(Appointment.doctor_membership_id))
    )
    return {doctor: (int(minutes), last_at) for doctor, minutes, last_at in session.exec(query)}


def _known_doctor(session: Session, patient_id: UUID, doctors: Collection[UUID]) -> UUID | None:
    """Return which of these doctors saw the patient last, under whatever record of the same person."""
    query = (
        select(Appointment.doctor_membership_id)
        .where(
            or_(
                Appointment.patient_id == patient_id,
                col(Appointment.patient_id).in_(core_select(OTHER_RECORDS.c.other)),
            ),
            Appointment.status == AppointmentState.FULFILLED,
            col(Appointment.doctor_membership_id).in_(doctors),
        )
        .order_by(col(Appointment.starts_at).desc())
        .limit(1)
    )
    return session.exec(query, params={"patients": [patient_id]}).first()
