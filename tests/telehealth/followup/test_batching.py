"""Many reminded at once: each once, whoever sends it, only those a text may reach; the others are phoned."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest

from telehealth.followup import service
from telehealth.followup.jobs import remind as remind_by_itself
from telehealth.followup.models import Task
from telehealth.followup.rules import AT_MOST, ReplyKind
from telehealth.kit.errors import ForbiddenError, InvalidError
from telehealth.kit.ids import new_id
from telehealth.messaging.models import OutboxMessage
from telehealth.patients.service import allow_messages
from tests.support.booking import TODAY, at
from tests.support.world import make_facility, make_member
from tests.telehealth.followup.world import Follow

LEADS = (timedelta(hours=24), timedelta(hours=2))


def press(follow: Follow, *chosen: UUID, by: Any = None) -> list[tuple[UUID, str]]:
    """Remind the chosen as the nurse; return what became of each."""
    return follow.do(  # type: ignore[no-any-return]
        lambda s, now: [
            (each.row.id, outcome.value)
            for each, outcome in service.remind(s, by or follow.booking.nurse, chosen, LEADS, now=now)
        ]
    )


def reminders(follow: Follow) -> list[OutboxMessage]:
    """Read the reminders, oldest first."""
    return [each for each in follow.rows(OutboxMessage) if ":reminder" in each.dedupe_key]


@pytest.fixture
def both(follow: Follow) -> tuple[UUID, UUID]:
    """An appointment tomorrow afternoon and a next visit in a week; both told when they were set."""
    appointment = follow.book(at("15:10", days=1))
    follow.sign(follow.next_week())
    follow.send()
    return appointment.id, follow.plan().id


def test_all_are_reminded_in_one_go_with_their_own_texts(follow: Follow, both: tuple[UUID, UUID]) -> None:
    assert press(follow, *both) == [(both[0], "sent"), (both[1], "sent")]
    follow.send()
    assert [(each.template, each.state) for each in reminders(follow)] == [
        ("reminder_at_station", "sent"),
        ("next_visit", "sent"),
    ]


def test_the_same_reminder_never_goes_twice_by_hand_or_by_itself(
    follow: Follow, both: tuple[UUID, UUID]
) -> None:
    press(follow, *both)
    assert press(follow, *both) == [(both[0], "already"), (both[1], "already")]
    follow.clock.set(at("15:30"))  # the day before, when the automatic one is due
    assert remind_by_itself(follow.database, LEADS[:1]) == 0
    assert len(reminders(follow)) == 2


def test_one_that_went_by_itself_is_not_sent_by_hand(follow: Follow, both: tuple[UUID, UUID]) -> None:
    follow.clock.set(at("15:30"))
    assert remind_by_itself(follow.database, LEADS[:1]) == 1
    assert press(follow, both[0]) == [(both[0], "already")]
    assert len(reminders(follow)) == 1


def test_at_night_it_waits_until_texts_may_go(follow: Follow, both: tuple[UUID, UUID]) -> None:
    follow.database.policy = replace(follow.database.policy, quiet=(time(21), time(7)))
    follow.clock.set(at("21:30"))
    assert press(follow, *both) == [(both[0], "later"), (both[1], "later")]
    follow.send()
    assert {each.state for each in reminders(follow)} == {"queued"}
    follow.clock.set(at("07:01", days=1))
    follow.send()
    assert {each.state for each in reminders(follow)} == {"sent"}


def test_whoever_wants_no_texts_becomes_a_call_once(follow: Follow, both: tuple[UUID, UUID]) -> None:
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    for _ in range(2):
        assert press(follow, *both) == [(both[0], "no_phone"), (both[1], "no_phone")]
    assert reminders(follow) == []
    assert sorted(each.kind for each in follow.rows(Task, state="open")) == [
        "phone_patient",
        "tell_next_visit",
    ]
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=True, now=now))
    assert press(follow, *both) == [(both[0], "sent"), (both[1], "sent")]


def test_what_is_off_meanwhile_or_of_another_station_is_left_out(
    follow: Follow, both: tuple[UUID, UUID]
) -> None:
    stranger = follow.do(lambda s, _: make_member(s, make_facility(s, name="Trạm khác")))
    assert press(follow, *both, by=stranger) == []
    [booked] = [
        each
        for each in follow.do(lambda s, now: service.list_to_remind(s, follow.booking.nurse, now=now))
        if each.row.id == both[0]
    ]
    follow.cancel(booked.row)
    assert press(follow, *both, new_id()) == [(both[1], "sent")]


@pytest.mark.parametrize("said", [ReplyKind.CANNOT_COME, ReplyKind.OTHER_TIME])
def test_who_said_no_or_asked_for_another_day_is_phoned_not_reminded(
    follow: Follow, both: tuple[UUID, UUID], said: ReplyKind
) -> None:
    actor = follow.phone(both[1])
    follow.do(lambda s, now: service.reply_to_plan(s, actor, said, wish=None, now=now))
    assert press(follow, *both) == [(both[0], "sent")]
    follow.do(lambda s, now: service.reply_to_plan(s, actor, ReplyKind.CONFIRM, now=now))
    assert press(follow, both[1]) == [(both[1], "sent")]


def test_who_says_no_in_the_night_is_not_reminded_in_the_morning(
    follow: Follow, both: tuple[UUID, UUID]
) -> None:
    actor = follow.phone(both[1])
    follow.database.policy = replace(follow.database.policy, quiet=(time(21), time(7)))
    follow.clock.set(at("21:30"))
    press(follow, both[1])
    follow.do(lambda s, now: service.reply_to_plan(s, actor, ReplyKind.CANNOT_COME, now=now))
    follow.clock.set(at("07:01", days=1))
    follow.send()
    assert [(each.state, each.reason) for each in reminders(follow)] == [("skipped", "no-longer-true")]
    assert [kind for kind, _ in follow.tasks()] == ["cannot_come"]


def test_a_new_time_is_reminded_of_anew(follow: Follow, both: tuple[UUID, UUID]) -> None:
    press(follow, both[1])
    plan = follow.plan()
    follow.do(
        lambda s, now: service.move_plan(
            s,
            follow.booking.nurse,
            plan.id,
            due_on=TODAY + timedelta(days=8),
            from_minute=450,
            until_minute=660,
            version=plan.version,
            now=now,
        )
    )
    assert press(follow, both[1]) == [(both[1], "sent")]


def test_only_a_station_reminds_and_not_thousands_at_once(follow: Follow) -> None:
    with pytest.raises(ForbiddenError):
        press(follow, by=follow.booking.doctors[0])
    with pytest.raises(InvalidError, match="too-many-chosen"):
        press(follow, *(new_id() for _ in range(AT_MOST + 1)))
