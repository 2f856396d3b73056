"""Tasks, plans and new links over the API."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from telehealth.access.deps import AllowToken
from telehealth.audit.service import record
from telehealth.followup import queries, service
from telehealth.followup.models import Plan, Reply
from telehealth.followup.rules import Outcome
from telehealth.followup.schemas import LinkSent, PlanMove, PlanOut, TaskDone, TaskOut
from telehealth.followup.states import PlanState, TaskState
from telehealth.kit.actors import Actor
from telehealth.kit.deps import WriteUnit
from telehealth.links.queries import card_of
from telehealth.links.schemas import LinkOut

router = APIRouter(prefix="/api/v1", tags=["follow-up"])

TaskReader = Annotated[Actor, AllowToken("task.read")]
TaskCompleter = Annotated[Actor, AllowToken("task.complete")]
PlanReader = Annotated[Actor, AllowToken("plan.read")]
LinkKeeper = Annotated[Actor, AllowToken("link.manage")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/tasks")
def list_tasks(
    actor: TaskReader, unit: WriteUnit, state: TaskState = TaskState.OPEN, limit: Limit = 100
) -> list[TaskOut]:
    """List the facility's tasks: open ones by when they are due, done ones the latest first."""
    tasks = queries.list_tasks(unit.session, actor, state=state, limit=limit, now=unit.now)
    facts = {"ids": [str(each.id) for each in tasks]}
    record(unit.session, actor, "task.read", subject_kind="task", facts=facts, now=unit.now)
    return [TaskOut(**each.model_dump()) for each in tasks]


@router.post("/tasks/{task_id}/complete")
def complete_task(actor: TaskCompleter, unit: WriteUnit, task_id: UUID, body: TaskDone) -> TaskOut:
    """Note how a task ended."""
    task = service.complete_task(
        unit.session, actor, task_id, outcome=Outcome(body.outcome), version=body.version, now=unit.now
    )
    return TaskOut(**task.model_dump())


@router.get("/plans")
def list_plans(
    actor: PlanReader,
    unit: WriteUnit,
    patient_id: UUID | None = None,
    from_on: date | None = None,
    limit: Limit = 100,
) -> list[PlanOut]:
    """List next visits of patients in scope, by day."""
    plans = queries.list_plans(
        unit.session, actor, patient_id=patient_id, from_on=from_on, limit=limit, now=unit.now
    )
    facts = {"ids": [str(each.id) for each in plans]}
    record(unit.session, actor, "plan.read", subject_kind="plan", facts=facts, now=unit.now)
    replies = queries.latest_replies(unit.session, actor, {each.id for each in plans}, now=unit.now)
    return [_plan(each, replies.get(each.id)) for each in plans]


@router.post("/plans/{plan_id}/move")
def move_plan(actor: TaskCompleter, unit: WriteUnit, plan_id: UUID, body: PlanMove) -> PlanOut:
    """Set another day, time or place; the patient is told, earlier links end."""
    plan = service.move_plan(unit.session, actor, plan_id, **body.model_dump(), now=unit.now)
    return _plan(plan, None)


@router.post("/links/{link_id}/reissue", tags=["links"], status_code=201)
def reissue_link(actor: LinkKeeper, unit: WriteUnit, link_id: UUID) -> LinkSent:
    """End a link and send a new one in its place."""
    message = service.reissue_link(unit.session, actor, link_id, now=unit.now)
    return LinkSent(link_id=message.link_id or link_id, message_id=message.id, message_state=message.state)


@router.post("/links/{link_id}/revoke", tags=["links"])
def revoke_link(actor: LinkKeeper, unit: WriteUnit, link_id: UUID) -> LinkOut:
    """End a link at once on every phone; one that has ended stays so."""
    link = service.revoke_link(unit.session, actor, link_id, now=unit.now)
    return LinkOut.model_validate(card_of(link, []), from_attributes=True)


def _plan(plan: Plan, reply: Reply | None) -> PlanOut:
    return PlanOut(
        **plan.model_dump(exclude={"state", "created_at"}),
        state=PlanState(plan.state),
        reply=reply.kind if reply else None,
        wish=reply.wish if reply else None,
    )
