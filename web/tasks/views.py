"""From tasks to what their pages print."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from telehealth.followup.models import Task
from telehealth.followup.rules import (
    DONE_ELSEWHERE,
    HASTE,
    HURRIED,
    INFORMING,
    Subject,
    TaskKind,
    risk_of,
)
from telehealth.followup.states import TaskState
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import ContactCard, PatientCard, contacts_of_many, find_cards
from web.formatting import datetime_text
from web.i18n import t
from web.messages.views import reason_text
from web.tasks.pages import DoneView, Haste, TaskView, outcome_options
from web.visits.people import phone_text

_WISHES = {TaskKind.OTHER_TIME, TaskKind.CANNOT_COME}
_MOVABLE = {*_WISHES, TaskKind.PLAN_NOT_BOOKED}
OPENED_DIRECTLY = {TaskKind.ANSWER_OVERDUE, TaskKind.QUESTION_OVERDUE}
_DUE = {
    "see": INFORMING | {TaskKind.SEE_ORDER, TaskKind.READ_RETURN},
    "answer": {TaskKind.ANSWER_QUESTION, TaskKind.ANSWER_REFERRAL, TaskKind.ANSWER_OFFER},
}
"""What has to be done in time, where it is not the thing itself."""

_HASTE_WORDS = {
    "now": "orders.when.now",
    "emergency": "referrals.urgency.emergency",
    "urgent": "referrals.urgency.urgent",
}
_RELINKED = {TaskKind.SEND_NEW_LINK, TaskKind.PHONE_PATIENT}


def task_views(unit: Unit, actor: Actor, tasks: Sequence[Task]) -> tuple[TaskView, ...]:
    """Return open tasks as they are printed, with names and numbers to call."""
    ids = {task.patient_id for task in tasks}
    cards = find_cards(unit.session, actor, ids, now=unit.now)
    contacts = contacts_of_many(unit.session, actor, ids, now=unit.now)
    return tuple(_view(unit, task, cards[task.patient_id], contacts) for task in tasks)


def done_views(unit: Unit, actor: Actor, tasks: Sequence[Task]) -> tuple[DoneView, ...]:
    """Return done tasks as they are printed."""
    cards = find_cards(unit.session, actor, {task.patient_id for task in tasks}, now=unit.now)
    zone = policy_of(unit.session).zone
    return tuple(
        DoneView(
            patient=cards[task.patient_id].full_name,
            kind=t(f"tasks.kinds.{task.kind}"),
            outcome=t(
                "tasks.done_at",
                outcome=t(f"tasks.outcomes.{task.outcome}"),
                time=datetime_text(task.done_at, zone) if task.done_at else "",
            ),
        )
        for task in tasks
    )


def _is_offer(task: Task) -> bool:
    return task.subject_kind == Subject.WAITLIST_ENTRY


def subject_href(task: Task) -> str:
    """Return where what a task is about can be seen; a plan has no page of its own."""
    if _is_offer(task):
        return "/waitlist"
    if task.subject_kind == Subject.PRESCRIPTION:
        return f"/prescriptions/{task.subject_id}/print"
    places = {
        Subject.APPOINTMENT: "appointments",
        Subject.URGENT_REQUEST: "urgent",
        Subject.ANSWER_REQUEST: "answers",
        Subject.ORDER: "orders",
        Subject.REFERRAL: "referrals",
        Subject.VISIT: "visits",
        Subject.CHECK: "checks/rounds",
        Subject.PATIENT: "patients",
    }
    place = places.get(Subject(task.subject_kind))
    return f"/{place}/{task.subject_id}" if place else ""


def task_href(task: Task) -> str:
    """Return where a task is done: on the page of what it is about where that ends it, else in the list."""
    is_there = task.kind in DONE_ELSEWHERE or task.kind in OPENED_DIRECTLY
    return subject_href(task) if is_there else "/tasks"


def _subject_label(task: Task) -> str:
    if _is_offer(task):
        return t("tasks.offer.see")
    labels = {
        Subject.URGENT_REQUEST: "tasks.see_urgent",
        Subject.ANSWER_REQUEST: "tasks.see_answer",
        Subject.ORDER: "tasks.see_order",
        Subject.REFERRAL: "tasks.see_referral",
        Subject.VISIT: "tasks.see_visit",
        Subject.PRESCRIPTION: "tasks.see_prescription",
        Subject.CHECK: "tasks.see_check",
        Subject.PATIENT: "tasks.see_patient",
    }
    return t(labels.get(Subject(task.subject_kind), "tasks.see_appointment"))


def haste_of(task: Task) -> Haste | None:
    """Return how pressing a task is, in words; None for one that has its place by time alone."""
    rank = risk_of(task.kind, task.detail)
    if rank > 1:
        return None
    words = t(_HASTE_WORDS[task.detail] if is_hurried(task) else "tasks.pressing")
    return Haste(words, "soon" if rank else "urgent", "alert-triangle" if rank else "urgent")


def is_hurried(task: Task) -> bool:
    """Tell whether a task is pressing because of what it is about, not because of its kind."""
    return task.kind in HURRIED and task.detail in HASTE


def detail_text(task: Task) -> str:
    """Return what a task says beside its kind: which time is wished, why a text failed."""
    if task.kind in HURRIED:
        return ""
    if task.kind == TaskKind.BOOK_AGAIN:
        return t(f"moves.declined.{task.detail}")
    if task.kind == TaskKind.RECORD_OPENED:
        return t("tasks.record_opened_text")
    if task.kind == TaskKind.CANCEL_CODE:
        return t("tasks.cancel_code_text", code=task.detail)
    if task.kind in _WISHES:
        return t(f"links.wish.{task.detail}") if task.detail else ""
    return reason_text(task.detail)


def due_text(unit: Unit, task: Task) -> str:
    """Return when a task is tried again, or by when it is due."""
    zone = policy_of(unit.session).zone
    if task.call_at is not None:
        word = "tasks.go" if task.state == TaskState.VISITING else "tasks.again"
        return t(word, time=datetime_text(task.call_at, zone))
    what = next((what for what, kinds in _DUE.items() if task.kind in kinds), "do")
    word = f"tasks.overdue.{what}" if task.due_at < unit.now else f"tasks.due.{what}"
    return t(word, time=datetime_text(task.due_at, zone))


def tries_text(task: Task) -> str:
    """Return how often a task was tried in vain, and that somebody goes there now."""
    tried = t("tasks.tries", count=task.tries) if task.tries else ""
    return f"{tried} · {t('tasks.visiting')}" if task.state == TaskState.VISITING else tried


def _view(
    unit: Unit, task: Task, card: PatientCard, contacts: Mapping[UUID, Sequence[ContactCard]]
) -> TaskView:
    people = contacts.get(task.patient_id, ())
    contact = next((each for each in people if each.wrong_since_at is None), None)
    is_home = task.state == TaskState.VISITING
    is_overdue = task.due_at < unit.now
    is_plan = task.subject_kind == Subject.PLAN
    return TaskView(
        id=str(task.id),
        kind=t(f"tasks.kinds.{task.kind}"),
        haste=haste_of(task),
        detail=detail_text(task),
        patient=card.full_name,
        about=card.birth_label,
        patient_href=f"/patients/{task.patient_id}",
        due=due_text(unit, task),
        is_overdue=(task.call_at or task.due_at) < unit.now,
        tries=tries_text(task),
        phone=phone_text(contact) if contact else "",
        phone_href=f"tel:{contact.phone_e164}" if contact else "",
        version=task.version,
        move_href=f"/tasks/{task.id}/move" if is_plan and task.kind in _MOVABLE else "",
        subject_href=subject_href(task),
        subject_label=_subject_label(task),
        new_link_action=f"/tasks/{task.id}/new-link" if task.kind in _RELINKED and not is_overdue else "",
        outcomes=outcome_options(task.kind, tries=task.tries, is_home=is_home),
    )
