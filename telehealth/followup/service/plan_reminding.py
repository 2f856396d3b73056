"""A reminder of a next visit some days before it: written when it falls due, once for each version."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from telehealth.followup.models import Plan
from telehealth.followup.rules import instant_on
from telehealth.followup.service.batching import link_of_plan
from telehealth.followup.service.telling import REMINDER, remind_plan
from telehealth.followup.service.unreached import phone_instead
from telehealth.followup.states import EXPECTED_PLANS
from telehealth.kit.policy import policy_of
from telehealth.messaging.models import OutboxMessage

DAYS_BEFORE: Final = timedelta(days=3)
"""Time enough to ask for leave, or for another day."""

TOO_LATE: Final = timedelta(days=1)
"""For a visit tomorrow or today no reminder is made any more: it would leave no time to answer it."""


def list_to_remind_of(session: Session, *, now: datetime, only: UUID | None = None) -> list[UUID]:
    """List the next visits that lack their reminder, or `only` one if it does.

    Who was told after it would have gone has none. One that was sent by hand, or could not leave, counts:
    it is not tried again.
    """
    policy = policy_of(session)
    today = policy.local_date(now)
    reminders = func.sum(case((col(OutboxMessage.dedupe_key).contains(REMINDER), 1), else_=0))
    first_told_at: Any = func.min(OutboxMessage.queued_at)
    query = (
        select(Plan.id, col(Plan.due_on), first_told_at)
        .join(OutboxMessage, col(OutboxMessage.subject_id) == Plan.id)
        .where(
            OutboxMessage.subject_version == Plan.version,
            col(Plan.state).in_(EXPECTED_PLANS),
            col(Plan.due_on) > today + TOO_LATE,
            col(Plan.due_on) <= today + DAYS_BEFORE,
        )
        .group_by(col(Plan.id), col(Plan.due_on))
        .having(reminders == 0)
        .order_by(col(Plan.due_on), col(Plan.id))
    )
    if only is not None:
        query = query.where(Plan.id == only)
    return [
        plan_id
        for plan_id, due_on, told_at in session.exec(query)
        if told_at < instant_on(due_on - DAYS_BEFORE, 0, policy.zone)
    ]


def remind_of_plan(session: Session, plan_id: UUID, *, now: datetime) -> bool:
    """Queue the reminder of a next visit; tell whether it was for this node to do."""
    plan = session.get(Plan, plan_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if plan is None or not list_to_remind_of(session, now=now, only=plan_id):
        return False
    message = remind_plan(session, plan, link_of_plan(session, plan, now), now=now)
    phone_instead(session, message, now=now)
    return True
