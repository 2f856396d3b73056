"""Reminders of next visits: one, some days before, where a text can bring it."""

from datetime import timedelta
from typing import Any

import pytest

from telehealth.followup import service
from telehealth.followup.jobs import remind_of_plans
from telehealth.followup.models import Plan
from telehealth.followup.rules import ReplyKind
from telehealth.kit.db import Database
from telehealth.kit.text import sms_length
from telehealth.links.models import PatientLink
from telehealth.patients.service import allow_messages
from tests.support.booking import TODAY, at
from tests.support.clock import FixedClock
from tests.telehealth.followup.world import Follow, make_follow

FAR = TODAY + timedelta(days=14)


def days_before(follow: Follow, days: int, wall: str = "08:00") -> int:
    """Let it be some days before the next visit; return how many reminders were queued then."""
    follow.clock.set(at(wall, days=14 - days))
    return remind_of_plans(follow.database)


def test_a_next_visit_is_reminded_of_once_three_days_before(follow: Follow) -> None:
    follow.sign(FAR)
    follow.send()
    assert [days_before(follow, days) for days in (13, 4, 3, 3, 2)] == [0, 0, 1, 0, 0]
    follow.send()
    assert follow.messages() == [("next_visit", "sent"), ("next_visit", "sent")]
    texts = [each.text for each in follow.gateway.taken.values()]
    assert all(sms_length(each).parts == 1 for each in texts)
    assert [each.state for each in follow.rows(PatientLink)] == ["open"]


def test_a_program_that_slept_reminds_while_it_still_helps(follow: Follow) -> None:
    follow.sign(FAR)
    follow.send()
    assert [days_before(follow, days) for days in (1, 0)] == [0, 0]
    assert days_before(follow, 2) == 1


def test_who_was_told_within_those_days_needs_no_reminder(follow: Follow) -> None:
    follow.clock.set(at("08:00", days=11))
    follow.sign(FAR)
    assert [days_before(follow, days, "09:00") for days in (3, 2)] == [0, 0]


def test_a_day_that_was_moved_has_its_own_reminder(follow: Follow) -> None:
    follow.sign(FAR)
    follow.send()
    assert days_before(follow, 3) == 1
    plan = follow.plan()
    to: dict[str, Any] = {
        "due_on": FAR + timedelta(days=10),
        "from_minute": 450,
        "until_minute": 660,
        "version": plan.version,
    }
    follow.do(lambda s, now: service.move_plan(s, follow.booking.nurse, plan.id, now=now, **to))
    follow.send()
    assert [days_before(follow, days) for days in (-6, -7, -7)] == [0, 1, 0]
    follow.send()
    assert [state for _, state in follow.messages()] == ["sent", "skipped", "sent", "sent"]


def test_who_said_no_is_not_reminded(follow: Follow) -> None:
    follow.sign(FAR)
    actor = follow.phone(follow.plan().id)
    follow.do(lambda s, now: service.reply_to_plan(s, actor, ReplyKind.CANNOT_COME, now=now))
    assert days_before(follow, 3) == 0


def test_whom_no_text_reaches_has_the_one_call_there_is(database: Database, clock: FixedClock) -> None:
    follow = make_follow(database, clock, phone=None)
    follow.sign(FAR)
    assert days_before(follow, 3) == 1
    assert follow.tasks() == [("tell_next_visit", "no-contact")]


@pytest.mark.parametrize("is_ended", [True, False])
def test_who_can_be_texted_no_more_is_phoned(follow: Follow, is_ended: bool) -> None:
    follow.sign(FAR)
    follow.send()
    [link] = follow.rows(PatientLink)
    if is_ended:
        follow.do(lambda s, now: service.revoke_link(s, follow.booking.nurse, link.id, now=now))
    else:
        follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    days_before(follow, 3)
    follow.send()
    assert follow.tasks() == [("phone_patient", "link-closed" if is_ended else "no-contact")]
    assert len(follow.rows(Plan)) == len(follow.rows(PatientLink)) == 1
