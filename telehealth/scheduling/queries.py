"""Every select of scheduling: diaries for the slot search, appointments scoped by the actor."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, tuple_
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import VISIBLE, visible_patients
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import terms_of
from telehealth.availability.rules import GRID_MINUTES, ResourceKind, Terms, local_day
from telehealth.kit.actors import Actor
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch, instant
from telehealth.scheduling.diaries import Owner as Owner
from telehealth.scheduling.diaries import load_diaries as load_diaries
from telehealth.scheduling.errors import AppointmentNotFoundError
from telehealth.scheduling.models import IS_HELD, IS_LIVE, Appointment, AppointmentEvent, Claim
from telehealth.scheduling.rules import REBOOK, Support
from telehealth.scheduling.states import AGREED, LISTED, LIVE, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Membership
from telehealth.staff.rules import Role

_PLACED: Final = (
    *("hold", "move", "reschedule", "reassign", "override", "pass_on", "escalate"),
    *(REBOOK, "book_now", "hand_over"),
)
_PAST_HOURS: Final = ("override", "book_now", "hand_over")
"""Of the commands that give an appointment its time or its doctor, those that ask no hours."""


def placed_past_hours(session: Session, appointment_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these appointments stand where they stand by a word past the hours: one statement."""
    query = select(AppointmentEvent.appointment_id, AppointmentEvent.command).where(
        col(AppointmentEvent.appointment_id).in_(appointment_ids), col(AppointmentEvent.command).in_(_PLACED)
    )
    last = dict(session.exec(query.order_by(col(AppointmentEvent.seq))).all())
    return {appointment_id for appointment_id, command in last.items() if command in _PAST_HOURS}


def get_service_of(session: Session, appointment: Appointment) -> ServiceType:
    """Return the service type of an appointment."""
    return session.get_one(ServiceType, appointment.service_type_id)


def agreed_terms(session: Session, appointments: Collection[Appointment]) -> dict[UUID, Terms]:
    """Return the terms by which each of these stands: its own length and buffers, the rest as it is now.

    What is held, asked or agreed keeps both when the service gets others. They are read off the row and
    off what was claimed of the patient, of whom the whole is claimed always: one statement, and
    one for each kind of service.
    """
    claims = _claimed_of_patients(session, [row.id for row in appointments])
    kinds = {row.service_type_id for row in appointments}
    terms = {each: terms_of(session.get_one(ServiceType, each)) for each in kinds}
    return {
        row.id: _own_terms(terms[row.service_type_id], row, claims.get(row.id, ())) for row in appointments
    }


def _own_terms(terms: Terms, row: Appointment, claims: Collection[Span]) -> Terms:
    span = Span.between(row.starts_at, row.ends_at)
    around = [each for each in claims if each.start <= span.start and span.end <= each.end]
    duration, before, after = (span.end - span.start) // 60, terms.before, terms.after
    if around:  # the last: earlier ones were given back
        before, after = (span.start - around[-1].start) // 60, (around[-1].end - span.end) // 60
    if any(minutes % GRID_MINUTES for minutes in (duration, before, after)):
        return terms  # of a doctor who came at once, between two others: no such time is agreed anew
    return replace(terms, duration=duration, before=before, after=after)


def _claimed_of_patients(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, list[Span]]:
    query = (
        select(Claim.appointment_id, Claim.busy_start, Claim.busy_end)
        .join(Resource, col(Resource.id) == Claim.resource_id)
        .where(col(Claim.appointment_id).in_(appointment_ids), Resource.kind == ResourceKind.PATIENT)
    )
    found: dict[UUID, list[Span]] = {each: [] for each in appointment_ids}
    for appointment_id, start, end in session.exec(query.order_by(col(Claim.id))):
        found[appointment_id].append(Span(start, end))
    return found


_FOUND: Final = select(Appointment).where(
    Appointment.id == bindparam("appointment"),
    or_(
        col(Appointment.doctor_membership_id) == bindparam("me"),
        col(Appointment.station_facility_id) == bindparam("here"),
    ),
    col(Appointment.patient_id).in_(VISIBLE),
)
_LOCKED: Final = _FOUND.with_for_update().execution_options(populate_existing=True)
"""Written once: nearly every act asks so, and building the statement costs more than sending it."""


def get_appointment(
    session: Session, actor: Actor, appointment_id: UUID, *, now: datetime, lock: bool = False
) -> Appointment:
    """Return an appointment in scope, locked against other writers if asked.

    Raises `appointment-not-found`, for one out of scope just as for none.
    """
    asked = {"appointment": appointment_id, "me": actor.ref, "here": actor.facility_id, "now": now}
    appointment = session.exec(_LOCKED if lock else _FOUND, params=asked).first()
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


def list_known(
    session: Session, actor: Actor, appointment_ids: Collection[UUID], *, now: datetime
) -> list[Appointment]:
    """List those of these appointments that are in scope; a statement only where any are asked about."""
    if not appointment_ids:
        return []
    return list(session.exec(_scoped(actor, now).where(col(Appointment.id).in_(appointment_ids))))


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


def list_overdue(session: Session, *, now: datetime) -> list[Appointment]:
    """List requests nobody answered in time, or whose doctor may not be there to do so, the longest first."""
    query = select(Appointment).where(
        Appointment.status == AppointmentState.REQUESTED,
        or_(col(Appointment.respond_by) <= now, col(Appointment.support) == Support.UNSUPPORTED),
    )
    return list(session.exec(query.order_by(col(Appointment.respond_by))))


def oldest_due(session: Session, *, now: datetime) -> datetime | None:
    """Return since when the hold or request waits that waits longest for a tick; None where none does.

    Whoever books releases what ran out by themselves; a request is asked on by the tick alone. Two looks,
    each along an index.
    """
    looks = (
        select(func.min(Appointment.hold_expires_at)).where(IS_HELD, col(Appointment.hold_expires_at) <= now),
        select(func.min(Appointment.respond_by)).where(
            Appointment.status == AppointmentState.REQUESTED, col(Appointment.respond_by) <= now
        ),
    )
    found = [session.exec(each).one() for each in looks]
    return min((each for each in found if each is not None), default=None)


def get_by_id(session: Session, appointment_id: UUID) -> Appointment:
    """Return an appointment without asking who wants it; raise `appointment-not-found`.

    For subscribers, jobs, and callers that hold a patient link or a ticket bound to it.
    """
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise AppointmentNotFoundError
    return appointment


_STATUS: Final = select(Appointment.status).where(Appointment.id == bindparam("appointment"))


def get_status(session: Session, appointment_id: UUID) -> AppointmentState:
    """Return how an appointment stands in the database, without loading it; raise `appointment-not-found`."""
    status = session.connection().execute(_STATUS, {"appointment": appointment_id}).scalar()
    if status is None:
        raise AppointmentNotFoundError
    return AppointmentState(status)


def find_for_visit(session: Session, actor: Actor, visit_id: UUID, *, now: datetime) -> Appointment | None:
    """Find the live appointment of a visit, a held one if none is agreed; an expired hold is none."""
    query = _scoped(actor, now).where(
        Appointment.visit_id == visit_id,
        col(Appointment.status).in_(LIVE),
        or_(col(Appointment.hold_expires_at).is_(None), col(Appointment.hold_expires_at) > now),
    )
    return session.exec(query.order_by(col(Appointment.hold_expires_at).is_not(None))).first()


def list_ahead(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[Appointment]:
    """List what is asked or agreed for a patient in scope and not over, of any visit, the next first."""
    query = _scoped(actor, now).where(
        Appointment.patient_id == patient_id,
        col(Appointment.status).in_(LIVE - {AppointmentState.HELD}),
        Appointment.ends_at > now,
    )
    return list(session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id))))


def list_clashes(
    session: Session, actor: Actor, patient_ids: Collection[UUID], *, now: datetime
) -> list[tuple[Appointment, Appointment]]:
    """List pairs of appointments that one person cannot keep both of, taking these records for one person's.

    Of patients in scope, whoever booked them, and not over; what a form holds runs out by itself. They
    clash where the second would be refused: buffers count. One statement.
    """
    query = (
        select(Appointment, Claim.busy_start, Claim.busy_end)
        .join(Claim, col(Claim.appointment_id) == Appointment.id)
        .join(Resource, col(Resource.id) == Claim.resource_id)
        .where(
            Resource.kind == ResourceKind.PATIENT,
            col(Resource.owner_id).in_(patient_ids),
            IS_LIVE,
            Claim.busy_end > epoch(now),
            col(Appointment.status).in_(LIVE - {AppointmentState.HELD}),
            col(Appointment.patient_id).in_(visible_patients(actor, now)),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    rows = [(row, Span(start, end)) for row, start, end in session.exec(query)]
    return [
        (one, other)
        for (one, span), (other, theirs) in combinations(rows, 2)
        if one.patient_id != other.patient_id and span.overlaps(theirs)
    ]


def list_for_station(
    session: Session,
    actor: Actor,
    day: date,
    *,
    now: datetime,
    days: int = 1,
    around: timedelta = timedelta(0),
) -> list[Appointment]:
    """List the appointments of the actor's facility on a day, or on several, in order, requests too.

    With them those that begin so long before or after now, on whatever side of midnight.
    """
    query = _in_days(session, _scoped(actor, now), day, days, LISTED, now=now, around=around)
    return list(session.exec(query.where(Appointment.station_facility_id == actor.facility_id)))


def list_for_doctor(
    session: Session,
    actor: Actor,
    day: date,
    *,
    now: datetime,
    days: int = 1,
    around: timedelta = timedelta(0),
) -> list[Appointment]:
    """List the agreed appointments of the acting doctor on a day, or on several, in order.

    With them those that begin so long before or after now, on whatever side of midnight.
    """
    query = _in_days(session, _scoped(actor, now), day, days, AGREED, now=now, around=around)
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
    support: Support | None = None,
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
    if support is not None:
        query = query.where(Appointment.support == support)
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
    *,
    now: datetime,
    around: timedelta,
) -> SelectOfScalar[Appointment]:
    zone = policy_of(session).zone
    start = instant(local_day(zone, day).start)
    end = instant(local_day(zone, day + timedelta(days=days - 1)).end)
    if around:
        start, end = min(start, now - around), max(end, now + around)
    return query.where(
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
        col(Appointment.status).in_(states),
    ).order_by(col(Appointment.starts_at), col(Appointment.id))
