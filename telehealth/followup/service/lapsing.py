"""A next visit that nobody booked: somebody phones, and it lapses with what came of that call."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, exists, select

from telehealth.followup.models import Plan, Task
from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.plans import move
from telehealth.followup.service.tasks import open_task
from telehealth.followup.states import LIVE_PLANS, LIVE_TASKS, PlanCommand, PlanState
from telehealth.kit.actors import SYSTEM
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import end_of_day

CALLED_WITHIN: Final = timedelta(days=2)
"""By when a station should have phoned who did not come back."""

_ASKING: Final = (TaskKind.PLAN_NOT_BOOKED, TaskKind.CANNOT_COME, TaskKind.OTHER_TIME)
"""Calls that already ask the patient when to come, if at all."""


def list_overdue(session: Session, *, now: datetime) -> list[UUID]:
    """List the plans whose last day passed without a booking, and about which nobody is to phone yet."""
    is_asked = exists().where(
        col(Task.subject_id) == Plan.id, col(Task.kind).in_(_ASKING), col(Task.state).in_(LIVE_TASKS)
    )
    query = select(Plan.id).where(
        col(Plan.state).in_(LIVE_PLANS), Plan.due_to < policy_of(session).local_date(now), ~is_asked
    )
    return list(session.exec(query.order_by(col(Plan.id))))


def settle_overdue(session: Session, plan_id: UUID, *, now: datetime) -> bool:
    """Ask the station to phone about such a plan, or let it lapse with the outcome of that call.

    Tells whether it was for this node to do: not booked, not locked meanwhile. It never lapses in silence.
    """
    plan = session.get(Plan, plan_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if plan is None or plan.state not in LIVE_PLANS or plan.due_to >= policy_of(session).local_date(now):
        return False
    outcome = _outcome_of_call(session, plan)
    if outcome is not None:
        move(session, SYSTEM, plan, PlanCommand.LAPSE, reason=outcome, now=now)
        return True
    open_task(
        session,
        facility_id=plan.station_facility_id,
        patient_id=plan.patient_id,
        kind=TaskKind.PLAN_NOT_BOOKED,
        subject_kind=Subject.PLAN,
        subject_id=plan.id,
        due_at=now + CALLED_WITHIN,
        now=now,
    )
    return True


def _outcome_of_call(session: Session, plan: Plan) -> Outcome | None:
    """Return what a person noted of the call after the last day, or about a patient who declined before."""
    query = select(Task).where(
        Task.subject_id == plan.id,
        col(Task.kind).in_((TaskKind.PLAN_NOT_BOOKED, TaskKind.CANNOT_COME)),
        col(Task.done_by) != SYSTEM.ref,
    )
    last_day_over = end_of_day(plan.due_to, policy_of(session).zone)
    for task in session.exec(query.order_by(col(Task.id).desc())).all():
        is_after = task.kind == TaskKind.PLAN_NOT_BOOKED and task.opened_at >= last_day_over
        has_declined = task.kind == TaskKind.CANNOT_COME and plan.state == PlanState.DECLINED
        if task.outcome is not None and (is_after or has_declined):
            return Outcome(task.outcome)
    return None
