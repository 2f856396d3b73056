"""Booking tells the patient; cancelling takes it back; nothing stale ever leaves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from telehealth.followup import service
from telehealth.followup.models import Task
from telehealth.followup.rules import Outcome, ReplyKind, Wish
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.text import sms_length
from telehealth.links import service as links
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.ports import Fault, GatewayError, Report
from telehealth.messaging.ports import Outcome as ReportOutcome
from telehealth.patients import service as patients
from telehealth.patients.service import allow_messages
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.rules import PatientPlace
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_neighbour, make_patient
from tests.telehealth.followup.world import Follow, make_follow


def test_booking_sends_one_part_with_place_time_and_link(follow: Follow) -> None:
    follow.book()
    follow.send()
    [sent] = follow.gateway.taken.values()
    head, _, link = sent.text.rpartition(" ")
    assert head == "TYT: Lich kham 09:30 ngay 23/11 tai Tram Y te xa Phu Thong. Goi 02093850123. Xem:"
    assert link.startswith("http://127.0.0.1:8000/k/")
    assert len(link.rpartition("/")[2]) == 22
    assert sms_length(sent.text).parts == 1


def test_a_patient_at_home_is_told_that_the_phone_is_the_way(follow: Follow) -> None:
    follow.book(place=PatientPlace.HOME)
    follow.send()
    [sent] = follow.gateway.taken.values()
    assert sent.text.startswith("TYT: Kham qua dien thoai 09:30 ngay 23/11, Tram Y te xa Phu Thong.")


def test_cancelling_before_sending_sends_only_the_cancellation(follow: Follow) -> None:
    follow.cancel(follow.book())
    follow.send()
    assert follow.messages() == [("appointment_at_station", "skipped"), ("appointment_cancelled", "sent")]
    assert [link.state for link in follow.rows(PatientLink)] == ["revoked"]


def test_a_text_about_the_past_is_not_sent(follow: Follow) -> None:
    follow.book()
    follow.clock.set(at("11:00"))
    follow.send()
    assert follow.messages() == [("appointment_at_station", "skipped")]
    assert follow.tasks() == []


def test_checking_in_does_not_make_the_text_untrue(follow: Follow) -> None:
    booked = follow.book()
    follow.do(
        lambda s, now: scheduling.check_in(
            s, follow.booking.nurse, booked.id, version=booked.version, now=now
        )
    )
    follow.send()
    assert follow.messages() == [("appointment_at_station", "sent")]


def test_a_text_that_cannot_arrive_becomes_a_call(follow: Follow) -> None:
    follow.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")]
    booked = follow.book()
    follow.send()
    assert follow.tasks() == [("phone_patient", "no-such-number")]
    follow.cancel(booked)
    assert follow.tasks() == []
    assert follow.tasks("done") == [("phone_patient", "no-such-number")]


@pytest.mark.parametrize("phone", [None, "0209 3850 123"])
def test_whom_no_text_reaches_is_phoned_of_each_time_and_its_end(
    database: Database, clock: FixedClock, phone: str | None
) -> None:
    follow = make_follow(database, clock, phone=phone)
    reason = "not-textable" if phone else "no-contact"
    booked = follow.book(at("15:10", days=3))
    assert follow.tasks() == [("phone_patient", reason)]

    def move(session: Session, now: datetime) -> object:
        to = {"starts_at": at("09:30", days=3), "version": booked.version}
        return scheduling.reschedule(session, follow.booking.nurse, booked.id, now=now, **to)

    follow.do(move)
    assert follow.tasks() == [("phone_patient", reason)], "the new time has a call of its own"
    assert follow.tasks("done") == [("phone_patient", reason)]
    [waiting] = follow.rows(Task, state="open")
    assert waiting.due_at == at("09:30", days=3)
    follow.cancel(booked)
    assert follow.tasks() == [("phone_patient", reason)]
    assert len(follow.tasks("done")) == 2


def test_a_call_for_want_of_a_number_ends_with_the_text_that_arrives(follow: Follow) -> None:
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    booked = follow.book(at("09:30", days=3))
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=True, now=now))
    [link] = follow.rows(PatientLink, subject_id=booked.id)
    follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, link.id, now=now))
    follow.send()
    newest = follow.rows(OutboxMessage)[-1]
    follow.gateway.waiting.append(Report(f"ref-{newest.id}", ReportOutcome.DELIVERED, follow.clock.now()))
    follow.send()
    assert (follow.tasks(), len(follow.tasks("done"))) == ([], 1)


def test_wishes_become_one_task_and_the_last_answer_counts(follow: Follow) -> None:
    booked = follow.book()
    patient = follow.phone(booked.id)

    def answer(kind: ReplyKind, wish: Wish | None = None) -> None:
        follow.do(lambda s, now: service.reply_to_appointment(s, patient, kind, wish=wish, now=now))

    answer(ReplyKind.OTHER_TIME, Wish.NEXT_DAYS)
    answer(ReplyKind.OTHER_TIME, Wish.NEXT_WEEK)
    assert follow.tasks() == [("other_time", "next_week")]
    answer(ReplyKind.CANNOT_COME)
    assert follow.tasks() == [("cannot_come", "")]
    answer(ReplyKind.CONFIRM)
    assert follow.tasks() == []
    follow.clock.set(at("10:30"))
    with pytest.raises(ConflictError, match="too-late-to-answer"):
        answer(ReplyKind.CONFIRM)


def test_a_locked_link_becomes_a_task_and_a_new_link_closes_it(follow: Follow) -> None:
    booked = follow.book()
    patient = follow.phone(booked.id)
    for year in range(2000, 2005):
        follow.do(lambda s, now, y=year: links.confirm_year(s, patient, y, now=now))
    assert follow.tasks() == [("send_new_link", "")]
    [old] = follow.rows(PatientLink)
    follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, old.id, now=now))
    assert follow.tasks() == []
    assert [link.state for link in follow.rows(PatientLink)] == ["revoked", "open"]
    follow.send()
    assert follow.messages() == [("appointment_at_station", "skipped"), ("appointment_at_station", "sent")]


@pytest.mark.parametrize("act", [service.reissue_link, service.revoke_link])
def test_a_station_that_only_sees_the_patient_ends_no_link(follow: Follow, act: Callable[..., Any]) -> None:
    follow.book()
    [link] = follow.rows(PatientLink)
    neighbour = follow.do(lambda s, now: make_neighbour(s, follow.patient_id, now=now))
    with pytest.raises(ForbiddenError):
        follow.do(lambda s, now: act(s, neighbour, link.id, now=now))
    assert [each.state for each in follow.rows(PatientLink)] == ["open"]


def test_no_new_link_for_what_is_over(follow: Follow) -> None:
    booked = follow.book()
    [old] = follow.rows(PatientLink)
    follow.cancel(booked)
    with pytest.raises(ConflictError, match="link-subject-over"):
        follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, old.id, now=now))


def test_a_task_is_completed_once_by_its_own_station(follow: Follow) -> None:
    follow.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")]
    follow.book()
    follow.send()
    [task] = follow.rows(Task)

    def complete(actor: object, outcome: Outcome, version: int) -> None:
        follow.do(
            lambda s, now: service.complete_task(
                s,
                actor,
                task.id,
                outcome=outcome,
                version=version,
                now=now,  # type: ignore[arg-type]
            )
        )

    stranger = follow.do(lambda s, _now: make_member(s))
    with pytest.raises(NotFoundError):
        complete(stranger, Outcome.REACHED, 1)
    with pytest.raises(InvalidError):
        complete(follow.booking.nurse, Outcome.NOT_NEEDED, 1)
    with pytest.raises(StaleError):
        complete(follow.booking.nurse, Outcome.REACHED, 9)
    complete(follow.booking.nurse, Outcome.REACHED, 1)
    with pytest.raises(ConflictError):
        complete(follow.booking.nurse, Outcome.REACHED, 2)
    assert follow.rows(Task)[0].outcome == "reached"


def test_the_link_ends_a_day_after_the_appointment(follow: Follow) -> None:
    booked = follow.book()
    [link] = follow.rows(PatientLink)
    assert link.expires_at == booked.ends_at + timedelta(hours=24)
    [message] = follow.rows(OutboxMessage)
    assert message.not_after_at == booked.starts_at


def test_a_new_link_is_sent_while_the_consultation_runs_late(follow: Follow, clock: FixedClock) -> None:
    appointment = follow.book()
    follow.send()
    clock.at = appointment.starts_at + timedelta(minutes=5)
    [link] = follow.rows(PatientLink)
    follow.do(lambda s, now: service.reissue_link(s, follow.booking.nurse, link.id, now=now).id)
    before = follow.gateway.calls
    follow.send()
    assert follow.gateway.calls == before + 1
    assert {each.state for each in follow.rows(PatientLink)} == {"open", "revoked"}


def test_a_merged_record_is_reached_by_the_phone_the_station_sees(follow: Follow) -> None:
    nurse = follow.booking.nurse
    follow.book()
    kept = follow.do(lambda s, now: make_patient(s, nurse, now=now, phone="0912 000 111").id)
    follow.do(
        lambda s, now: (
            patients.merge(
                s, nurse, kept_id=kept, merged_id=follow.patient_id, reason="Đăng ký hai lần", now=now
            ).id
        )
    )
    follow.send()
    assert {each.to for each in follow.gateway.taken.values()} == {"+84912000111"}
