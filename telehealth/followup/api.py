"""Tasks, plans and new links over the API."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from telehealth.access.deps import AllowToken
from telehealth.audit.service import record
from telehealth.followup import queries, service, todo
from telehealth.followup.models import Plan, Reply, Task
from telehealth.followup.rules import Outcome
from telehealth.followup.schemas import (
    LinkSent,
    PlanBooking,
    PlanMove,
    PlanOut,
    PlanPage,
    RemindedOut,
    RemindersOut,
    TaskDone,
    TaskOut,
    TaskPage,
    ToRemindIn,
)
from telehealth.followup.states import PlanState, TaskState
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteRuns, WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.links.queries import card_of
from telehealth.links.schemas import LinkOut
from telehealth.scheduling.api import OnceKey
from telehealth.scheduling.schemas import AppointmentOut, SlotOut
from telehealth.scheduling.service import act_once
from telehealth.staff.actors import MembershipActor

router = APIRouter(prefix="/api/v1", tags=["follow-up"])

TaskReader = Annotated[Actor, AllowToken("task.read")]
TaskCompleter = Annotated[Actor, AllowToken("task.complete")]
PlanReader = Annotated[Actor, AllowToken("plan.read")]
PlanBooker = Annotated[MembershipActor, AllowToken("plan.book")]
Reminder = Annotated[MembershipActor, AllowToken("reminder.send")]
LinkKeeper = Annotated[Actor, AllowToken("link.manage")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/tasks")
def list_tasks(
    actor: TaskReader,
    unit: WriteUnit,
    state: TaskState = TaskState.OPEN,
    limit: Limit = 100,
    cursor: str | None = None,
) -> TaskPage:
    """List the facility's tasks: waiting ones by risk, then by time; done ones the latest first."""
    after = read_place(cursor, int, datetime, UUID)
    if state is TaskState.DONE:
        before = (after[1], after[2]) if after else None
        tasks = todo.list_done(unit.session, actor, limit=limit, before=before, now=unit.now)
    else:
        tasks = todo.list_tasks(unit.session, actor, states=[state], limit=limit, after=after, now=unit.now)
    facts = {"ids": [str(each.id) for each in tasks]}
    record(unit.session, actor, "task.read", subject_kind="task", facts=facts, now=unit.now)
    return TaskPage(
        tasks=[TaskOut(**each.model_dump()) for each in tasks],
        next_cursor=_behind(tasks[-1]) if len(tasks) == limit else None,
    )


@router.post("/tasks/{task_id}/complete")
def complete_task(actor: TaskCompleter, unit: WriteUnit, task_id: UUID, body: TaskDone) -> TaskOut:
    """Note what came of a task: it ended, or nobody was reached and it is tried again."""
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
    cursor: str | None = None,
) -> PlanPage:
    """List next visits of patients in scope, by day."""
    after = read_place(cursor, date, UUID)
    plans = queries.list_plans(
        unit.session, actor, patient_id=patient_id, from_on=from_on, limit=limit, after=after, now=unit.now
    )
    return _page(unit, actor, plans, [each.due_on for each in plans[limit - 1 :]])


@router.get("/plans/due")
def list_due_plans(
    actor: PlanReader, unit: WriteUnit, limit: Limit = 100, cursor: str | None = None
) -> PlanPage:
    """List the next visits the station has to book soon or has missed, the first day first."""
    after = read_place(cursor, date, UUID)
    plans = queries.list_due(unit.session, actor, limit=limit, after=after, now=unit.now)
    return _page(unit, actor, plans, [each.due_from for each in plans[limit - 1 :]])


@router.get("/plans/{plan_id}/slots")
def propose_slots(actor: PlanBooker, unit: ReadUnit, plan_id: UUID, response: Response) -> list[SlotOut]:
    """Propose the earliest times in a plan's window: of the same doctor, else of the specialty."""
    plan = queries.get_plan(unit.session, actor, plan_id, now=unit.now)
    set_version(response, plan.version)
    slots = queries.propose(unit.session, actor, plan, now=unit.now)
    return [SlotOut.model_validate(slot, from_attributes=True) for slot in slots]


@router.post("/plans/{plan_id}/book", status_code=201)
def book_plan(
    actor: PlanBooker,
    writer: WriteRuns,
    key: OnceKey,
    plan_id: UUID,
    body: PlanBooking,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Open the next visit and book it, in one go."""

    def act(unit: Unit) -> AppointmentOut:
        booked = service.book_plan(
            unit.session, actor, plan_id, version=version, now=unit.now, **body.model_dump()
        )
        return AppointmentOut.model_validate(booked, from_attributes=True)

    answer = act_once(writer, actor, key, f"plans/{plan_id}/{version}/book", body, act)
    set_version(response, answer.body["version"])
    return AppointmentOut.model_validate(answer.body)


@router.post("/plans/{plan_id}/move")
def move_plan(actor: TaskCompleter, unit: WriteUnit, plan_id: UUID, body: PlanMove) -> PlanOut:
    """Set another day, time or place; the patient is told, earlier links end."""
    plan = service.move_plan(unit.session, actor, plan_id, **body.model_dump(), now=unit.now)
    return _plan(plan, None)


@router.post("/reminders", status_code=201)
def remind(
    actor: Reminder, writer: WriteRuns, settings: AppSettings, key: OnceKey, body: ToRemindIn
) -> RemindersOut:
    """Remind many at once; who cannot be reached by text becomes a call to make, nobody is reminded twice."""
    before = tuple(timedelta(minutes=each) for each in settings.sms_reminders)

    def act(unit: Unit) -> RemindersOut:
        done = service.remind(unit.session, actor, set(body.chosen), before, now=unit.now)
        rows = [
            RemindedOut(id=each.row.id, subject_kind=each.subject, outcome=outcome) for each, outcome in done
        ]
        return RemindersOut(reminded=rows)

    return RemindersOut.model_validate(act_once(writer, actor, key, "reminders", body, act).body)


@router.post("/links/{link_id}/reissue", tags=["links"], status_code=201)
def reissue_link(actor: LinkKeeper, unit: WriteUnit, link_id: UUID) -> LinkSent:
    """End a link and send a new one in its place."""
    message = service.reissue_link(unit.session, actor, link_id, now=unit.now)
    return LinkSent(link_id=message.link_id or link_id, message_id=message.id, message_state=message.state)


@router.post("/links/{link_id}/unlock", tags=["links"])
def unlock_link(actor: LinkKeeper, unit: WriteUnit, link_id: UUID) -> LinkOut:
    """Let the birth year be given anew on a locked link; one that is not locked stays as it is."""
    link = service.unlock_link(unit.session, actor, link_id, now=unit.now)
    return LinkOut.model_validate(card_of(link, []), from_attributes=True)


@router.post("/links/{link_id}/revoke", tags=["links"])
def revoke_link(actor: LinkKeeper, unit: WriteUnit, link_id: UUID) -> LinkOut:
    """End a link at once on every phone; one that has ended stays so."""
    link = service.revoke_link(unit.session, actor, link_id, now=unit.now)
    return LinkOut.model_validate(card_of(link, []), from_attributes=True)


def _behind(last: Task) -> str:
    """Return where the page after a task begins."""
    return place_after(0, last.done_at, last.id) if last.done_at else place_after(*todo.place_of(last))


def _page(unit: Unit, actor: Actor, plans: list[Plan], last: list[date]) -> PlanPage:
    """Return plans as a page, and note that they were read; `last` is the day a full page ends at."""
    facts = {"ids": [str(each.id) for each in plans]}
    record(unit.session, actor, "plan.read", subject_kind="plan", facts=facts, now=unit.now)
    replies = queries.latest_replies(unit.session, actor, plans, now=unit.now)
    return PlanPage(
        plans=[_plan(each, replies.get(each.id)) for each in plans],
        next_cursor=place_after(last[0], plans[-1].id) if last else None,
    )


def _plan(plan: Plan, reply: Reply | None) -> PlanOut:
    return PlanOut(
        **plan.model_dump(exclude={"state", "created_at"}),
        state=PlanState(plan.state),
        reply=reply.kind if reply else None,
        wish=reply.wish if reply else None,
    )
