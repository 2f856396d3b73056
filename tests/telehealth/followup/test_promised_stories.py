"""The hardest stories of plans, texts, appointments and links, each told in every run.

The machine that finds such stories at random is in `test_promises.py`.
"""

from datetime import timedelta

import pytest

from tests.telehealth.followup.promises import Trouble
from tests.telehealth.followup.test_promises import CHANGES, Promises, machine

__all__ = ["machine"]

pytestmark = pytest.mark.databases("sqlite")  # the machine itself runs on both


@pytest.mark.parametrize("trouble", [Trouble.LOST_ON_THE_WAY, Trouble.DIES_AFTER])
@pytest.mark.parametrize("act", CHANGES)
def test_no_change_comes_too_late_for_a_text_that_is_out(
    machine: type[Promises], act: str, trouble: Trouble
) -> None:
    story = machine()
    story.begin()
    story.things_change_while_a_text_is_out(2, "09:30", trouble, act)
    story.what_left_was_right()
    story.catch_up()
    story.what_left_was_right()


def test_a_time_moved_after_its_reminder_has_its_own(machine: type[Promises]) -> None:
    story = machine()
    story.begin()
    story.move(0, 3, "09:30", True)
    story.what_left_was_right()
    story.catch_up()


def test_where_the_link_was_ended_somebody_phones_instead_of_a_reminder(machine: type[Promises]) -> None:
    story = machine()
    story.begin()
    story.end_link(0, "revoke_link")
    story.time_comes(0, 1440, False)
    story.catch_up()
    story.what_left_was_right()


def test_a_reminder_given_up_by_a_clock_that_ran_ahead_is_due_again_once_it_is_right(
    machine: type[Promises],
) -> None:
    story = machine()
    story.begin()
    story.move(0, 3, "09:30", True)
    story.time_comes(0, 119, True)
    story.what_left_was_right()
    story.clock_jumps(timedelta(days=1), True)
    story.time_comes(0, 1430, True)
    story.catch_up()
    story.what_left_was_right()
