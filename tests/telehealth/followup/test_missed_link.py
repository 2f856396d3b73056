"""The link by which whoever did not come takes another time: lost, locked, asked for again, sent anew."""

from datetime import timedelta

import pytest

from telehealth.checks.checkers import CHECKERS as CHECK_CHECKERS
from telehealth.followup import service
from telehealth.followup.checkers import CHECKERS
from telehealth.followup.jobs import answer_lost
from telehealth.kit.errors import ConflictError
from telehealth.links.models import LostLink, PatientLink
from telehealth.links.service import ask_for_link
from telehealth.messaging.jobs import Post, send_due
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service import Sender
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty
from tests.support.booking import at
from tests.telehealth.followup.world import Follow


def send(follow: Follow) -> None:
    """Let the worker run, with all that texts may be about."""
    sender = Sender(brand="TYT", base_url="http://127.0.0.1:8000")
    send_due(Post(follow.database, [follow.gateway], sender, {**CHECKERS, **CHECK_CHECKERS}))


def miss(follow: Follow) -> Appointment:
    """Book, and note a quarter of an hour late that the patient did not come."""
    booked, nurse = follow.book(at("09:30")), follow.booking.nurse
    send(follow)
    follow.clock.set(booked.starts_at + timedelta(minutes=15))
    return follow.do(  # type: ignore[no-any-return]
        lambda s, now: scheduling.note_absence(s, nurse, booked.id, party=AbsentParty.PATIENT, now=now)
    )


@pytest.fixture
def missed(follow: Follow) -> Appointment:
    """An appointment whose patient did not come; the text about it has left."""
    row = miss(follow)
    follow.clock.advance(minutes=31)
    send(follow)
    return row


def offer(follow: Follow) -> PatientLink:
    return follow.rows(PatientLink, purpose="new_time")[-1]  # type: ignore[no-any-return]


def texts(follow: Follow) -> list[tuple[str, str]]:
    return [(each.template, each.state) for each in follow.rows(OutboxMessage)][1:]


def ask(follow: Follow) -> str:
    """Type the patient's number on the page for lost links; return what became of it."""
    follow.do(lambda s, now: ask_for_link(s, "+84868123456", now=now))
    answer_lost(follow.database)
    send(follow)
    return follow.rows(LostLink)[-1].outcome  # type: ignore[no-any-return]


def take_back(follow: Follow, missed: Appointment) -> None:
    nurse = follow.booking.nurse
    follow.do(
        lambda s, now: scheduling.undo_absence(
            s, nurse, missed.id, version=s.get_one(Appointment, missed.id).version, now=now
        )
    )


def test_lost_it_is_sent_again(follow: Follow, missed: Appointment) -> None:
    assert ask(follow) == "sent"
    assert texts(follow) == [("missed_visit", "sent")] * 2


def test_it_is_sent_anew_and_the_old_one_ends(follow: Follow, missed: Appointment) -> None:
    old = offer(follow)
    follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, old.id, now=now))
    send(follow)
    assert texts(follow) == [("missed_visit", "sent")] * 2
    states = [each.state for each in follow.rows(PatientLink, purpose="new_time")]
    assert states == ["revoked", "open"]


def test_once_the_absence_is_taken_back_the_first_link_leads_on(follow: Follow) -> None:
    take_back(follow, miss(follow))
    old = offer(follow)
    with pytest.raises(ConflictError, match="link-subject-over"):
        follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, old.id, now=now))
    assert ask(follow) == "sent"
    assert texts(follow)[-1] == ("appointment_at_station", "sent")
    assert follow.rows(OutboxMessage)[-1].link_id != old.id
