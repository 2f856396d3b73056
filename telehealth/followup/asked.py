"""What became of the next visits a doctor asked for: who did not come back first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_
from sqlmodel import Session, col, select

from telehealth.access.queries import visible_patients
from telehealth.followup.models import FollowupHistory, Plan
from telehealth.followup.rules import Subject
from telehealth.followup.states import LIVE_PLANS, PlanCommand, PlanState
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import page_of
from telehealth.kit.policy import policy_of
from telehealth.scheduling.models import Appointment
from telehealth.visits.models import Visit

SHOWN_FOR: Final = timedelta(days=90)
"""How long after its last day a next visit stays on the list of who asked for it."""

_LOST, _AT_RISK, _AHEAD, _CAME = range(4)


@dataclass(frozen=True, slots=True)
class Fate:
    """What is known of a plan beside its state: why it lapsed (a code), or when it is booked."""

    why: str = ""
    starts_at: datetime | None = None


def rank_of(plan: Plan, today: date) -> int:
    """Return where a plan stands: 0 did not come back, 1 may not, 2 ahead, 3 came."""
    if plan.state == PlanState.LAPSED:
        return _LOST
    if plan.state == PlanState.DECLINED or (plan.state in LIVE_PLANS and plan.due_to < today):
        return _AT_RISK
    return _CAME if plan.state == PlanState.DONE else _AHEAD


def list_asked(
    session: Session, actor: Actor, *, now: datetime, limit: int = 100, after: tuple[Any, ...] | None = None
) -> list[Plan]:
    """List the next visits a doctor asked for, as `rank_of` says, then by day; of patients in scope.

    A page at a time, each behind the `asked_place` of the plan that ended the one before.
    """
    today = policy_of(session).local_date(now)
    query = select(Plan).where(
        Plan.doctor_membership_id == actor.ref,
        Plan.state != PlanState.WITHDRAWN,
        Plan.due_to >= today - SHOWN_FOR,
        col(Plan.patient_id).in_(visible_patients(actor, now)),
    )
    order = (_ranked(today), col(Plan.due_on), col(Plan.id))
    return list(session.exec(page_of(query, order, after, limit)))


def asked_place(plan: Plan, today: date) -> tuple[int, date, UUID]:
    """Return what puts a plan where it is in the list."""
    return rank_of(plan, today), plan.due_on, plan.id


def fates_of(session: Session, plans: Collection[Plan]) -> dict[UUID, Fate]:
    """Return what is known beside the state of plans fetched in scope, by the plan's id."""
    lapses = select(FollowupHistory.subject_id, FollowupHistory.reason).where(
        FollowupHistory.subject_kind == Subject.PLAN,
        col(FollowupHistory.subject_id).in_([each.id for each in plans]),
        FollowupHistory.command == PlanCommand.LAPSE,
    )
    found = {
        plan_id: Fate(why=why)
        for plan_id, why in session.exec(lapses.order_by(col(FollowupHistory.id))).all()
    }
    booked = {each.next_visit_id: each.id for each in plans if each.state == PlanState.BOOKED}
    times = (
        select(Visit.id, Appointment.starts_at)
        .join(Appointment, col(Visit.appointment_id) == Appointment.id)
        .where(col(Visit.id).in_(booked))
    )
    return found | {booked[visit_id]: Fate(starts_at=at) for visit_id, at in session.exec(times).all()}


def _ranked(today: date) -> ColumnElement[int]:
    is_live, is_over = col(Plan.state).in_(sorted(LIVE_PLANS)), col(Plan.due_to) < today
    return case(
        (col(Plan.state) == PlanState.LAPSED, _LOST),
        (or_(col(Plan.state) == PlanState.DECLINED, and_(is_live, is_over)), _AT_RISK),
        (col(Plan.state) == PlanState.DONE, _CAME),
        else_=_AHEAD,
    )
