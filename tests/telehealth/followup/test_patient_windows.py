"""A window as its patient has it: the link, the answer, the day that is told."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from telehealth.followup import queries, service
from telehealth.followup.jobs import answer_lost
from telehealth.followup.models import Task
from telehealth.followup.rules import ReplyKind, Wish
from telehealth.kit.errors import ConflictError
from telehealth.links.models import PatientLink
from telehealth.links.service import ask_for_link
from tests.support.booking import TODAY, at
from tests.telehealth.followup.world import Follow


def days_later(follow: Follow, days: int) -> None:
    follow.clock.set(at("08:00", days=days))


def test_the_link_to_a_window_lives_a_week_past_its_last_day(follow: Follow) -> None:
    follow.sign(TODAY + timedelta(days=21), slack_days=14)
    [link] = follow.rows(PatientLink)
    assert link.expires_at == at("00:00", days=21 + 14 + 1) + timedelta(days=7)


def test_within_the_window_the_patient_still_answers_and_after_it_no_more(follow: Follow) -> None:
    follow.sign(TODAY + timedelta(days=21), slack_days=14)
    follow.send()
    plan = follow.plan()
    actor = follow.phone(plan.id)

    def reply(session: Session, now: datetime) -> None:
        service.reply_to_plan(session, actor, ReplyKind.OTHER_TIME, wish=Wish.CALL_ME, now=now)

    days_later(follow, 21 + 14)
    with follow.database.read() as unit:
        found = queries.find_link_subject(unit.session, actor, now=unit.now)
    assert found is not None
    assert (found.is_over, found.days) == (False, (plan.due_from, plan.due_to))
    assert found.starts_at == at("07:30", days=21 + 14)  # past the planned day the last one is told
    follow.do(reply)
    [task] = follow.rows(Task, kind="other_time")
    assert task.due_at == at("07:30", days=21 + 14)
    days_later(follow, 21 + 15)
    with pytest.raises(ConflictError, match="too-late-to-answer"):
        follow.do(reply)


def test_a_link_lost_within_the_window_is_sent_again_with_the_last_day(follow: Follow) -> None:
    follow.sign(TODAY + timedelta(days=21), slack_days=14)
    follow.send()
    days_later(follow, 25)
    follow.do(lambda s, now: ask_for_link(s, "+84868123456", now=now))
    answer_lost(follow.database)
    follow.send()
    sent = [each.text for each in follow.gateway.taken.values()]
    assert [each in text for each, text in zip((plan_day(21), plan_day(35)), sent, strict=True)] == [True] * 2
    assert follow.tasks() == []


def plan_day(days: int) -> str:
    return f"{TODAY + timedelta(days=days):%d/%m}"


def test_one_day_is_no_window(follow: Follow) -> None:
    follow.sign(TODAY + timedelta(days=7))
    actor = follow.phone(follow.plan().id)
    with follow.database.read() as unit:
        found = queries.find_link_subject(unit.session, actor, now=unit.now)
    assert found is not None
    assert found.days is None
