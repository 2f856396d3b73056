"""Whether hours still hold what was agreed: `support`, derived from hours and nothing else.

Changing hours never moves, ends or deletes an appointment. It shows beforehand which ones it would
leave without hours; afterwards those are marked, told and listed, for a person to find another time.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select

from telehealth.audit.service import record
from telehealth.availability.events import HoursChanged
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import terms_of
from telehealth.availability.rules import ResourceKind, Scope
from telehealth.availability.service import HoursChange, Target, apply_change
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.changes import note_change
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.scheduling.daybits import Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.events import AppointmentSupported, AppointmentUnsupported
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Support
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.slots import holds
from telehealth.scheduling.states import LIVE, AppointmentState


def on_hours_changed(session: Session, event: HoursChanged, now: datetime) -> None:
    """Judge anew what the change may concern."""
    refresh_support(session, affected(session, Target(event.scope, event.scope_id), now), now=now)


def preview_change(
    session: Session, actor: Actor, change: HoursChange, *, now: datetime
) -> list[Appointment]:
    """Return the agreed appointments the hours hold now and would not after the change, by time.

    The change is applied and taken back, so what is shown is what will be. Raises as `change_hours`.
    """
    agreed = [row for row in affected(session, change.target, now) if row.status != AppointmentState.HELD]
    before = judge(session, agreed, now)
    savepoint = session.begin_nested()
    try:
        apply_change(session, actor, change, now=now)
        after = judge(session, agreed, now)
    finally:
        savepoint.rollback()
    return [row for row in agreed if row.id in before - after]


def refresh_support(session: Session, appointments: Sequence[Appointment], *, now: datetime) -> None:
    """Bring `support` in line with the hours; tell of each that changed. State and claims stay."""
    supported = judge(session, appointments, now)
    changed: dict[Support, list[str]] = defaultdict(list)
    for row in appointments:
        support = Support.SUPPORTED if row.id in supported else Support.UNSUPPORTED
        if row.support == support:
            continue
        row.support = support
        session.add(row)
        changed[support].append(str(row.id))
        scopes = (row.station_facility_id, row.doctor_membership_id)
        note_change(session, "appointment", row.id, scopes=scopes, now=now)
        event = AppointmentSupported if support is Support.SUPPORTED else AppointmentUnsupported
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
    query = select(Appointment).where(
        col(Appointment.status).in_(LIVE),
        Appointment.ends_at > now,
        Appointment.support != Support.OVERRIDDEN,
    )
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
    return list(session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id))))


def judge(session: Session, appointments: Collection[Appointment], now: datetime) -> set[UUID]:
    """Return those whose doctor and station are open throughout: a few statements for each service."""
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
            is_open = doctor is not None and holds(doctor, row.starts_at, row.ends_at)
            if is_open and holds(seat, row.starts_at, row.ends_at):
                held.add(row.id)
    return held
