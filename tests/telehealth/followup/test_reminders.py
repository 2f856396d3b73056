"""Reminders: each agreed time has those that are due, and only those that still help."""

from datetime import datetime, timedelta

import pytest

from telehealth.followup import service
from telehealth.followup.jobs import remind
from telehealth.followup.models import Task
from telehealth.followup.rules import Outcome
from telehealth.kit.text import sms_length
from telehealth.links.models import PatientLink
from telehealth.links.service import confirm_year
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.states import MessageState
from telehealth.patients.service import allow_messages
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace
from tests.support.booking import at
from tests.telehealth.followup.world import Follow

BEFORE = (timedelta(hours=24), timedelta(hours=2))


def reminders(follow: Follow) -> list[OutboxMessage]:
    return [each for each in follow.rows(OutboxMessage) if each.lead_minutes is not None]


def leads(follow: Follow) -> list[int | None]:
    return [each.lead_minutes for each in reminders(follow)]


def remind_now(follow: Follow) -> int:
    return remind(follow.database, BEFORE)


def test_a_day_and_two_hours_before(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    assert remind_now(follow) == 0
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    assert remind_now(follow) == 1
    assert remind_now(follow) == 0
    follow.clock.set(appointment.starts_at - timedelta(hours=1, minutes=59))
    assert remind_now(follow) == 1
    assert leads(follow) == [1440, 120]
    follow.send()
    texts = [each.text for each in follow.gateway.taken.values() if "Nhac lich kham" in each.text]
    assert len(texts) == 1  # nobody sent the longer one in time: two at once would only annoy
    assert all(sms_length(each).parts == 1 for each in texts)


@pytest.mark.parametrize("place", [PatientPlace.STATION, PatientPlace.HOME])
def test_the_reminder_opens_the_same_link(follow: Follow, place: PatientPlace) -> None:
    appointment = follow.book(at("09:30", days=3), place=place)
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    remind_now(follow)
    follow.send()
    told, reminded = follow.rows(OutboxMessage)
    assert told.link_id == reminded.link_id
    assert reminded.state == MessageState.SENT


def test_who_was_just_told_needs_no_reminder(follow: Follow) -> None:
    follow.clock.advance(hours=2)
    appointment = follow.book(at("09:30", days=1))
    follow.clock.set(appointment.starts_at - timedelta(hours=23))
    assert remind_now(follow) == 0
    follow.clock.set(appointment.starts_at - timedelta(hours=1, minutes=59))
    assert remind_now(follow) == 1


def test_a_program_that_slept_sends_the_one_that_still_helps(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.clock.set(appointment.starts_at - timedelta(minutes=90))
    remind_now(follow)
    assert leads(follow) == [120]
    follow.clock.set(appointment.starts_at)
    assert remind_now(follow) == 0


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(1), timedelta(-1)])
def test_a_clock_that_jumps_and_returns_loses_no_reminder_and_repeats_none(
    follow: Follow, jump: timedelta
) -> None:
    """Given a clock that is wrong for a while around each reminder, both leave, each once."""
    appointment = follow.book(at("09:30", days=3))
    for lead in BEFORE:
        due_at = appointment.starts_at - lead
        for off in (-timedelta(minutes=2), timedelta(minutes=2), timedelta(minutes=20)):
            for clock in (due_at + off, due_at + off + jump, due_at + off):
                follow.clock.set(clock)
                remind_now(follow)
                follow.send()
    sent = [each.lead_minutes for each in reminders(follow) if each.state == MessageState.SENT]
    assert sorted(map(int, filter(None, sent))) == [120, 1440]
    texts = [each.text for each in follow.gateway.taken.values() if "Nhac lich kham" in each.text]
    assert len(texts) == len(BEFORE)


def test_a_cancelled_appointment_is_not_reminded_of(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.cancel(appointment)
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    assert remind_now(follow) == 0


def test_a_queued_reminder_of_a_time_that_moved_is_not_sent_and_the_new_time_has_its_own(
    follow: Follow,
) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    remind_now(follow)
    new_time = appointment.starts_at + timedelta(days=2)
    move(follow, appointment, new_time)
    follow.send()
    assert [each.state for each in reminders(follow)] == [MessageState.SKIPPED]
    follow.clock.set(new_time - timedelta(hours=24))
    assert remind_now(follow) == 1


def move(follow: Follow, appointment: Appointment, starts_at: datetime) -> None:
    """Let the nurse agree another time."""
    follow.do(
        lambda session, now: scheduling.reschedule(
            session,
            follow.booking.nurse,
            appointment.id,
            starts_at=starts_at,
            version=appointment.version,
            now=now,
        )
    )


def test_without_leads_nobody_is_reminded(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.clock.set(appointment.starts_at - timedelta(hours=2))
    assert remind(follow.database, ()) == 0


def test_a_reminder_that_could_not_leave_is_queued_again_once_texts_are_wanted(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    assert remind_now(follow) == 1  # the log says why nothing was sent
    assert remind_now(follow) == 0
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=True, now=now))
    follow.clock.advance(hours=1)
    assert remind_now(follow) == 1
    assert remind_now(follow) == 0
    follow.send()
    assert [each.state for each in reminders(follow)] == [MessageState.SKIPPED, MessageState.SENT]


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_link_the_station_must_give_back_is_not_given_by_a_reminder(
    follow: Follow, is_locked: bool
) -> None:
    """Five wrong years, or an end by hand, are not undone by a text to the same number: somebody phones."""
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    if is_locked:
        patient = follow.phone(appointment.id)
        for year in range(2000, 2005):
            follow.do(lambda s, now, y=year: confirm_year(s, patient, y, now=now))
    else:
        [link] = follow.rows(PatientLink)
        follow.do(lambda s, now: service.revoke_link(s, follow.booking.nurse, link.id, now=now))
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    remind_now(follow)
    follow.send()
    assert [each.state for each in follow.rows(PatientLink)] == ["locked" if is_locked else "revoked"]
    assert [(each.state, each.reason) for each in reminders(follow)] == [("skipped", "link-closed")]
    expected = ("send_new_link", "") if is_locked else ("phone_patient", "link-closed")
    assert follow.tasks() == [expected]
    assert remind_now(follow) == 0


def test_once_a_link_is_unlocked_its_reminder_goes(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    patient = follow.phone(appointment.id)
    for year in range(2000, 2005):
        follow.do(lambda s, now, y=year: confirm_year(s, patient, y, now=now))
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    remind_now(follow)
    follow.send()
    [link] = follow.rows(PatientLink)
    follow.do(lambda s, now: service.unlock_link(s, follow.booking.nurse, link.id, now=now))
    assert remind_now(follow) == 1
    follow.send()
    assert [each.state for each in reminders(follow)] == [MessageState.SKIPPED, MessageState.SENT]


def test_whom_no_text_reaches_is_phoned_of_the_time_and_not_of_each_reminder(follow: Follow) -> None:
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    appointment = follow.book(at("09:30", days=3))
    assert follow.tasks() == [("phone_patient", "no-contact")]
    [task] = follow.rows(Task)
    told = {"outcome": Outcome.REACHED, "version": task.version}
    follow.do(lambda s, now: service.complete_task(s, follow.booking.nurse, task.id, now=now, **told))
    for hours in (24, 2):
        follow.clock.set(appointment.starts_at - timedelta(hours=hours))
        remind_now(follow)
        assert follow.tasks() == []


def test_who_takes_no_texts_any_more_is_reminded_by_phone(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    remind_now(follow)
    assert follow.tasks() == [("phone_patient", "no-contact")]


def test_a_reminder_whose_link_was_ended_before_it_left_becomes_a_call(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    follow.clock.set(appointment.starts_at - timedelta(hours=24))
    remind_now(follow)
    [link] = follow.rows(PatientLink)
    follow.do(lambda s, now: service.revoke_link(s, follow.booking.nurse, link.id, now=now))
    follow.send()
    assert remind_now(follow) == 0
    assert [each.state for each in reminders(follow)] == [MessageState.SKIPPED]
    assert [each.state for each in follow.rows(PatientLink)] == ["revoked"]
    assert follow.tasks() == [("phone_patient", "link-closed")]
