"""The station's list of what to see to about its patients."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.audit.service import record
from telehealth.followup import queries, service, todo
from telehealth.followup.models import Task
from telehealth.followup.rules import Outcome, Subject
from telehealth.followup.states import TaskState
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.links.queries import list_links
from telehealth.messaging.states import MessageState
from telehealth.patients.queries import get_patient
from telehealth.staff.actors import MembershipActor
from web.booking.preview import contact_text
from web.formatting import clock_of
from web.forms import FormView, filled, minute_of, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.tasks.forms import MovePlanForm, OutcomeForm
from web.tasks.pages import MovePage, TasksPage
from web.tasks.views import detail_text, done_views, task_views

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("task.read")]
Completer = Annotated[MembershipActor, Allow("task.complete")]
Keeper = Annotated[MembershipActor, Allow("link.manage")]

_DONE = {
    "completed": "tasks.completed",
    "later": "tasks.tried",
    "home": "tasks.handed_on",
    "moved": "tasks.moved",
    "untold": "tasks.moved_by_phone",
    "link": "messages.new_link_sent",
    "unsent": "links.desk.done.unsent",
}
_AFTER = {TaskState.DONE: "completed", TaskState.OPEN: "later", TaskState.VISITING: "home"}
_PAGE = 50


@router.get("/tasks")
def tasks_page(
    request: Request, actor: Reader, unit: WriteUnit, done: str = "", cursor: str | None = None
) -> Response:
    """Show the station's waiting tasks, the most pressing first, and the latest it did."""
    after = read_place(cursor, int, datetime, UUID)
    found = todo.list_tasks(unit.session, actor, limit=_PAGE + 1, after=after, now=unit.now)
    tasks = found[:_PAGE]
    finished = [] if after else todo.list_done(unit.session, actor, limit=5, now=unit.now)
    if not is_refresh(request):
        facts = {"ids": [str(each.id) for each in (*tasks, *finished)]}
        record(unit.session, actor, "task.read", subject_kind="task", facts=facts, now=unit.now)
    page = TasksPage(
        flash=t(_DONE[done]) if done in _DONE else "",
        tasks=task_views(unit, actor, tasks),
        count=todo.count_tasks(unit.session, actor, now=unit.now),
        done=done_views(unit, actor, finished),
        url=f"/tasks?cursor={cursor}" if after else "/tasks",
        next_href=f"/tasks?cursor={place_after(*todo.place_of(tasks[-1]))}" if len(found) > _PAGE else "",
        has_messages=can(actor, "message.read"),
    )
    return render(request, page)


@router.post("/tasks/{task_id}/complete", dependencies=[CsrfProtected])
def complete_task(actor: Completer, unit: WriteUnit, form: PostedForm, task_id: UUID) -> Response:
    """Note what came of a task, and lead back to the list it was noted on."""
    sent = parse(OutcomeForm, form)
    if sent.value is None:
        raise InvalidError("outcome-not-offered", field="outcome")
    task = service.complete_task(
        unit.session,
        actor,
        task_id,
        outcome=Outcome(sent.value.outcome),
        version=sent.value.version,
        now=unit.now,
    )
    done = _AFTER[TaskState(task.state)]
    return redirect(f"/{sent.value.back}?done={done}")


@router.get("/tasks/{task_id}/move")
def move_page(request: Request, actor: Completer, unit: ReadUnit, task_id: UUID) -> Response:
    """Ask for another day and time of the next visit a task is about."""
    task = _plan_task(unit, actor, task_id)
    plan = queries.get_plan(unit.session, actor, task.subject_id, now=unit.now)
    form = filled(
        {
            "due_on": plan.due_on,
            "from_time": clock_of(plan.from_minute),
            "until_time": clock_of(plan.until_minute),
            "version": plan.version,
        }
    )
    return render(request, _move_page(unit, actor, task, form))


@router.post("/tasks/{task_id}/move", dependencies=[CsrfProtected])
def move_plan(
    request: Request, actor: Completer, unit: WriteUnit, form: PostedForm, task_id: UUID
) -> Response:
    """Set another day and time; the patient is told and the task is done."""
    task = _plan_task(unit, actor, task_id)
    sent = parse(MovePlanForm, form)
    if sent.value is None:
        return render(request, _move_page(unit, actor, task, sent.view), 422)
    try:
        service.move_plan(
            unit.session,
            actor,
            task.subject_id,
            due_on=sent.value.due_on,
            from_minute=minute_of(sent.value.from_time),
            until_minute=minute_of(sent.value.until_time),
            version=sent.value.version,
            now=unit.now,
        )
    except InvalidError as refusal:
        return render(request, _move_page(unit, actor, task, sent.view.with_refusal(refusal)), 422)
    can_text = contact_text(unit.session, task.patient_id)[1]
    return redirect(f"/tasks?done={'moved' if can_text else 'untold'}")


@router.post("/tasks/{task_id}/new-link", dependencies=[CsrfProtected])
def send_task_link(actor: Keeper, unit: WriteUnit, task_id: UUID) -> Response:
    """Send a new link for the one a task is about; raise `link-not-found` when there never was one."""
    task = todo.get_task(unit.session, actor, task_id, now=unit.now)
    links = list_links(unit.session, actor, subject_id=task.subject_id, limit=1, now=unit.now)
    if not links:
        raise NotFoundError("link-not-found")
    message = service.reissue_link(unit.session, actor, links[0].id, now=unit.now)
    done = "unsent" if message.state == MessageState.SKIPPED else "link"
    return redirect(f"/tasks?done={done}")


def _plan_task(unit: Unit, actor: MembershipActor, task_id: UUID) -> Task:
    task = todo.get_task(unit.session, actor, task_id, now=unit.now)
    if task.subject_kind != Subject.PLAN:
        raise NotFoundError("plan-not-found")
    return task


def _move_page(unit: Unit, actor: MembershipActor, task: Task, form: FormView) -> MovePage:
    return MovePage(
        patient=get_patient(unit.session, actor, task.patient_id, now=unit.now).full_name,
        wish=detail_text(task),
        form=form,
        action=f"/tasks/{task.id}/move",
        back_href="/tasks",
    )
