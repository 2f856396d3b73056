"""A moved time is told anew and the old one never leaves; requests are told when they are agreed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.calls.models import CallMember, CallRoom
from telehealth.calls.service import ensure_room, issue_ticket
from telehealth.calls.standing import list_allowed
from telehealth.duty.models import Pool
from telehealth.facilities.queries import get_facility
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling import jobs
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbortReason, RejectReason
from telehealth.visits.models import Visit
from tests.support.booking import at
from tests.support.pools import make_pool
from tests.support.world import SINCE, make_doctor
from tests.telehealth.followup.world import Follow

Act = Callable[[Session, datetime], Appointment]


@pytest.fixture
def follow(follow: Follow) -> Follow:
    """A second doctor with hours works beside the first."""

    def act(session: Session, _now: datetime) -> None:
        house = get_facility(session, follow.booking.doctors[0].here)
        other = make_doctor(session, house, name="Trần Văn Hai")
        resource = ensure_resource(session, ResourceKind.DOCTOR, other.ref, facility_id=house.id)
        add_weekly_hours(session, resource, range(7), ("07:30", "16:30"), valid_from=SINCE)
        object.__setattr__(follow.booking, "doctors", (*follow.booking.doctors, other))

    follow.do(act)
    return follow


def move(follow: Follow, booked: Appointment, wall: str = "10:30") -> Appointment:
    def act(session: Session, now: datetime) -> Appointment:
        row = session.get_one(Appointment, booked.id)
        return scheduling.reschedule(
            session, follow.booking.nurse, row.id, starts_at=at(wall), version=row.version, now=now
        )

    moved: Appointment = follow.do(act)
    return moved


def reassign(follow: Follow, booked: Appointment) -> Appointment:
    def act(session: Session, now: datetime) -> Appointment:
        return scheduling.reassign(
            session,
            follow.booking.nurse,
            booked.id,
            doctor_membership_id=follow.booking.doctors[1].ref,
            version=None,
            now=now,
        )

    moved: Appointment = follow.do(act)
    return moved


def has_to_be_accepted(follow: Follow) -> None:
    def act(session: Session, _now: datetime) -> None:
        service = session.merge(follow.booking.service)
        service.accept_mode, service.respond_minutes = "doctor", 30

    follow.do(act)


def answer(follow: Follow, asked: Appointment, *, accepts: bool) -> None:
    doctor = next(each for each in follow.booking.doctors if each.ref == asked.doctor_membership_id)
    more = {} if accepts else {"reason": RejectReason.NOT_FREE}
    act = scheduling.accept if accepts else scheduling.reject
    follow.do(lambda s, now: act(s, doctor, asked.id, version=None, now=now, **more))


def test_moved_before_sending_only_the_new_time_is_told(follow: Follow) -> None:
    move(follow, follow.book())
    follow.send()
    [sent] = follow.gateway.taken.values()
    assert "10:30 ngay 23/11" in sent.text
    assert follow.messages() == [("appointment_at_station", "skipped"), ("appointment_at_station", "sent")]
    assert [link.state for link in follow.rows(PatientLink)] == ["revoked", "open"]


def test_moved_after_sending_the_new_time_follows_with_a_new_link(follow: Follow) -> None:
    booked = follow.book()
    follow.send()
    move(follow, booked)
    move(follow, booked, "14:30")
    follow.send()
    times = [sent.text for sent in follow.gateway.taken.values()]
    assert ["09:30" in times[0], "14:30" in times[1], len(times)] == [True, True, 2]
    assert [link.state for link in follow.rows(PatientLink)] == ["revoked", "revoked", "open"]


def test_a_text_of_the_old_time_is_found_untrue_even_if_it_was_left_in_the_queue(follow: Follow) -> None:
    """Bound to the version: without the skipping above it would not leave either."""
    booked = follow.book()

    def act(session: Session, _now: datetime) -> None:
        for message in session.exec(select(OutboxMessage)):
            message.state = "queued"

    move(follow, booked)
    follow.do(act)
    follow.send()
    assert [("09:30" in sent.text) for sent in follow.gateway.taken.values()] == [False]


def test_another_doctor_alone_is_not_told_and_the_visit_is_theirs(follow: Follow) -> None:
    booked = follow.book()
    reassign(follow, booked)
    follow.send()
    assert follow.messages() == [("appointment_at_station", "sent")]
    [visit] = follow.rows(Visit)
    assert visit.doctor_membership_id == follow.booking.doctors[1].ref


def test_a_request_is_told_once_it_is_accepted(follow: Follow) -> None:
    has_to_be_accepted(follow)
    asked = follow.book()
    follow.send()
    assert (asked.status, follow.messages(), follow.rows(PatientLink)) == ("requested", [], [])
    [visit] = follow.rows(Visit)
    assert (visit.appointment_id, visit.doctor_membership_id) == (asked.id, asked.doctor_membership_id)
    answer(follow, asked, accepts=True)
    follow.send()
    assert follow.messages() == [("appointment_at_station", "sent")]


def test_a_withdrawn_request_was_never_told_and_is_not_called_off(follow: Follow) -> None:
    has_to_be_accepted(follow)
    follow.cancel(follow.book())
    follow.send()
    assert follow.messages() == []


def test_a_declined_request_becomes_a_task_until_the_visit_is_booked_again(follow: Follow) -> None:
    has_to_be_accepted(follow)
    asked = follow.book()
    answer(follow, asked, accepts=False)
    assert follow.tasks() == [("book_again", "not_free")]
    [visit] = follow.rows(Visit)
    assert (visit.appointment_id, visit.doctor_membership_id) == (None, None)
    follow.do(
        lambda s, now: follow.booking.book(
            s, at("10:30"), now=now, patient_id=follow.patient_id, visit_id=visit.id
        )
    )
    assert (follow.tasks(), follow.tasks("done")) == ([], [("book_again", "not_free")])


def test_an_unanswered_request_becomes_a_task_too(follow: Follow) -> None:
    has_to_be_accepted(follow)
    follow.book()
    follow.clock.advance(minutes=31)
    jobs.escalate_overdue(follow.database)
    assert follow.tasks() == [("book_again", "unanswered")]


def test_a_request_passed_on_takes_its_visit_along(follow: Follow) -> None:
    has_to_be_accepted(follow)
    pool: Pool = follow.do(lambda s, _now: make_pool(s, follow.booking, [0, 1]))
    asked = follow.book()

    def put(session: Session, _now: datetime) -> None:
        session.get_one(Appointment, asked.id).pool_id = pool.id

    follow.do(put)
    answer(follow, asked, accepts=False)
    [visit] = follow.rows(Visit)
    assert visit.doctor_membership_id == follow.booking.doctors[1].ref
    assert follow.tasks() == []


def test_a_doctor_who_gave_the_time_away_is_no_longer_in_its_call(follow: Follow) -> None:
    booked = follow.book()
    doctor = follow.booking.doctors[0]
    follow.do(lambda s, now: ensure_room(s, booked.id, now=now))
    follow.do(lambda s, now: issue_ticket(s, doctor, booked.id, now=now))
    reassign(follow, booked)
    [member] = follow.rows(CallMember)
    with follow.database.read() as unit:
        assert list_allowed(unit.session, [member.id], now=unit.now) == {}


def test_what_broke_off_ends_its_call_and_the_next_time_is_told(follow: Follow) -> None:
    booked = follow.book()
    follow.send()
    follow.clock.set(at("09:35"))
    doctor = follow.booking.doctors[0]
    follow.do(lambda s, now: ensure_room(s, booked.id, now=now))
    follow.do(lambda s, now: scheduling.start(s, doctor, booked.id, now=now))
    follow.do(lambda s, now: scheduling.abort(s, doctor, booked.id, reason=AbortReason.POWER, now=now))
    [room] = follow.rows(CallRoom)
    assert (room.state, room.end_reason) == ("ended", "interrupted")
    follow.do(lambda s, now: scheduling.rebook(s, follow.booking.nurse, booked.id, version=None, now=now))
    follow.clock.advance(minutes=1)
    follow.send()
    assert follow.messages() == [("appointment_at_station", "sent")] * 2
    [visit] = follow.rows(Visit)
    assert visit.appointment_id != booked.id
    assert timedelta(0) < follow.rows(Appointment)[-1].starts_at - at("09:35")
