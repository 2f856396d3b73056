"""Answers and what follows: thanks, a call in working hours, a bell; again and again, and too often."""

from datetime import timedelta

import pytest

from telehealth.checks.models import CheckAlarm, CheckAnswer, CheckRound
from telehealth.checks.rules import ANSWERS_AT_MOST, Outcome
from telehealth.followup.models import Task
from telehealth.kit.errors import ConflictError
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from tests.support.checks import AMBER, GOOD, RED, Checks


def test_green_is_thanked_and_nobody_phones(checks: Checks) -> None:
    checks.ask()
    assert checks.answer(GOOD).level == "green"
    assert checks.round().state == "answered"
    assert (checks.listed(), checks.tasks(), checks.rows(CheckAlarm)) == ([], [], [])
    checks.clock.advance(days=3)
    checks.tick()
    assert len(checks.rows(OutboxMessage, subject_kind="check")) == 1


def test_amber_is_a_task_and_stands_on_the_call_list(checks: Checks) -> None:
    checks.ask()
    checks.answer(AMBER)
    assert checks.tasks() == ["check_amber"]
    assert checks.listed() == ["calling"]
    assert checks.rows(CheckAlarm) == []


def test_amber_at_night_waits_for_the_next_working_hours(checks: Checks) -> None:
    checks.ask()
    checks.clock.advance(hours=12)
    checks.answer(AMBER)
    row = checks.round()
    assert row.call_at is not None
    assert row.call_at == checks.clock.now() + timedelta(hours=11)
    [task] = checks.rows(Task, kind="check_amber")
    assert task.due_at > row.call_at


def test_red_rings_and_stands_first_on_the_list_at_once(checks: Checks) -> None:
    checks.ask()
    checks.answer(RED)
    assert checks.tasks() == ["check_red"]
    assert checks.listed() == ["calling"]
    assert (checks.alarm().state, checks.alarm().rings_station) == ("ringing", True)


def test_red_is_heard_before_the_rest_is_asked_for(checks: Checks) -> None:
    checks.ask()
    judged = checks.answer({"danger": "yes"})
    assert not judged.is_whole
    assert checks.round().level == "red"


def test_what_is_missing_is_asked_for_once_and_then_kept_as_amber(checks: Checks) -> None:
    checks.ask()
    partly = {"danger": "no", "systolic": "12o"}
    judged = checks.answer(partly)
    assert (judged.missing, judged.unreadable) == (("diastolic", "medicine"), ("systolic",))
    assert checks.rows(CheckAnswer) == []
    phone = checks.phone()
    checks.answer(partly, is_final=True, by=phone)
    assert checks.round().level == "amber"
    [kept] = checks.rows(CheckAnswer)
    assert kept.given == partly


def test_who_gets_worse_is_heard_and_who_says_it_is_better_is_still_phoned(checks: Checks) -> None:
    checks.ask()
    phone = checks.phone()
    checks.answer(GOOD, by=phone)
    checks.answer(RED, by=phone)
    assert checks.round().state == "calling"
    checks.answer(GOOD, by=phone)
    assert (checks.round().state, checks.round().level) == ("calling", "red")
    assert [each.level for each in checks.rows(CheckAnswer)] == ["green", "red", "green"]
    assert len(checks.rows(CheckAlarm)) == 1


def test_amber_that_becomes_red_is_one_task(checks: Checks) -> None:
    checks.ask()
    phone = checks.phone()
    checks.answer(AMBER, by=phone)
    checks.answer(RED, by=phone)
    assert checks.tasks() == ["check_red"]


def test_too_many_answers_are_a_call_not_a_form(checks: Checks) -> None:
    checks.ask()
    phone = checks.phone()
    for _ in range(ANSWERS_AT_MOST):
        checks.answer(GOOD, by=phone)
    with pytest.raises(ConflictError, match="check-answered-often"):
        checks.answer(GOOD, by=phone)
    checks.answer(RED, by=phone)  # danger is heard all the same, once
    assert checks.round().level == "red"
    with pytest.raises(ConflictError, match="check-answered-often"):
        checks.answer(RED, by=phone)


def test_a_silent_patient_who_answers_after_all_needs_no_call(checks: Checks) -> None:
    checks.ask()
    phone = checks.phone()
    checks.clock.advance(hours=24)
    checks.tick()
    checks.clock.advance(hours=24)
    checks.tick()
    assert checks.listed() == ["calling"]
    checks.answer(GOOD, by=phone)
    assert checks.listed() == []


def test_after_the_end_nothing_is_taken_and_the_link_is_closed(checks: Checks) -> None:
    checks.ask()
    phone = checks.phone()
    checks.answer(AMBER, by=phone)
    checks.call(Outcome.ADVISED)
    with pytest.raises(ConflictError, match="check-round-over"):
        checks.answer(GOOD, by=phone)
    [link] = checks.rows(PatientLink, purpose="questionnaire")
    assert link.state == "revoked"


def test_hostile_words_are_kept_as_words_and_bounded(checks: Checks) -> None:
    checks.ask()
    words = "<script>alert(1)</script>'; DROP TABLE check_round; --" + "\N{SNOWMAN}" * 600
    judged = checks.answer({**GOOD, "more": words, "unknown": "x"}, is_final=True)
    assert judged.unreadable == ("more",)
    [kept] = checks.rows(CheckAnswer)
    assert len(kept.given["more"]) == 500
    assert "unknown" not in kept.given


def test_a_link_of_another_round_does_not_answer_this_one(checks: Checks) -> None:
    checks.set(0, 1)
    checks.tick()
    checks.clock.advance(days=1)
    checks.tick()
    first, second = checks.rows(CheckRound)
    checks.answer(GOOD, by=checks.phone(first.id))
    assert [each.state for each in checks.rows(CheckRound)] == ["answered", second.state]
