"""Every select of scheduling: diaries for the slot search, appointments scoped by the actor."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import require_patient, visible_patients
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import get_service, load_changes, load_hours, terms_of
from telehealth.availability.rules import (
    ResourceKind,
    local_day,
)
from telehealth.duty.queries import list_members
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch, instant
from telehealth.scheduling.errors import AppointmentNotFoundError
from telehealth.scheduling.models import Appointment, AppointmentEvent, Claim
from telehealth.scheduling.rules import MAX_WINDOW_DAYS, Busy, Slot, SlotSearch
from telehealth.scheduling.slots import Diary, Question, Start, by_day, free_slots, walk
from telehealth.scheduling.states import AGREED, LISTED, LIVE, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Membership
from telehealth.staff.queries import list_doctors
from telehealth.staff.rules import Role

Owner = tuple[ResourceKind, UUID]


@dataclass(frozen=True, slots=True)
class Day:
    """The starts of one local day, free and taken."""

    on: date
    starts: tuple[Start, ...]


def get_service_of(session: Session, appointment: Appointment) -> ServiceType:
    """Return the service type of an appointment."""
    return session.get_one(ServiceType, appointment.service_type_id)


def find_slots(session: Session, actor: Actor, search: SlotSearch, *, now: datetime) -> list[Slot]:
    """Return the earliest free slots over all doctors who qualify, at most `search.limit`.

    The same number of statements however many doctors there are. Raises `bad-window`,
    `service-not-found`, `patient-not-found`.
    """
    return free_slots(_walk(session, actor, search, now), limit=search.limit, after=search.after)


def list_days(session: Session, actor: Actor, search: SlotSearch, *, now: datetime) -> list[Day]:
    """Return whole days with their free and taken starts, until `search.limit` free ones are in.

    Days on which nobody works are left out. Raises as `find_slots` does.
    """
    days: list[Day] = []
    free = 0
    for starts in _walk(session, actor, search, now):
        if starts:
            days.append(
                Day(starts[0].slot.starts_at.astimezone(policy_of(session).zone).date(), tuple(starts))
            )
        free += sum(start.standing == "free" for start in starts)
        if free >= search.limit:
            break
    return days


def _walk(session: Session, actor: Actor, search: SlotSearch, now: datetime) -> Iterator[list[Start]]:
    if search.patient_id is not None:
        require_patient(session, actor, search.patient_id, now=now)
    service = get_service(session, search.service_code)
    question = _question(session, search, service, now)
    doctors = list_doctors(
        session,
        on=policy_of(session).local_date(now),
        station_id=actor.facility_id,
        specialty=search.specialty,
        tiers=set(search.tiers) if search.tiers is not None else None,
    )
    pooled = _in_pool(session, search, now)
    owners: list[Owner] = [
        (ResourceKind.DOCTOR, doctor.membership_id)
        for doctor in doctors
        if search.doctor_membership_id in (None, doctor.membership_id)
        and (pooled is None or doctor.membership_id in pooled)
    ]
    diaries = load_diaries(
        session,
        [*owners, *beside(actor, search.patient_id)],
        service,
        question,
        form_id=search.form_id,
        besides=search.besides,
    )
    return walk(
        [diaries[owner] for owner in owners if owner in diaries],
        [diary for owner, diary in diaries.items() if owner[0] is not ResourceKind.DOCTOR],
        question,
    )


def _in_pool(session: Session, search: SlotSearch, now: datetime) -> frozenset[UUID] | None:
    """Return who is in the pool that is searched; None where none is named."""
    if search.pool_id is None:
        return None
    members = list_members(session, [search.pool_id], on=policy_of(session).local_date(now))
    return frozenset(member.membership_id for member in members)


def beside(actor: Actor, patient_id: UUID | None) -> list[Owner]:
    """Name what must be free beside the doctor: a seat of the actor's station, and the patient."""
    seat: list[Owner] = [(ResourceKind.SEAT, actor.facility_id)] if actor.facility_id else []
    return seat + ([(ResourceKind.PATIENT, patient_id)] if patient_id else [])


def _question(session: Session, search: SlotSearch, service: ServiceType, now: datetime) -> Question:
    if search.to_on < search.from_on or (search.to_on - search.from_on).days > MAX_WINDOW_DAYS:
        raise InvalidError("bad-window", field="to", limit=MAX_WINDOW_DAYS)
    terms = terms_of(service)
    today = policy_of(session).local_date(now)
    after = search.after.starts_at.astimezone(policy_of(session).zone).date() if search.after else today
    return Question(
        terms=terms,
        now=now,
        from_on=max(search.from_on, today, after),
        to_on=min(search.to_on, today + timedelta(days=terms.horizon_days)),
        part=search.part,
    )


def load_diaries(
    session: Session,
    owners: Collection[Owner],
    service: ServiceType,
    question: Question,
    *,
    form_id: UUID | None = None,
    besides: UUID | None = None,
) -> dict[Owner, Diary]:
    """Load what decides when these resources are free: four statements, whatever their number.

    Claims of expired holds do not count, nor those of the form's own hold, nor those of the
    appointment `besides` that is to move. Owners without a resource are left out; an inactive one is
    never open.
    """
    wanted = [owner_id for _, owner_id in owners]
    rows = session.exec(select(Resource).where(col(Resource.owner_id).in_(wanted)))
    resources = {row.id: row for row in rows if (ResourceKind(row.kind), row.owner_id) in set(owners)}
    zones = {ZoneInfo(row.zone) for row in resources.values()}
    margin = timedelta(days=1)
    first = min((local_day(zone, question.from_on - margin).start for zone in zones), default=0)
    last = max((local_day(zone, question.to_on + margin).end for zone in zones), default=1)
    window = Span(first, max(last, first + 1))
    hours = load_hours(session, resources, service)
    changes = load_changes(session, resources, window)
    busy = _load_busy(session, resources, window, question.now, form_id, besides)
    return {
        (ResourceKind(row.kind), row.owner_id): Diary(
            owner_id=row.owner_id,
            zone=ZoneInfo(row.zone),
            lanes=row.lanes,
            is_bound=row.kind == ResourceKind.DOCTOR or row.id in hours or not row.is_active,
            hours=tuple(hours.get(row.id, ())) if row.is_active else (),
            changes=tuple(changes.get(row.id, ())) if row.kind != ResourceKind.PATIENT else (),
            busy=by_day(busy.get(row.id, ())),
        )
        for row in resources.values()
    }


def _load_busy(
    session: Session,
    resources: Collection[UUID],
    window: Span,
    now: datetime,
    form_id: UUID | None,
    besides: UUID | None,
) -> dict[UUID, list[Busy]]:
    query = select(Claim.resource_id, Claim.lane, Claim.busy_start, Claim.busy_end).where(
        col(Claim.resource_id).in_(resources),
        col(Claim.state).in_(("held", "booked")),
        Claim.busy_end > window.start,
        Claim.busy_start < window.end,
        or_(col(Claim.held_until).is_(None), col(Claim.held_until) > epoch(now)),
    )
    if form_id is not None:
        own = select(Appointment.id).where(
            Appointment.form_id == form_id, Appointment.status == AppointmentState.HELD
        )
        query = query.where(col(Claim.appointment_id).not_in(own))
    if besides is not None:
        query = query.where(Claim.appointment_id != besides)
    found: dict[UUID, list[Busy]] = {}
    for resource_id, lane, start, end in session.exec(query):
        found.setdefault(resource_id, []).append(Busy(lane, Span(start, end)))
    return found


def get_appointment(
    session: Session, actor: Actor, appointment_id: UUID, *, now: datetime, lock: bool = False
) -> Appointment:
    """Return an appointment in scope, locked against other writers if asked.

    Raises `appointment-not-found`, for one out of scope just as for none.
    """
    query = _scoped(actor, now).where(Appointment.id == appointment_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    appointment = session.exec(query).first()
    if appointment is None:
        raise AppointmentNotFoundError
    return appointment


def get_to_arrange(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Return an appointment the actor may arrange: in scope, or of a doctor of the coordinator's house.

    Raises `appointment-not-found`. Of the latter a coordinator learns when and who, nothing of why.
    """
    query = select(Appointment).where(_arranged(actor, now), Appointment.id == appointment_id)
    appointment = session.exec(query).first()
    if appointment is None:
        raise AppointmentNotFoundError
    return appointment


def lock_appointment(session: Session, appointment_id: UUID) -> Appointment:
    """Lock an appointment the caller has found in scope, as it is now."""
    query = select(Appointment).where(Appointment.id == appointment_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one()


def list_requests(session: Session, actor: Actor) -> list[Appointment]:
    """List the requests the actor can answer, the one that is due first at the top."""
    answerable = col(Appointment.doctor_membership_id) == actor.ref
    if _is_coordinator(actor):
        answerable = or_(answerable, _of_house(actor))
    query = select(Appointment).where(Appointment.status == AppointmentState.REQUESTED, answerable)
    return list(session.exec(query.order_by(col(Appointment.respond_by), col(Appointment.id))))


def list_overdue(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """List requests nobody answered in time, the longest first."""
    query = select(Appointment.id).where(
        Appointment.status == AppointmentState.REQUESTED, col(Appointment.respond_by) <= now
    )
    return list(session.exec(query.order_by(col(Appointment.respond_by)).limit(limit)))


def get_by_id(session: Session, appointment_id: UUID) -> Appointment:
    """Return an appointment without asking who wants it; raise `appointment-not-found`.

    For subscribers, jobs, and callers that hold a patient link or a ticket bound to it.
    """
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise AppointmentNotFoundError
    return appointment


def find_for_visit(session: Session, actor: Actor, visit_id: UUID, *, now: datetime) -> Appointment | None:
    """Find the live appointment of a visit, held ones included; an expired hold is none."""
    query = _scoped(actor, now).where(
        Appointment.visit_id == visit_id,
        col(Appointment.status).in_(LIVE),
        or_(col(Appointment.hold_expires_at).is_(None), col(Appointment.hold_expires_at) > now),
    )
    return session.exec(query).first()


def list_for_station(
    session: Session, actor: Actor, day: date, *, now: datetime, days: int = 1
) -> list[Appointment]:
    """List the appointments of the actor's facility on a day, or on several, in order, requests too."""
    query = _in_days(session, _scoped(actor, now), day, days, LISTED)
    return list(session.exec(query.where(Appointment.station_facility_id == actor.facility_id)))


def list_for_doctor(
    session: Session, actor: Actor, day: date, *, now: datetime, days: int = 1
) -> list[Appointment]:
    """List the agreed appointments of the acting doctor on a day, or on several, in order."""
    query = _in_days(session, _scoped(actor, now), day, days, AGREED)
    return list(session.exec(query.where(Appointment.doctor_membership_id == actor.ref)))


def list_page(
    session: Session,
    actor: Actor,
    *,
    from_on: date,
    to_on: date,
    now: datetime,
    limit: int,
    status: AppointmentState | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> list[Appointment]:
    """List appointments in scope by time, behind the key `after`: keyset pages, cancelled ones too."""
    zone = policy_of(session).zone
    start, end = local_day(zone, from_on).start, local_day(zone, to_on).end
    query = _scoped(actor, now).where(
        Appointment.starts_at >= instant(start), Appointment.starts_at < instant(end)
    )
    if status is not None:
        query = query.where(Appointment.status == status)
    if after is not None:
        query = query.where(tuple_(col(Appointment.starts_at), col(Appointment.id)) > after)
    return list(session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id)).limit(limit)))


def list_events(session: Session, appointment: Appointment) -> list[AppointmentEvent]:
    """List the history of an appointment fetched in scope, oldest first."""
    query = select(AppointmentEvent).where(AppointmentEvent.appointment_id == appointment.id)
    return list(session.exec(query.order_by(col(AppointmentEvent.seq))))


def latest_at(
    session: Session, appointments: Sequence[Appointment], status: AppointmentState
) -> dict[UUID, datetime]:
    """Return when appointments fetched in scope came into a state, for those that did."""
    query = (
        select(AppointmentEvent.appointment_id, AppointmentEvent.at)
        .where(
            col(AppointmentEvent.appointment_id).in_([each.id for each in appointments]),
            AppointmentEvent.to_status == status,
        )
        .order_by(col(AppointmentEvent.seq))
    )
    return dict(session.exec(query).all())


def _scoped(actor: Actor, now: datetime) -> SelectOfScalar[Appointment]:
    return select(Appointment).where(_in_scope(actor, now))


def _in_scope(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Say what the actor's facility booked or the actor is the doctor of, of patients in scope."""
    own: ColumnElement[bool] = col(Appointment.doctor_membership_id) == actor.ref
    if actor.facility_id is not None:
        own = or_(own, col(Appointment.station_facility_id) == actor.facility_id)
    return own & col(Appointment.patient_id).in_(visible_patients(actor, now))


def _arranged(actor: Actor, now: datetime) -> ColumnElement[bool]:
    own = _in_scope(actor, now)
    return or_(own, _of_house(actor)) if _is_coordinator(actor) else own


def _of_house(actor: Actor) -> ColumnElement[bool]:
    """Say that the doctor works where the actor does."""
    colleagues = select(Membership.id).where(Membership.facility_id == actor.facility_id)
    agreed = col(Appointment.status) != AppointmentState.HELD
    return agreed & col(Appointment.doctor_membership_id).in_(colleagues)


def _is_coordinator(actor: Actor) -> bool:
    return isinstance(actor, MembershipActor) and actor.role is Role.COORDINATOR


def _in_days(
    session: Session,
    query: SelectOfScalar[Appointment],
    day: date,
    days: int,
    states: frozenset[AppointmentState],
) -> SelectOfScalar[Appointment]:
    zone = policy_of(session).zone
    start = local_day(zone, day).start
    end = local_day(zone, day + timedelta(days=days - 1)).end
    return query.where(
        Appointment.starts_at >= instant(start),
        Appointment.starts_at < instant(end),
        col(Appointment.status).in_(states),
    ).order_by(col(Appointment.starts_at), col(Appointment.id))
