"""The one select of a timeline: a page of every kind merged by date, scoped by the actor."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, literal, null, or_, select, union_all
from sqlalchemy.types import Uuid
from sqlmodel import Session, col

from telehealth.access.queries import person_ids, visible_patients
from telehealth.access.rules import can
from telehealth.kit.actors import Actor
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import LISTED, AppointmentState
from telehealth.timeline.rules import NEEDED, Cursor, Entry, Kind, Slice
from telehealth.urgent.models import UrgentRequest
from telehealth.visits.models import Visit

_SHOWN = frozenset({*LISTED, AppointmentState.CANCELLED})


def kinds_for(actor: Actor) -> tuple[Kind, ...]:
    """Return what of a timeline the actor may see."""
    return tuple(kind for kind in Kind if can(actor, NEEDED[kind]))


def find_slice(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    *,
    now: datetime,
    kinds: Collection[Kind],
    before: Cursor | None,
    limit: int,
) -> Slice:
    """Return a page of everything the actor may see of a person, newest first; two statements.

    Of each kind no more rows are read than a page holds, so a long life costs what a short one does.
    """
    ids = person_ids(session, patient_id)
    wanted = [kind for kind in kinds_for(actor) if kind in kinds]
    if not wanted:
        return Slice((), None)
    parts = [_part(kind, actor, ids, now, before, limit + 1) for kind in wanted]
    merged = union_all(*parts).subquery()
    query = select(merged).order_by(merged.c.at.desc(), merged.c.id.desc()).limit(limit + 1)
    rows = [_entry(row) for row in session.execute(query).mappings()]
    return Slice(tuple(rows[:limit]), rows[limit - 1].cursor if len(rows) > limit else None)


def _part(
    kind: Kind, actor: Actor, ids: Sequence[UUID], now: datetime, before: Cursor | None, limit: int
) -> Select[Any]:
    table, at, columns, condition = _SOURCES[kind]
    of_person = and_(table.patient_id.in_(ids), table.patient_id.in_(visible_patients(actor, now)))
    query = select(literal(str(kind)).label("kind"), table.id.label("id"), at.label("at"), *columns)
    query = query.where(of_person)
    if condition is not None:
        query = query.where(condition)
    if kind is Kind.MESSAGE:
        query = query.where(col(OutboxMessage.facility_id) == actor.facility_id)
    if before is not None:
        query = query.where(_below(at, table.id, before))
    newest = query.order_by(at.desc(), table.id.desc()).limit(limit).subquery()
    return select(newest)


def _below(at: Any, row_id: Any, before: Cursor) -> ColumnElement[bool]:
    return and_(at <= before.at, or_(at < before.at, row_id < before.id))


def _columns(state: Any, facility: Any, doctor: Any, label: Any, subject: Any) -> tuple[Any, ...]:
    return (
        state.label("state"),
        facility.label("facility_id"),
        doctor.label("doctor_id"),
        label.label("label"),
        subject.label("subject_id"),
    )


_NOBODY = cast(null(), Uuid())

_SOURCES: dict[Kind, tuple[Any, Any, tuple[Any, ...], Any]] = {
    Kind.VISIT: (
        Visit,
        col(Visit.occurred_at),
        _columns(
            col(Visit.state),
            col(Visit.station_facility_id),
            col(Visit.doctor_membership_id),
            col(Visit.consult_kind),
            col(Visit.appointment_id),
        ),
        None,
    ),
    Kind.APPOINTMENT: (
        Appointment,
        col(Appointment.starts_at),
        _columns(
            col(Appointment.status),
            col(Appointment.station_facility_id),
            col(Appointment.doctor_membership_id),
            col(Appointment.code),
            col(Appointment.visit_id),
        ),
        col(Appointment.status).in_(_SHOWN),
    ),
    Kind.URGENT: (
        UrgentRequest,
        col(UrgentRequest.enqueued_at),
        _columns(
            col(UrgentRequest.state),
            col(UrgentRequest.station_facility_id),
            col(UrgentRequest.owner_id),
            col(UrgentRequest.priority),
            col(UrgentRequest.visit_id),
        ),
        None,
    ),
    Kind.MESSAGE: (
        OutboxMessage,
        col(OutboxMessage.queued_at),
        _columns(
            col(OutboxMessage.state),
            col(OutboxMessage.facility_id),
            _NOBODY,
            col(OutboxMessage.template),
            col(OutboxMessage.subject_id),
        ),
        None,
    ),
}
"""Kind -> its table, the instant it is listed at, its columns of an entry, which rows count."""


def _entry(row: Any) -> Entry:
    return Entry(**{**row, "kind": Kind(row["kind"])})
