"""A call is asked for by the newest text that did not arrive; only that one or a newer one ends it."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlmodel import Session, select

from telehealth.followup import service
from telehealth.followup.checkers import CHECKERS
from telehealth.followup.jobs import answer_lost
from telehealth.followup.models import Plan, Task
from telehealth.followup.rules import ReplyKind
from telehealth.followup.service import finding
from telehealth.links.models import LinkRefusal, LostLink, PatientLink
from telehealth.links.service import ask_for_link
from telehealth.messaging.jobs import Post, chase
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.ports import Fault, GatewayError, Outcome, Report
from telehealth.messaging.service import Sender
from tests.support.booking import at
from tests.telehealth.followup.world import Follow

NO_ANSWER = ("phone_patient", "no-answer-from-phone")


def newest(follow: Follow) -> UUID:
    return follow.rows(OutboxMessage)[-1].id  # type: ignore[no-any-return]


def report(follow: Follow, message_id: UUID, outcome: Outcome) -> None:
    follow.gateway.waiting.append(Report(f"ref-{message_id}", outcome, follow.clock.now()))
    follow.send()


@pytest.fixture
def invited(follow: Follow) -> UUID:
    """The text of a time, sent, its receipt still out, and then the time is called off by another."""
    appointment = follow.book(at("09:30", days=1))
    follow.send()
    told = newest(follow)
    follow.cancel(appointment)
    return told


def test_the_receipt_of_a_time_leaves_the_call_about_its_cancellation(follow: Follow, invited: UUID) -> None:
    follow.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")]
    follow.send()
    report(follow, invited, Outcome.DELIVERED)
    assert follow.tasks() == [("phone_patient", "no-such-number")]


def test_the_late_receipt_of_the_cancellation_ends_the_call(follow: Follow, invited: UUID) -> None:
    follow.send()
    report(follow, newest(follow), Outcome.UNDELIVERED)
    assert follow.tasks() == [NO_ANSWER]
    report(follow, newest(follow), Outcome.DELIVERED)
    assert (follow.tasks(), follow.tasks("done")) == ([], [NO_ANSWER])


def test_the_late_bounce_of_a_time_that_was_called_off_asks_for_no_call(
    follow: Follow, invited: UUID
) -> None:
    follow.send()
    report(follow, newest(follow), Outcome.DELIVERED)
    report(follow, invited, Outcome.UNDELIVERED)
    assert follow.messages()[0][1] == "failed"
    assert follow.rows(Task) == []


def test_of_two_texts_about_one_time_the_newer_counts(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=1))
    follow.send()
    first = newest(follow)
    [link] = follow.rows(PatientLink, subject_id=appointment.id)
    follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, link.id, now=now))
    follow.send()
    second = newest(follow)
    report(follow, second, Outcome.UNDELIVERED)
    report(follow, first, Outcome.UNDELIVERED)
    report(follow, first, Outcome.DELIVERED)
    assert follow.tasks() == [NO_ANSWER]
    report(follow, second, Outcome.DELIVERED)
    assert follow.tasks() == []


def test_what_a_newer_text_has_told_asks_for_no_call(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=1))
    follow.send()
    first = newest(follow)
    [link] = follow.rows(PatientLink, subject_id=appointment.id)
    follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, link.id, now=now))
    follow.send()
    report(follow, newest(follow), Outcome.DELIVERED)
    report(follow, first, Outcome.UNDELIVERED)
    assert follow.tasks() == []


@pytest.mark.parametrize("is_answered", [False, True])
def test_an_opened_link_shows_that_its_text_arrived(follow: Follow, is_answered: bool) -> None:
    """No receipt ever comes; whoever has the link in hand need not be told of the time by phone."""
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    actor = follow.phone(appointment.id)
    if is_answered:
        follow.do(lambda s, now: service.reply_to_appointment(s, actor, ReplyKind.CONFIRM, now=now))
    chase_all(follow)
    assert follow.tasks() == []


def test_an_opened_link_shows_that_the_text_of_a_next_visit_arrived(follow: Follow) -> None:
    follow.sign(follow.next_week())
    follow.send()
    follow.phone(follow.plan().id)
    chase_all(follow)
    assert follow.tasks() == []


@pytest.mark.parametrize("is_answered", [False, True])
def test_of_a_later_text_only_what_is_done_after_it_tells(follow: Follow, is_answered: bool) -> None:
    """The same link goes out again, on the same phone it is open already: an answer is as good as opening."""
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    report(follow, newest(follow), Outcome.DELIVERED)
    actor = follow.phone(appointment.id)
    follow.clock.advance(hours=1)
    asks_for_links(follow)
    follow.send()
    if is_answered:
        follow.clock.advance(minutes=1)
        follow.do(lambda s, now: service.reply_to_appointment(s, actor, ReplyKind.CONFIRM, now=now))
    chase_all(follow)
    assert follow.tasks() == ([] if is_answered else [("phone_patient", "not-in-time")])


def test_who_chose_the_time_themselves_need_not_be_told_of_it(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=3))
    follow.send()
    actor = follow.phone(appointment.id)
    follow.do(lambda s, now: service.move_appointment(s, actor, at("10:30", days=3), None, now=now))
    follow.clock.advance(seconds=5)  # as long as a worker may take
    follow.send()
    chase_all(follow)
    assert [kind for kind, _ in follow.tasks()] == ["moved_by_patient"]


def asks_for_code(follow: Follow, subject_id: UUID) -> UUID:
    """Ask for a code behind the link to something; it leaves, and nobody hears that it arrives."""
    actor = follow.phone(subject_id)
    assert follow.do(lambda s, now: service.send_code(s, actor, now=now)) is None
    follow.send()
    return newest(follow)


def chase_all(follow: Follow) -> None:
    """Let it be so late that a text should have arrived."""
    [message] = follow.rows(OutboxMessage, id=newest(follow))
    follow.clock.set(message.chase_at)
    chase(Post(follow.database, [follow.gateway], Sender(brand="TYT", base_url=""), CHECKERS))


def test_a_code_that_arrives_late_ends_its_call(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=1))
    follow.send()
    code = asks_for_code(follow, appointment.id)
    chase_all(follow)
    assert follow.tasks() == [("phone_patient", "not-in-time")]
    report(follow, code, Outcome.DELIVERED)
    assert follow.tasks() == []


@pytest.mark.parametrize("is_code_first", [True, False])
def test_a_call_about_a_time_and_a_code_waits_for_both(follow: Follow, is_code_first: bool) -> None:
    appointment = follow.book(at("09:30", days=1))
    follow.send()
    time = newest(follow)
    code = asks_for_code(follow, appointment.id)
    chase_all(follow)
    report(follow, time, Outcome.UNDELIVERED)
    first, second = (code, time) if is_code_first else (time, code)
    report(follow, first, Outcome.DELIVERED)
    assert len(follow.tasks()) == 1
    report(follow, second, Outcome.DELIVERED)
    assert follow.tasks() == []


def test_a_code_nobody_waits_for_any_more_keeps_no_call_open(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=1))
    follow.send()
    time = newest(follow)
    asks_for_code(follow, appointment.id)
    chase_all(follow)
    report(follow, time, Outcome.UNDELIVERED)
    follow.clock.advance(hours=1)
    report(follow, time, Outcome.DELIVERED)
    assert follow.tasks() == []


def asks_for_links(follow: Follow) -> list[UUID | None]:
    """Somebody lost the link; return which links are sent then."""
    before = len(follow.rows(OutboxMessage))
    follow.do(lambda s, now: ask_for_link(s, "+84868123456", now=now))
    answer_lost(follow.database)
    return [each.link_id for each in follow.rows(OutboxMessage)[before:]]


def test_links_to_what_is_over_take_no_place_among_those_sent_again(follow: Follow) -> None:
    appointment = follow.book(at("09:30", days=1))
    [wanted] = follow.rows(PatientLink, subject_id=appointment.id)
    for _ in range(finding.LINKS_AT_MOST):
        follow.sign(follow.next_week())
    follow.do(lambda s, _now: [setattr(each, "state", "lapsed") for each in s.exec(select(Plan)).all()])
    assert asks_for_links(follow) == [wanted.id]


def test_where_more_links_hold_than_are_sent_the_station_is_asked_once(follow: Follow) -> None:
    for _ in range(finding.LINKS_AT_MOST + 2):
        follow.sign(follow.next_week())
    assert len(asks_for_links(follow)) == finding.LINKS_AT_MOST
    assert follow.tasks() == [("send_new_link", "")]


def test_a_lost_link_that_would_be_one_too_many_of_its_station_is_a_call(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "LOST_LINKS", replace(finding.LOST_LINKS, per_facility=1))
    for days in (1, 2):
        follow.book(at("09:30", days=days))
    assert len(asks_for_links(follow)) == 2  # counted from one asking to the next
    follow.clock.advance(minutes=1)
    assert asks_for_links(follow) == []
    assert follow.tasks() == [("send_new_link", "")] * 2
    with follow.database.read() as unit:
        assert [each.kind for each in unit.session.exec(select(LinkRefusal))] == ["lost_facility"]


def test_askings_that_cannot_be_answered_hold_up_nobody_behind_them(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred at the head, for a number whose link cannot be sent; a person asks behind them."""
    appointment = follow.book(at("09:30", days=1))
    [link] = follow.rows(PatientLink, subject_id=appointment.id)
    real = finding.live_station

    def torn(session: Session, each: PatientLink) -> UUID | None:
        raise LookupError

    monkeypatch.setattr(finding, "live_station", torn)
    for _ in range(100):
        follow.do(lambda s, now: ask_for_link(s, "+84868123456", now=now))
    answer_lost(follow.database)
    monkeypatch.setattr(finding, "live_station", real)
    follow.clock.advance(seconds=5)
    follow.do(lambda s, now: ask_for_link(s, "+84868123456", now=now))
    answer_lost(follow.database)
    outcomes = [each.outcome for each in follow.rows(LostLink)]
    assert (outcomes.count("failed"), outcomes.count("sent"), outcomes.count("")) == (100, 1, 0)
    assert [each.link_id for each in follow.rows(OutboxMessage)] == [link.id, link.id]
