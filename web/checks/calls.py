"""The one list of calls as its page and its paper print it: rounds of questions and tasks, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from telehealth.audit.service import record
from telehealth.checks.listed import Call
from telehealth.checks.models import CheckRound
from telehealth.checks.rules import Outcome
from telehealth.checks.service import note_list
from telehealth.followup.models import Task
from telehealth.followup.rules import REASONS, STAFF_OUTCOMES, risk_of
from telehealth.followup.states import TaskState
from telehealth.kit.db import Unit
from telehealth.patients.queries import ContactCard, PatientCard, contacts_of_many, find_cards
from telehealth.staff.actors import MembershipActor
from web.checks.pages import PrintedRow
from web.checks.parts import RoundRow
from web.checks.views import Around, load_around, phones_of, printed_row, printed_rows, rows_of
from web.i18n import t
from web.tasks.pages import outcome_options
from web.tasks.views import detail_text, due_text, subject_href, tries_text
from web.visits.people import about_text


@dataclass(frozen=True)
class Beside:
    """What rows of the list need beside the calls themselves, fetched at once."""

    unit: Unit
    rounds: Around
    cards: Mapping[UUID, PatientCard]
    contacts: Mapping[UUID, Sequence[ContactCard]]


def load_beside(
    unit: Unit, actor: MembershipActor, calls: Sequence[Call], ended: Sequence[CheckRound] = ()
) -> Beside:
    """Fetch what the rows of calls in scope, and of rounds that ended, say beside them."""
    rounds = [each.subject for each in calls if isinstance(each.subject, CheckRound)]
    patients = {each.subject.patient_id for each in calls if isinstance(each.subject, Task)}
    return Beside(
        unit,
        load_around(unit, actor, [*rounds, *ended]),
        find_cards(unit.session, actor, patients, now=unit.now),
        contacts_of_many(unit.session, actor, patients, now=unit.now),
    )


def note_calls(
    unit: Unit, actor: MembershipActor, calls: Sequence[Call], ended: Sequence[CheckRound] = ()
) -> None:
    """Put on record whose calls were looked at."""
    rounds = [each.subject for each in calls if isinstance(each.subject, CheckRound)]
    note_list(unit.session, actor, [*rounds, *ended], now=unit.now)
    tasks = [str(each.subject.id) for each in calls if isinstance(each.subject, Task)]
    if tasks:
        facts = {"ids": tasks}
        record(unit.session, actor, "task.read", subject_kind="task", facts=facts, now=unit.now)


def call_rows(beside: Beside, calls: Sequence[Call]) -> tuple[RoundRow, ...]:
    """Return calls as the page prints them, in their order."""
    rows: list[RoundRow] = []
    for each in calls:
        if isinstance(each.subject, CheckRound):
            rows.extend(rows_of(beside.rounds, [each.subject]))
        elif each.subject.patient_id in beside.cards:
            rows.append(_task_row(beside, each.subject))
    return tuple(rows)


def printed_calls(beside: Beside, calls: Sequence[Call]) -> tuple[PrintedRow, ...]:
    """Return calls as paper prints them, in their order."""
    rows: list[PrintedRow] = []
    for each in calls:
        if isinstance(each.subject, CheckRound):
            rows.extend(printed_rows(beside.rounds, [each.subject]))
        elif each.subject.patient_id in beside.cards:
            card, people = beside.cards[each.subject.patient_id], beside.contacts
            rows.append(
                printed_row(
                    card,
                    people.get(each.subject.patient_id, ()),
                    what=_why(each.subject),
                    level=_level(each.subject)[0],
                )
            )
    return tuple(rows)


def outcome_words() -> str:
    """Return what can be written down of a call, for whoever notes it in ink."""
    words = [t(f"checks.outcomes.{each}") for each in Outcome]
    words += [t(f"tasks.outcomes.{each}") for each in (*STAFF_OUTCOMES, *REASONS)]
    return "; ".join(dict.fromkeys(words))


def _task_row(beside: Beside, task: Task) -> RoundRow:
    card, unit = beside.cards[task.patient_id], beside.unit
    is_home = task.state == TaskState.VISITING
    level, kind, icon = _level(task)
    detail = detail_text(task)
    return RoundRow(
        id=str(task.id),
        href=subject_href(task) or f"/patients/{task.patient_id}",
        name=card.full_name,
        about=about_text(card),
        what=t(f"tasks.kinds.{task.kind}"),
        level=level,
        kind=kind,
        icon=icon,
        why=(detail,) if detail else (),
        due=due_text(unit, task),
        state=t("checks.states.visiting" if is_home else "checks.states.calling"),
        is_late=(task.call_at or task.due_at) <= unit.now,
        phones=phones_of(beside.contacts.get(task.patient_id, ())),
        address=card.address,
        tries="" if is_home else tries_text(task),
        outcomes=outcome_options(task.kind, tries=task.tries, is_home=is_home),
        action=f"/tasks/{task.id}/complete",
        version=task.version,
        is_red=not risk_of(task.kind, task.detail),
        is_home=is_home,
        back="checks",
    )


def _level(task: Task) -> tuple[str, str, str]:
    """Return how pressing a task is: the word, the kind and the icon of its tag."""
    is_danger = not risk_of(task.kind, task.detail)
    if is_danger:
        return t("checks.levels.urgent"), "urgent", "alert-triangle"
    return t("checks.levels.task"), "", "list-check"


def _why(task: Task) -> str:
    return ". ".join(part for part in (t(f"tasks.kinds.{task.kind}"), detail_text(task)) if part)
