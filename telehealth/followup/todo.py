"""Every select of tasks, in the order they are to be done: by risk, then by time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, tuple_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import person_ids, visible_patients
from telehealth.followup.models import Task
from telehealth.followup.rules import HASTE, HURRIED, RISKS, risk_of
from telehealth.followup.states import LIVE_TASKS, TaskState
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import page_of
from telehealth.kit.errors import NotFoundError


def _ranked(rank: int, kinds: Collection[str]) -> ColumnElement[bool]:
    hasty = [detail for detail, place in HASTE.items() if place == rank]
    is_hurried = and_(col(Task.kind).in_(sorted(HURRIED)), col(Task.detail).in_(hasty))
    return or_(col(Task.kind).in_(sorted(kinds)), is_hurried)


RISK: Final[ColumnElement[int]] = case(
    *((_ranked(rank, kinds), rank) for rank, kinds in enumerate(RISKS)), else_=len(RISKS)
)
"""The place of a task among others, as `risk_of` tells it."""

WHEN: Final[ColumnElement[datetime]] = func.coalesce(col(Task.call_at), col(Task.due_at))
"""When to see to a task: when it is tried again, else by when it is due."""


def get_task(session: Session, actor: Actor, task_id: UUID, *, now: datetime, lock: bool = False) -> Task:
    """Return a task in scope, with `lock` as it is now and until the unit ends; raise `task-not-found`."""
    query = tasks_of(actor, now).where(Task.id == task_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    task = session.exec(query).first()
    if task is None:
        raise NotFoundError("task-not-found")
    return task


def list_tasks(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    states: Collection[TaskState] = LIVE_TASKS,
    limit: int = 100,
    after: tuple[Any, ...] | None = None,
) -> list[Task]:
    """List the facility's tasks that wait, the most pressing first, then by time.

    A page at a time, each behind the `place_of` the task that ended the one before.
    """
    query = tasks_of(actor, now).where(col(Task.state).in_(states))
    return list(session.exec(page_of(query, (RISK, WHEN, col(Task.id)), after, limit)))


def list_tasks_about(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[Task]:
    """List the facility's tasks about one patient that wait, under any record, the most pressing first."""
    about = col(Task.patient_id).in_(person_ids(session, patient_id))
    query = tasks_of(actor, now).where(about, col(Task.state).in_(LIVE_TASKS))
    return list(session.exec(query.order_by(RISK, WHEN, col(Task.id))))


def place_of(task: Task) -> tuple[int, datetime, UUID]:
    """Return what puts a waiting task where it is in the list."""
    return risk_of(task.kind, task.detail), task.call_at or task.due_at, task.id


def count_tasks(session: Session, actor: Actor, *, now: datetime) -> int:
    """Count the facility's tasks that wait."""
    query = select(func.count(col(Task.id))).where(
        Task.facility_id == actor.facility_id,
        col(Task.patient_id).in_(visible_patients(actor, now)),
        col(Task.state).in_(LIVE_TASKS),
    )
    return session.exec(query).one()


def list_done(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    limit: int = 100,
    before: tuple[datetime, UUID] | None = None,
) -> list[Task]:
    """List the facility's tasks that are done, the latest first; pages behind the time and id of a task."""
    query = tasks_of(actor, now).where(Task.state == TaskState.DONE)
    order = (col(Task.done_at), col(Task.id))
    if before is not None:
        query = query.where(tuple_(*order) < before)
    return list(session.exec(query.order_by(*(each.desc() for each in order)).limit(limit)))


def tasks_of(actor: Actor, now: datetime) -> SelectOfScalar[Task]:
    """Return a select of the facility's tasks about patients the actor may see now."""
    return select(Task).where(
        Task.facility_id == actor.facility_id, col(Task.patient_id).in_(visible_patients(actor, now))
    )
