"""Opening tasks when something needs a person, and completing them."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.audit.service import record
from telehealth.availability.queries import station_hours
from telehealth.followup import queries, todo
from telehealth.followup.models import Plan, Task
from telehealth.followup.ports import get_above
from telehealth.followup.rules import (
    IN_VAIN,
    OWN_LISTS,
    SUBJECT_OF_PURPOSE,
    Outcome,
    Subject,
    TaskKind,
    again_after,
    calls_at_most,
    instant_on,
    outcomes_for,
    waits_for_opening,
)
from telehealth.followup.service.history import remember
from telehealth.followup.service.phones import let_numbers_act
from telehealth.followup.states import LIVE_TASKS, TASK, TaskCommand, TaskState
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.leaflets.queries import told_by
from telehealth.links.events import LinkLocked
from telehealth.patients import service as patients
from telehealth.patients.events import GlassBroken
from telehealth.patients.queries import has_health_worker
from telehealth.scheduling.models import Appointment
from telehealth.urgent.events import UrgentSettled, UrgentUnanswered


def find_live_task(session: Session, kind: TaskKind, subject_id: UUID) -> Task | None:
    """Find the waiting task of a kind about something; not scoped, for what the program opens and ends."""
    same = select(Task).where(
        Task.subject_id == subject_id, Task.kind == kind, col(Task.state).in_(LIVE_TASKS)
    )
    return session.exec(same).first()


def was_phoned_about(session: Session, subject_id: UUID) -> bool:
    """Tell whether a person is asked to phone about something, or has phoned."""
    asked = select(Task.id).where(
        Task.subject_id == subject_id,
        col(Task.kind).in_((TaskKind.PHONE_PATIENT, TaskKind.TELL_NEXT_VISIT)),
        col(Task.outcome).is_distinct_from(Outcome.NOT_NEEDED),
    )
    return session.exec(asked.limit(1)).first() is not None


def open_task(
    session: Session,
    *,
    facility_id: UUID,
    patient_id: UUID,
    kind: TaskKind,
    subject_kind: str,
    subject_id: UUID,
    due_at: datetime,
    now: datetime,
    detail: str = "",
) -> Task:
    """Open a task, or return the one of the same kind about the same thing that waits, its detail anew.

    One that has to be done earlier by now is due earlier; none is put off.
    """
    task = find_live_task(session, kind, subject_id)
    if task is None:
        task = Task(
            facility_id=facility_id,
            patient_id=patient_id,
            kind=kind,
            subject_kind=subject_kind,
            subject_id=subject_id,
            state=TaskState.OPEN,
            due_at=due_at,
            opened_at=now,
        )
    task.due_at = min(task.due_at, due_at)
    task.detail = detail
    session.add(task)
    session.flush()
    note_change(session, "task", task.id, scopes={facility_id}, now=now)
    return task


def complete_task(
    session: Session, actor: Actor, task_id: UUID, *, outcome: Outcome, version: int, now: datetime
) -> Task:
    """Note what came of a task in scope: it ended, or nobody was reached and it is tried again.

    After enough calls in vain the village health worker goes there; without one a reason is asked for.
    Raises `task-not-found`, `stale-version` when somebody else was first, `outcome-not-offered` for
    an outcome people cannot choose, `invalid-transition` for a task that is done.
    """
    task = todo.get_task(session, actor, task_id, now=now, lock=True)
    if task.version != version:
        raise StaleError
    if outcome not in outcomes_for(task.kind, tries=task.tries, is_home=task.state == TaskState.VISITING):
        raise InvalidError("outcome-not-offered", field="outcome")
    if outcome in IN_VAIN:
        _in_vain(session, actor, task, outcome, now)
    else:
        _complete(session, actor, task, outcome, now)
    _tell_of_patient(session, actor, task, outcome, now)
    record(
        session,
        actor,
        "task.complete",
        subject_kind="task",
        subject_id=task.id,
        patient_id=task.patient_id,
        facts={"kind": task.kind, "outcome": outcome},
        now=now,
    )
    return task


def close_task(session: Session, task: Task, outcome: Outcome, *, now: datetime) -> None:
    """Close an open task that something else has settled."""
    _complete(session, SYSTEM, task, outcome, now)


def close_tasks(
    session: Session, subject_id: UUID, outcome: Outcome, *, now: datetime, kind: TaskKind | None = None
) -> None:
    """Close the waiting tasks about a subject that something else has settled."""
    query = select(Task).where(Task.subject_id == subject_id, col(Task.state).in_(LIVE_TASKS))
    if kind is not None:
        query = query.where(Task.kind == kind)
    for task in session.exec(query.order_by(col(Task.id))).all():
        close_task(session, task, outcome, now=now)


def on_link_locked(session: Session, event: LinkLocked, now: datetime) -> None:
    """Ask the station to check the number and send a new link: no patient is left outside."""
    subject_kind = SUBJECT_OF_PURPOSE[event.purpose]
    open_task(
        session,
        facility_id=queries.station_of(session, subject_kind, event.subject_id),
        patient_id=event.patient_id,
        kind=TaskKind.SEND_NEW_LINK,
        subject_kind=subject_kind,
        subject_id=event.subject_id,
        due_at=due_of(session, subject_kind, event.subject_id),
        now=now,
    )


def on_urgent_unanswered(session: Session, event: UrgentUnanswered, now: datetime) -> None:
    """Ask the station to follow the case: every level was rung and no doctor answered."""
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.URGENT_UNANSWERED,
        subject_kind=Subject.URGENT_REQUEST,
        subject_id=event.request_id,
        due_at=now,
        now=now,
    )


def on_urgent_settled(session: Session, event: UrgentSettled, now: datetime) -> None:
    """A doctor came after all, it rings anew, or the case was closed with a reason."""
    close_tasks(session, event.request_id, Outcome.NOT_NEEDED, now=now)


def on_glass_broken(session: Session, event: GlassBroken, now: datetime) -> None:
    """Tell the station whose patient it is that the record was opened in an emergency elsewhere."""
    if event.facility_id == event.station_facility_id:
        return
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.RECORD_OPENED,
        subject_kind=Subject.BROKEN_GLASS,
        subject_id=event.glass_id,
        due_at=now + SEEN_WITHIN,
        now=now,
    )


SEEN_WITHIN: Final = timedelta(days=1)
"""By when a station should have seen that a record was opened."""


def due_of(session: Session, subject_kind: str, subject_id: UUID) -> datetime:
    """Return the instant after which it is too late: when the patient should be there, or know."""
    if subject_kind == Subject.APPOINTMENT:
        return session.get_one(Appointment, subject_id).starts_at
    if subject_kind == Subject.VISIT:
        return told_by(session, subject_id)
    if subject_kind in OWN_LISTS:
        return get_above(session, subject_kind).due_of(session, subject_id)
    plan = session.get_one(Plan, subject_id)
    return instant_on(plan.due_on, plan.from_minute, policy_of(session).zone)


def _complete(session: Session, actor: Actor, task: Task, outcome: Outcome, now: datetime) -> None:
    task.outcome = outcome
    task.done_at = now
    task.done_by = actor.ref
    _move(session, actor, task, TaskCommand.COMPLETE, outcome, now)


def _in_vain(session: Session, actor: Actor, task: Task, outcome: Outcome, now: datetime) -> None:
    """Set the next try within working hours, or hand the task to whoever goes there.

    A wrong number is not dialled again: whoever can go there goes at once.
    """
    station = station_hours(session, task.facility_id, now)
    is_handed_on = (
        task.state == TaskState.OPEN
        and (outcome is Outcome.WRONG_NUMBER or task.tries + 1 >= calls_at_most(task.kind))
        and has_health_worker(session, task.patient_id, now=now)
    )
    again_at = now if is_handed_on else now + again_after(task.kind)
    task.tries += 1
    task.call_at = station.next_open(again_at) if waits_for_opening(task.kind) else again_at
    command = TaskCommand.SEND_HOME if is_handed_on else TaskCommand.MISS
    _move(session, actor, task, command, outcome, now)


def _tell_of_patient(session: Session, actor: Actor, task: Task, outcome: Outcome, now: datetime) -> None:
    """Let what was heard of the patient count beyond this task: for every text."""
    if outcome is Outcome.DIED:
        patients.note_death(session, actor, task.patient_id, now=now)
    elif outcome is Outcome.WRONG_NUMBER:
        patients.note_wrong_number(session, actor, task.patient_id, facility_id=task.facility_id, now=now)
    elif outcome is Outcome.NUMBER_RIGHT:
        patients.confirm_numbers(session, actor, task.patient_id, now=now)
        let_numbers_act(session, task.patient_id, now=now)


def _move(
    session: Session, actor: Actor, task: Task, command: TaskCommand, outcome: Outcome, now: datetime
) -> None:
    before = TaskState(task.state)
    task.state = TASK.move(before, command)
    task.version += 1
    session.add(task)
    remember(
        session,
        actor,
        subject_kind="task",
        subject_id=task.id,
        before=before,
        after=TaskState(task.state),
        command=command,
        reason=outcome,
        now=now,
    )
    note_change(session, "task", task.id, scopes={task.facility_id}, now=now)
