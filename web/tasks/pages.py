"""What the task pages print."""

from dataclasses import dataclass
from typing import ClassVar

from telehealth.followup.rules import TaskKind, outcomes_for
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class Haste:
    """That a task is pressing: the word, the kind and the icon of its tag."""

    text: str
    kind: str
    icon: str


@dataclass(frozen=True)
class TaskView:
    """One thing to see to."""

    id: str
    kind: str
    haste: Haste | None
    detail: str
    patient: str
    about: str
    patient_href: str
    due: str
    is_overdue: bool
    tries: str
    phone: str
    phone_href: str
    version: int
    move_href: str
    subject_href: str
    subject_label: str
    new_link_action: str
    outcomes: tuple[Option, ...]


@dataclass(frozen=True)
class DoneView:
    """One thing seen to."""

    patient: str
    kind: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class TasksPage(Page):
    """Waiting tasks, the most pressing first, and the latest done."""

    template: ClassVar[str] = "tasks/tasks.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"tasks": "tasks"}
    flash: str
    tasks: tuple[TaskView, ...]
    count: int
    done: tuple[DoneView, ...]
    has_messages: bool
    url: str = "/tasks"
    next_href: str = ""

    @classmethod
    def example(cls) -> "TasksPage":
        """Return a station's afternoon."""
        return cls(
            flash="",
            tasks=(
                TaskView(
                    id="1",
                    kind=t("tasks.kinds.do_order"),
                    haste=Haste(t("orders.when.now"), "soon", "alert-triangle"),
                    detail=t("messages.reasons.no-answer-from-phone"),
                    patient="Triệu Văn Bảo",
                    about="1958",
                    patient_href="/patients/1",
                    due=t("tasks.overdue.do", time="09:30, 23/11/2026"),
                    is_overdue=True,
                    tries=t("tasks.tries", count=1),
                    phone="0868 123 498",
                    phone_href="tel:+84868123498",
                    version=1,
                    move_href="",
                    subject_href="/appointments/1",
                    subject_label=t("tasks.see_appointment"),
                    new_link_action="/tasks/1/new-link",
                    outcomes=outcome_options(TaskKind.PHONE_PATIENT),
                ),
                TaskView(
                    id="2",
                    kind=t("tasks.kinds.other_time"),
                    haste=None,
                    detail=t("links.wish.next_week"),
                    patient="Lý Thị Lụa",
                    about="12/05/1985",
                    patient_href="/patients/2",
                    due=t("tasks.due.do", time="07:30, 30/11/2026"),
                    is_overdue=False,
                    tries="",
                    phone="",
                    phone_href="",
                    version=1,
                    move_href="/tasks/2/move",
                    subject_href="",
                    subject_label="",
                    new_link_action="",
                    outcomes=outcome_options(TaskKind.RECORD_OPENED),
                ),
            ),
            count=2,
            done=(
                DoneView(
                    patient="Nông Văn Quân",
                    kind=t("tasks.kinds.cannot_come"),
                    outcome=t("tasks.done_at", outcome=t("tasks.outcomes.reached"), time="08:15, 23/11/2026"),
                ),
            ),
            has_messages=True,
        )


@dataclass(frozen=True, kw_only=True)
class MovePage(Page):
    """Another day and time for a next visit."""

    template: ClassVar[str] = "tasks/move.html"
    nav: ClassVar[str] = "tasks"
    patient: str
    wish: str
    form: FormView
    action: str
    back_href: str

    @classmethod
    def example(cls) -> "MovePage":
        """Return the form with the plan as it stands."""
        return cls(
            patient="Lý Thị Lụa",
            wish=t("links.wish.next_week"),
            form=filled({"due_on": "30/11/2026", "from_time": "07:30", "until_time": "11:00", "version": 1}),
            action="/tasks/2/move",
            back_href="/tasks",
        )


def outcome_options(kind: str, *, tries: int = 0, is_home: bool = False) -> tuple[Option, ...]:
    """Return what a person can say of a task of this kind, tried so often."""
    offered = outcomes_for(kind, tries=tries, is_home=is_home)
    return tuple(Option(each, t(f"tasks.outcomes.{each}")) for each in offered)
