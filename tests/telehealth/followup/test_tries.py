"""A call that reached nobody is tried again, handed on, or ended with a reason: never just ended."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.followup import service, todo
from telehealth.followup.models import FollowupHistory, Task
from telehealth.followup.rules import CALLS, Outcome, Subject, TaskKind, outcomes_for, risk_of
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.ids import new_id
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from tests.support.booking import at
from tests.telehealth.followup.world import Follow


def waiting(follow: Follow, kind: TaskKind = TaskKind.CANNOT_COME, detail: str = "") -> UUID:
    """Let a task of a kind wait; return its id."""
    task = follow.do(
        lambda s, now: open_task(
            s,
            facility_id=follow.booking.nurse.here,
            patient_id=follow.patient_id,
            kind=kind,
            subject_kind=Subject.APPOINTMENT,
            subject_id=new_id(),
            due_at=now + timedelta(hours=1),
            now=now,
            detail=detail,
        )
    )
    return task.id  # type: ignore[no-any-return]


def note(follow: Follow, task_id: UUID, outcome: Outcome = Outcome.NOT_REACHED) -> Task:
    """Note what came of a call."""
    [task] = follow.rows(Task, id=task_id)
    follow.do(
        lambda s, now: service.complete_task(
            s, follow.booking.nurse, task_id, outcome=outcome, version=task.version, now=now
        )
    )
    return follow.rows(Task, id=task_id)[0]  # type: ignore[no-any-return]


def give_worker(follow: Follow) -> None:
    """Add a village health worker to the patient's contacts."""

    def act(session: Session, _: object) -> None:
        [known] = follow.rows(Contact, patient_id=follow.patient_id)
        worker = known.model_dump() | {"id": new_id(), "rank": 2, "relation": Relation.HEALTH_WORKER}
        session.add(Contact(**worker))

    follow.do(act)


@pytest.mark.parametrize("kind", sorted(CALLS - {TaskKind.URGENT_UNANSWERED}))
def test_no_kind_of_call_ends_because_nobody_was_reached(follow: Follow, kind: TaskKind) -> None:
    task = note(follow, waiting(follow, kind))
    assert (task.state, task.outcome, task.tries) == ("open", None, 1)
    assert task.call_at == follow.clock.now() + timedelta(hours=3)


def test_the_next_call_is_within_working_hours(follow: Follow) -> None:
    follow.clock.set(at("16:00"))
    assert note(follow, waiting(follow)).call_at == at("07:30", days=1)


def test_danger_is_tried_again_at_once_and_at_night(follow: Follow) -> None:
    follow.clock.set(at("23:00"))
    task = note(follow, waiting(follow, TaskKind.URGENT_UNANSWERED))
    assert task.call_at == follow.clock.now() + timedelta(minutes=15)


def test_after_enough_calls_the_village_health_worker_goes_there(follow: Follow) -> None:
    give_worker(follow)
    task_id = waiting(follow)
    assert [note(follow, task_id).state for _ in range(3)] == ["open", "open", "visiting"]
    assert note(follow, task_id).state == "visiting"
    done = note(follow, task_id, Outcome.REACHED)
    assert (done.state, done.outcome, done.tries) == ("done", "reached", 4)
    steps = [(each.command, each.from_state, each.to_state) for each in follow.rows(FollowupHistory)]
    assert steps == [
        ("miss", "open", "open"),
        ("miss", "open", "open"),
        ("send_home", "open", "visiting"),
        ("miss", "visiting", "visiting"),
        ("complete", "visiting", "done"),
    ]


def test_without_a_worker_a_reason_is_asked_for_and_only_then(follow: Follow) -> None:
    task_id = waiting(follow)
    with pytest.raises(InvalidError, match="outcome-not-offered"):
        note(follow, task_id, Outcome.NO_WAY)
    assert [note(follow, task_id).state for _ in range(4)] == ["open"] * 4
    done = note(follow, task_id, Outcome.NO_WAY)
    assert (done.state, done.outcome) == ("done", "no_way")


def test_two_who_note_the_same_call_count_it_once(follow: Follow) -> None:
    task_id = waiting(follow)
    note(follow, task_id)
    with pytest.raises(StaleError):
        follow.do(
            lambda s, now: service.complete_task(
                s, follow.booking.nurse, task_id, outcome=Outcome.NOT_REACHED, version=1, now=now
            )
        )


def test_what_settles_itself_ends_a_visit_that_waits_as_well(follow: Follow) -> None:
    give_worker(follow)
    task_id = waiting(follow)
    for _ in range(3):
        task = note(follow, task_id)
    follow.do(lambda s, now: close_tasks(s, task.subject_id, Outcome.NOT_NEEDED, now=now))
    assert follow.tasks("visiting") == []


def test_what_only_informs_has_no_call(follow: Follow) -> None:
    assert outcomes_for(TaskKind.MOVED_BY_PATIENT, tries=9) == (Outcome.SEEN,)
    assert outcomes_for(TaskKind.CHECK_RED, tries=9) == ()


def test_the_most_pressing_is_first_and_every_page_goes_on_behind_the_last(follow: Follow) -> None:
    kinds = [TaskKind.MOVED_BY_PATIENT, TaskKind.CANNOT_COME, TaskKind.REFERRAL_STUCK] * 2
    for kind in (*kinds, TaskKind.URGENT_UNANSWERED):
        waiting(follow, kind)
        follow.clock.advance(minutes=1)
    with follow.database.read() as unit:
        seen, after = [], None
        while page := todo.list_tasks(unit.session, follow.booking.nurse, limit=2, after=after, now=unit.now):
            seen += page
            after = read_place(place_after(*todo.place_of(page[-1])), int, datetime, UUID)
        count = todo.count_tasks(unit.session, follow.booking.nurse, now=unit.now)
        assert len({each.id for each in seen}) == count == 7
        assert [risk_of(each.kind) for each in seen] == [0, 1, 1, 2, 2, 3, 3]
        assert seen == sorted(seen, key=todo.place_of)


def test_what_is_wanted_sooner_comes_before_others_of_its_kind(follow: Follow) -> None:
    kinds = [TaskKind.SEE_ORDER] * 3 + [TaskKind.ANSWER_REFERRAL] * 3 + [TaskKind.PHONE_PATIENT]
    details = ["week", "now", "today", "routine", "emergency", "urgent", "urgent"]
    for kind, detail in zip(kinds, details, strict=True):
        waiting(follow, kind, detail)
        follow.clock.advance(minutes=1)
    with follow.database.read() as unit:
        seen = todo.list_tasks(unit.session, follow.booking.nurse, now=unit.now)
        told = [each.detail for each in seen]
        assert told == ["emergency", "now", "urgent", "week", "today", "routine", "urgent"]
        assert [todo.place_of(each)[0] for each in seen] == [0, 1, 1, 2, 2, 2, 2]
        assert seen == sorted(seen, key=todo.place_of)


def test_an_answer_is_read_in_time_with_what_is_done(follow: Follow) -> None:
    assert risk_of(TaskKind.READ_ANSWER) == risk_of(TaskKind.ANSWER_QUESTION)
    assert risk_of(TaskKind.MOVED_BY_PATIENT) > risk_of(TaskKind.READ_ANSWER)
