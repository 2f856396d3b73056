"""Whether what was agreed still holds: `support`, derived from hours and from who works, nothing else.

Changing hours never moves, ends or deletes an appointment. It shows beforehand which ones it would
leave without hours; afterwards those are marked, told and listed, for a person to find another time.
The same becomes of what was agreed with a doctor who was shut out, or for a day on which they do not
work any more: of what rests on no hours, too.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.audit.service import record
from telehealth.availability.events import HoursChanged
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import terms_of
from telehealth.availability.rules import ResourceKind, Scope
from telehealth.availability.service import HoursChange, SetSeats, Target, apply_change
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import InvalidError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import epoch
from telehealth.scheduling import queries
from telehealth.scheduling.daybits import Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.events import AppointmentSupported, AppointmentUnsupported
from telehealth.scheduling.models import IS_LIVE, Appointment, Claim
from telehealth.scheduling.rules import Support
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.locks import lock_resources
from telehealth.scheduling.slots import holds
from telehealth.scheduling.states import LIVE, AppointmentState
from telehealth.staff.events import MembershipEndSet, StaffDisabled, StaffEnabled
from telehealth.staff.queries import describe, terms_of_work


@dataclass(frozen=True, slots=True)
class Effects:
    """Agreed appointments a change would leave without hours, and those that would have theirs back."""

    lost: list[Appointment]
    regained: list[Appointment]


def on_hours_changed(session: Session, event: HoursChanged, now: datetime) -> None:
    """Judge anew what the change may concern; raise `seats-in-use` where it takes seats that are claimed."""
    if event.seats is not None and event.scope_id is not None:
        require_seats(session, event.scope_id, event.seats, now=now)
    refresh_support(session, affected(session, Target(event.scope, event.scope_id), now), now=now)


def require_seats(session: Session, facility_id: UUID, seats: int, *, now: datetime) -> None:
    """Refuse to take seats that appointments have: no hours say which of them it would be.

    Nobody is stranded unseen that way: they are moved first, or the seats go later. Raises `seats-in-use`
    with their number.
    """
    query = (
        select(func.count(func.distinct(Claim.appointment_id)))
        .join(Resource, col(Resource.id) == Claim.resource_id)
        .where(
            Resource.kind == ResourceKind.SEAT,
            Resource.owner_id == facility_id,
            Claim.lane >= seats,
            IS_LIVE,
            or_(col(Claim.held_until).is_(None), col(Claim.held_until) > epoch(now)),
            Claim.busy_end > epoch(now),
        )
    )
    count = session.exec(query).one()
    if count:
        raise InvalidError("seats-in-use", field="seats", count=str(count))


def on_doctor_changed(
    session: Session, event: StaffDisabled | StaffEnabled | MembershipEndSet, now: datetime
) -> None:
    """Judge anew what was agreed with somebody who was shut out or let in, or whose last day was set.

    Under the locks a hold and a move take: nothing is booked between, nothing is marked that has moved.
    """
    lock_resources(session, [(ResourceKind.DOCTOR, each) for each in event.membership_ids])
    query = _live(now).where(col(Appointment.doctor_membership_id).in_(event.membership_ids))
    locked = query.with_for_update().execution_options(populate_existing=True)
    refresh_support(session, session.exec(locked).all(), now=now)


def preview_change(
    session: Session, actor: Actor, change: HoursChange, *, now: datetime
) -> list[Appointment]:
    """Return the agreed appointments the hours hold now and would not after the change, by time.

    Raises as `change_hours`.
    """
    return foresee_change(session, actor, change, now=now).lost


def foresee_change(session: Session, actor: Actor, change: HoursChange, *, now: datetime) -> Effects:
    """Return what a change would do to what is agreed. Raises as `change_hours`.

    The change is applied and taken back, so what is shown is what will be.
    """

    def apply() -> None:
        apply_change(session, actor, change, now=now)
        if isinstance(change, SetSeats) and change.target.scope_id is not None:
            require_seats(session, change.target.scope_id, change.seats, now=now)

    return foresee(session, change.target, apply, now=now)


def preview(
    session: Session, target: Target, apply: Callable[[], object], *, now: datetime
) -> list[Appointment]:
    """Return the agreed appointments that lose their hours by what `apply` does, which is taken back."""
    return foresee(session, target, apply, now=now).lost


def foresee(session: Session, target: Target, apply: Callable[[], object], *, now: datetime) -> Effects:
    """Return what `apply`, which is taken back, would do to what is agreed, by time."""
    agreed = [row for row in affected(session, target, now) if row.status != AppointmentState.HELD]
    before = judge(session, agreed, now)
    savepoint = session.begin_nested()
    try:
        apply()
        after = judge(session, agreed, now)
    finally:
        savepoint.rollback()
    return Effects(
        lost=[row for row in agreed if row.id in before - after],
        regained=[row for row in agreed if row.id in after - before],
    )


def refresh_support(session: Session, appointments: Sequence[Appointment], *, now: datetime) -> None:
    """Bring `support` in line with hours and work; tell of each that changed. State and claims stay."""
    judged = _judged(session, appointments, now)
    changed: dict[Support, list[str]] = defaultdict(list)
    moved = [(row, support) for row, support in judged if row.support != support]
    # The doctors' houses hear of it too: their coordinators look after what is left without hours.
    cards = describe(session, {row.doctor_membership_id for row, _ in moved})
    for row, support in moved:
        row.support = support
        session.add(row)
        changed[support].append(str(row.id))
        card = cards.get(row.doctor_membership_id)
        house = (card.facility_id,) if card else ()
        scopes = (row.station_facility_id, row.doctor_membership_id, *house)
        note_change(session, "appointment", row.id, scopes=scopes, now=now)
        event = AppointmentUnsupported if support is Support.UNSUPPORTED else AppointmentSupported
        publish(session, event(**facts_of(row)), now=now)
    if changed:
        record(
            session,
            SYSTEM,
            "availability.change",
            subject_kind="appointment",
            facts={str(support): ids for support, ids in changed.items()},
            now=now,
        )
    session.flush()


def affected(session: Session, target: Target, now: datetime) -> list[Appointment]:
    """List the live appointments that are not over and whose hours a change may concern, by time.

    What a coordinator agreed past the hours never rested on them.
    """
    query = _live(now).where(Appointment.support != Support.OVERRIDDEN)
    if target.scope is not Scope.NATIONAL:
        owners = select(Resource.owner_id).where(
            Resource.id == target.scope_id
            if target.scope is Scope.RESOURCE
            else Resource.facility_id == target.scope_id
        )
        query = query.where(
            or_(
                col(Appointment.doctor_membership_id).in_(owners),
                col(Appointment.station_facility_id).in_(owners),
                Appointment.station_facility_id == target.scope_id,
            )
        )
    return list(session.exec(query))


def at_work(session: Session, appointments: Collection[Appointment]) -> set[UUID]:
    """Return those whose doctor works on their day, shut out by nobody, whatever the hours: one statement."""
    terms = terms_of_work(session, {row.doctor_membership_id for row in appointments})
    found = set()
    for row in appointments:
        first, end = terms.get(row.doctor_membership_id, (date.max, None))
        day = policy_of(session).local_date(row.starts_at)
        if first <= day and (end is None or day < end):
            found.add(row.id)
    return found


def _live(now: datetime) -> SelectOfScalar[Appointment]:
    query = select(Appointment).where(col(Appointment.status).in_(LIVE), Appointment.ends_at > now)
    return query.order_by(col(Appointment.starts_at), col(Appointment.id))


def _judged(
    session: Session, appointments: Sequence[Appointment], now: datetime
) -> list[tuple[Appointment, Support]]:
    """Return what holds each appointment: its hours, a coordinator's word beyond them, or nothing."""
    supported = judge(session, appointments, now)
    working = at_work(session, appointments)
    beyond = queries.placed_past_hours(session, [row.id for row in appointments if _may_be_beyond(row)])

    def support_of(row: Appointment) -> Support:
        if row.id not in working:
            return Support.UNSUPPORTED
        if row.id in beyond:
            return Support.OVERRIDDEN
        return Support.SUPPORTED if row.id in supported else Support.UNSUPPORTED

    return [(row, support_of(row)) for row in appointments]


def _may_be_beyond(row: Appointment) -> bool:
    """Tell whether an appointment may rest on no hours: what is supported does not."""
    return row.support != Support.SUPPORTED


def judge(session: Session, appointments: Collection[Appointment], now: datetime) -> set[UUID]:
    """Return those whose doctor and station are open throughout: a few statements for each service."""
    working = at_work(session, appointments)
    by_service: dict[UUID, list[Appointment]] = defaultdict(list)
    for row in appointments:
        by_service[row.service_type_id].append(row)
    held: set[UUID] = set()
    for service_id, rows in by_service.items():
        service = session.get_one(ServiceType, service_id)
        days = [policy_of(session).local_date(row.starts_at) for row in rows]
        question = Question(terms=terms_of(service), now=now, from_on=min(days), to_on=max(days))
        owners: set[Owner] = {(ResourceKind.DOCTOR, row.doctor_membership_id) for row in rows}
        owners |= {(ResourceKind.SEAT, row.station_facility_id) for row in rows}
        diaries = load_diaries(session, owners, service, question)
        for row in rows:
            doctor = diaries.get((ResourceKind.DOCTOR, row.doctor_membership_id))
            seat = diaries[ResourceKind.SEAT, row.station_facility_id]
            is_open = row.id in working and doctor is not None and holds(doctor, row.starts_at, row.ends_at)
            if is_open and holds(seat, row.starts_at, row.ends_at):
                held.add(row.id)
    return held
