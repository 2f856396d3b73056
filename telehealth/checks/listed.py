"""The one list of whom a station has to phone or to visit: rounds of questions and tasks, by risk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, case, literal, tuple_, union_all
from sqlalchemy import select as core_select
from sqlmodel import Session, col, func, select

from telehealth.access.queries import visible_patients
from telehealth.checks.models import CheckRound
from telehealth.checks.queries import RISK as RISK_OF_ROUND
from telehealth.checks.states import LISTED, RoundState
from telehealth.followup.models import Task
from telehealth.followup.rules import CALLS
from telehealth.followup.states import LIVE_TASKS, TaskState
from telehealth.followup.todo import RISK as RISK_OF_TASK
from telehealth.followup.todo import WHEN
from telehealth.kit.actors import Actor


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to phone or to visit, and what puts them where they are in the list."""

    is_home: bool
    rank: int
    at: datetime
    subject: CheckRound | Task

    @property
    def place(self) -> tuple[int, int, datetime, UUID]:
        """Where the page behind this call begins."""
        return int(self.is_home), self.rank, self.at, self.subject.id


def list_calls(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    limit: int | None = None,
    after: tuple[Any, ...] | None = None,
) -> list[Call]:
    """List whom the actor's station has to phone, then whom somebody has to visit.

    The most pressing first, then who waits longest; a page at a time if asked, each behind the `place` of
    the call that ended the one before. Three statements, however many there are. What a round of questions
    asks for stands there as the round, not as the task about it.
    """
    both = _both(actor, now)
    order = (both.c.home, both.c.rank, both.c.at, both.c.id)
    query = core_select(both)
    if after is not None:
        query = query.where(tuple_(*order) > after)
    places = session.connection().execute(query.order_by(*order).limit(limit)).all()
    subjects: dict[UUID, CheckRound | Task] = {}
    rounds = col(CheckRound.id).in_([row.id for row in places if not row.is_task])
    tasks = col(Task.id).in_([row.id for row in places if row.is_task])
    subjects |= {each.id: each for each in session.exec(select(CheckRound).where(rounds))}
    subjects |= {each.id: each for each in session.exec(select(Task).where(tasks))}
    return [Call(bool(row.home), row.rank, row.at, subjects[row.id]) for row in places]


def count_calls(session: Session, actor: Actor, *, now: datetime) -> int:
    """Count what `list_calls` lists."""
    both = _both(actor, now)
    return session.connection().execute(core_select(func.count()).select_from(both)).scalar_one()


def _both(actor: Actor, now: datetime) -> Subquery:
    rounds = core_select(
        case((col(CheckRound.state) == RoundState.VISITING, 1), else_=0).label("home"),
        RISK_OF_ROUND.label("rank"),
        col(CheckRound.call_at).label("at"),
        col(CheckRound.id).label("id"),
        literal(0).label("is_task"),
    ).where(
        col(CheckRound.station_facility_id) == actor.facility_id,
        col(CheckRound.patient_id).in_(visible_patients(actor, now)),
        col(CheckRound.state).in_(LISTED),
    )
    tasks = core_select(
        case((col(Task.state) == TaskState.VISITING, 1), else_=0),
        RISK_OF_TASK,
        WHEN,
        col(Task.id),
        literal(1),
    ).where(
        col(Task.facility_id) == actor.facility_id,
        col(Task.patient_id).in_(visible_patients(actor, now)),
        col(Task.state).in_(LIVE_TASKS),
        col(Task.kind).in_(sorted(CALLS)),
    )
    return union_all(rounds, tasks).subquery()
