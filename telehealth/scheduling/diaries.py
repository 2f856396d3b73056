"""Loading diaries: all that decides when doctors, seats and patients are free, in a few statements."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlalchemy import select as core_select
from sqlmodel import Session, col, or_, select

from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import load_changes, load_hours
from telehealth.availability.rules import ResourceKind, local_day
from telehealth.kit.db import metadata
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import Busy
from telehealth.scheduling.slots import Diary, Question, by_day
from telehealth.scheduling.states import AppointmentState

Owner = tuple[ResourceKind, UUID]


def load_diaries(
    session: Session,
    owners: Collection[Owner],
    service: ServiceType,
    question: Question,
    *,
    form_id: UUID | None = None,
) -> dict[Owner, Diary]:
    """Load what decides when these resources are free: four statements, whatever their number.

    Claims of expired holds do not count, nor those of the form's own hold. Owners without a
    resource are left out; an inactive one is never open.
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
    busy = _load_busy(session, resources, window, question.now, form_id)
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
    session: Session, resources: Collection[UUID], window: Span, now: datetime, form_id: UUID | None
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
    found: dict[UUID, list[Busy]] = {}
    for resource_id, lane, start, end in session.exec(query):
        found.setdefault(resource_id, []).append(Busy(lane, Span(start, end)))
    return found


def held_doctors(session: Session, form_id: UUID) -> list[Owner]:
    """Return the doctors of whom a form holds a slot: for that form their diaries are others."""
    query = select(Appointment.doctor_membership_id).where(
        Appointment.form_id == form_id, Appointment.status == AppointmentState.HELD
    )
    return [(ResourceKind.DOCTOR, doctor_id) for doctor_id in session.exec(query)]


def load_person(session: Session, patient_id: UUID, question: Question) -> dict[Owner, Diary]:
    """Load the diary of a patient, as `load_diaries` does, in one statement: nothing but claims."""
    zone = policy_of(session).zone
    margin = timedelta(days=1)
    window = {
        "owner": patient_id,
        "start": local_day(zone, question.from_on - margin).start,
        "end": local_day(zone, question.to_on + margin).end,
        "now": epoch(question.now),
    }
    rows = session.connection().execute(_PERSON, window)
    busy = by_day(Busy(lane, Span(start, end)) for lane, start, end in rows)
    return {
        (ResourceKind.PATIENT, patient_id): Diary(owner_id=patient_id, zone=zone, is_bound=False, busy=busy)
    }


_claim, _resource = metadata.tables["claim"].c, metadata.tables["resource"].c
_PERSON = (
    core_select(_claim.lane, _claim.busy_start, _claim.busy_end)
    .join(metadata.tables["resource"], _resource.id == _claim.resource_id)
    .where(
        _resource.kind == ResourceKind.PATIENT,
        _resource.owner_id == bindparam("owner"),
        _claim.state.in_(("held", "booked")),
        _claim.busy_end > bindparam("start"),
        _claim.busy_start < bindparam("end"),
        or_(_claim.held_until.is_(None), _claim.held_until > bindparam("now")),
    )
)
"""Written once: building a statement costs more than sending it."""
