"""Reminders of a service's own: from when they are set, nothing twice and nothing for what is past."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from telehealth.availability.models import ServiceType
from telehealth.availability.service import set_reminders
from telehealth.followup.jobs import remind
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling.models import Appointment
from telehealth.staff.rules import Role
from tests.support.booking import at
from tests.support.world import make_member
from tests.telehealth.followup.world import Follow

DEFAULT = (1440, 120)


def give(follow: Follow, minutes: Sequence[int] | None) -> None:
    """Let the coordinator give the service these reminders."""
    version = follow.rows(ServiceType, code="standard")[0].version
    follow.do(
        lambda s, now: set_reminders(
            s,
            make_member(s, role=Role.COORDINATOR),
            "standard",
            minutes,
            default=DEFAULT,
            version=version,
            now=now,
        )
    )


def before(follow: Follow, appointment: Appointment, **time: int) -> list[int]:
    """Let it be so long before an appointment; return the leads of the reminders queued then."""
    follow.clock.set(appointment.starts_at - timedelta(**time))
    known = len(follow.rows(OutboxMessage))
    remind(follow.database, [timedelta(minutes=each) for each in DEFAULT])
    remind(follow.database, [timedelta(minutes=each) for each in DEFAULT])
    return [each.lead_minutes for each in follow.rows(OutboxMessage)[known:]]


@pytest.fixture
def appointment(follow: Follow) -> Appointment:
    return follow.book(at("09:30", days=5))


def test_its_own_list_takes_the_place_of_the_deployments(follow: Follow, appointment: Appointment) -> None:
    give(follow, [2880, 180])
    assert before(follow, appointment, hours=48) == [2880]
    assert before(follow, appointment, hours=24) == []
    assert before(follow, appointment, hours=3) == [180]
    assert before(follow, appointment, hours=2) == []
    keys = [each.dedupe_key for each in follow.rows(OutboxMessage)[1:]]
    assert keys == [f"appointment:{appointment.id}:v{appointment.version}:reminder:{n}" for n in (2880, 180)]


def test_none_at_all(follow: Follow, appointment: Appointment) -> None:
    give(follow, [])
    assert [before(follow, appointment, hours=each) for each in (24, 2)] == [[], []]


def test_its_own_are_sent_where_the_deployment_has_none(follow: Follow, appointment: Appointment) -> None:
    give(follow, [180])
    follow.clock.set(appointment.starts_at - timedelta(hours=3))
    assert remind(follow.database, ()) == 1


def test_a_reminder_that_would_be_past_is_not_made_up_for(follow: Follow, appointment: Appointment) -> None:
    assert before(follow, appointment, hours=30) == []
    give(follow, [2880, 120])
    assert before(follow, appointment, hours=29) == []
    later = follow.book(at("10:30", days=9))
    assert before(follow, appointment, hours=2) == [120]
    assert before(follow, later, hours=48) == [2880]


def test_going_back_to_the_deployments_makes_up_for_none(follow: Follow, appointment: Appointment) -> None:
    give(follow, [])
    assert before(follow, appointment, hours=20) == []
    give(follow, None)
    assert before(follow, appointment, hours=19) == []
    assert before(follow, appointment, hours=2) == [120]


def test_a_change_repeats_no_reminder(follow: Follow, appointment: Appointment) -> None:
    assert before(follow, appointment, hours=24) == [1440]
    give(follow, [1440, 180])
    assert before(follow, appointment, hours=23) == []
    give(follow, [180])
    give(follow, None)
    assert before(follow, appointment, hours=22) == []
    assert before(follow, appointment, hours=2) == [120]


def test_a_lead_that_stays_is_caught_up_with_after_a_sleep(follow: Follow, appointment: Appointment) -> None:
    """The program slept over it, and the list was changed meanwhile: what stands is still owed."""
    follow.clock.set(appointment.starts_at - timedelta(hours=20))
    give(follow, [1440, 180])
    assert before(follow, appointment, hours=19) == [1440]


def test_other_services_keep_theirs(follow: Follow, appointment: Appointment) -> None:
    follow.do(lambda s, now: s.add(ServiceType(code="hoi_chan", reminder_minutes=[300])))
    assert before(follow, appointment, hours=24) == [1440]
    assert before(follow, appointment, hours=5) == []
