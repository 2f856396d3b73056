"""From a doctor's window to an appointment, and what becomes of the plan with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from telehealth.availability.models import ServiceType
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_opening, add_weekly_hours, ensure_resource
from telehealth.followup import queries, service
from telehealth.followup.jobs import lapse_plans
from telehealth.followup.models import FollowupHistory, Plan, Task
from telehealth.followup.rules import Outcome, ReplyKind, Wish, can_enter, days_to_search, window
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.links.models import PatientLink
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason, PatientPlace
from telehealth.visits.models import Visit
from tests.support.booking import TODAY, at
from tests.support.broken import unwritable
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_facility, make_member
from tests.telehealth.followup.world import Follow

NEXT_WEEK = TODAY + timedelta(days=7)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as caught:
        yield
    assert caught.value.code == code


def plan_of(session: Session, plan_id: UUID) -> Plan:
    return session.get_one(Plan, plan_id, populate_existing=True)


def book(
    session: Session, world: VisitWorld, plan_id: UUID, now: datetime, starts_at: datetime | None = None
) -> Appointment:
    plan = plan_of(session, plan_id)
    return service.book_plan(
        session,
        world.nurse,
        plan_id,
        doctor_membership_id=world.doctor.ref,
        starts_at=starts_at or at("09:30", days=6),
        version=plan.version,
        patient_place=PatientPlace.HOME,
        now=now,
    )


def test_the_doctors_window_and_the_doctor_are_in_the_plan(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.read() as unit:
        plan = plan_of(unit.session, plan_id)
        assert (plan.due_from, plan.due_on, plan.due_to) == (
            NEXT_WEEK - timedelta(days=2),
            NEXT_WEEK,
            NEXT_WEEK + timedelta(days=2),
        )
        assert plan.doctor_membership_id == world.doctor.ref


def test_the_same_doctor_is_proposed_first_then_the_specialty(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        plan = plan_of(unit.session, plan_id)
        slots = queries.propose(unit.session, world.nurse, plan, now=unit.now)
        assert {slot.doctor_membership_id for slot in slots} == {world.doctor.ref}
        assert slots[0].starts_at == at("07:30", days=5)
        plan.doctor_membership_id = world.practitioner.ref  # who has no hours: nobody to be seen again
        slots = queries.propose(unit.session, world.nurse, plan, now=unit.now)
        assert {slot.doctor_membership_id for slot in slots} <= {world.doctor.ref, world.other_doctor.ref}
        assert slots


def test_a_plan_becomes_a_visit_and_an_appointment_at_once(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        booked = book(unit.session, world, plan_id, unit.now)
    with database.read() as unit:
        plan = plan_of(unit.session, plan_id)
        visit = unit.session.get_one(Visit, booked.visit_id)
        assert (plan.state, plan.next_visit_id) == ("booked", visit.id)
        assert (booked.status, booked.patient_place) == ("booked", "home")
        assert (visit.appointment_id, visit.doctor_membership_id) == (booked.id, world.doctor.ref)
        links = unit.session.exec(select(PatientLink).where(PatientLink.subject_id == plan_id)).all()
        assert {link.state for link in links} == {"revoked"}
        assert queries.list_due(unit.session, world.nurse, now=unit.now) == []


def test_a_plan_follows_its_appointment(
    database: Database, signed: tuple[VisitWorld, UUID], clock: FixedClock
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        booked = book(unit.session, world, plan_id, unit.now)
    with database.write() as unit:
        reason = CancelReason.PATIENT_ASKED
        scheduling.cancel(unit.session, world.nurse, booked.id, reason=reason, version=None, now=unit.now)
        assert plan_of(unit.session, plan_id).state == "planned"
        assert queries.count_due(unit.session, world.nurse, now=unit.now) == 1
    with database.write() as unit:
        again = book(unit.session, world, plan_id, unit.now, at("10:10", days=6))
        assert again.visit_id == booked.visit_id
    clock.set(at("10:10", days=6))
    with database.write() as unit:
        scheduling.start(unit.session, world.doctor, again.id, now=unit.now)
        scheduling.complete(unit.session, world.doctor, again.id, now=unit.now)
        assert plan_of(unit.session, plan_id).state == "done"


def test_a_slot_that_is_gone_leaves_no_visit_behind(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        version = plan_of(unit.session, plan_id).version
    with refused("outside-availability"), database.write() as unit:
        book(unit.session, world, plan_id, unit.now, at("12:00", days=6))
    with database.read() as unit:
        plan = plan_of(unit.session, plan_id)
        assert (plan.state, plan.version, plan.next_visit_id) == ("planned", version, None)
        assert len(unit.session.exec(select(Visit)).all()) == 1


def test_only_the_station_that_follows_up_books_and_only_what_it_read(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        stranger = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
        chosen = {"doctor_membership_id": world.doctor.ref, "starts_at": at("09:30", days=6)}
        with refused("plan-not-found"):
            service.book_plan(unit.session, stranger, plan_id, version=1, now=unit.now, **chosen)
        with refused("stale-version"):
            service.book_plan(unit.session, world.nurse, plan_id, version=7, now=unit.now, **chosen)


def call_task(session: Session, plan_id: UUID) -> Task:
    return session.exec(select(Task).where(Task.subject_id == plan_id, Task.kind == "plan_not_booked")).one()


def note(session: Session, world: VisitWorld, task: Task, outcome: Outcome, now: datetime) -> None:
    service.complete_task(session, world.nurse, task.id, outcome=outcome, version=task.version, now=now)


def test_a_plan_nobody_booked_is_phoned_about_and_lapses_with_what_came_of_it(
    database: Database, signed: tuple[VisitWorld, UUID], clock: FixedClock
) -> None:
    """It once lapsed by itself two weeks after its last day: who did not come back was told to nobody.

    Now the loop closes as every other does, when a person was reached or a reason is recorded.
    """
    world, plan_id = signed
    clock.set(at("23:00", days=9))
    assert lapse_plans(database) == 0
    clock.set(at("08:00", days=10))
    assert lapse_plans(database) == 1
    for days in (11, 60):
        clock.set(at("08:00", days=days))
        assert lapse_plans(database) == 0, "one call stands, and nothing lapses beside it"
    with database.write() as unit:
        assert plan_of(unit.session, plan_id).state == "planned"
        assert queries.count_due(unit.session, world.nurse, now=unit.now) == 1
        note(unit.session, world, call_task(unit.session, plan_id), Outcome.NOT_REACHED, unit.now)
    assert lapse_plans(database) == 0
    with database.write() as unit:
        note(unit.session, world, call_task(unit.session, plan_id), Outcome.REACHED, unit.now)
    assert lapse_plans(database) == 1
    with database.read() as unit:
        lapsed = unit.session.exec(select(FollowupHistory).where(FollowupHistory.command == "lapse")).one()
        assert (lapsed.subject_id, lapsed.reason) == (plan_id, "reached")


def test_a_plan_whose_booking_was_called_off_after_its_last_day_is_phoned_about_anew(
    database: Database, signed: tuple[VisitWorld, UUID], clock: FixedClock
) -> None:
    """The call that the booking itself ended says nothing of the patient."""
    world, plan_id = signed
    clock.set(at("08:00", days=10))
    lapse_plans(database)
    with database.write() as unit:
        booked = book(unit.session, world, plan_id, unit.now, at("09:30", days=12))
        assert call_task(unit.session, plan_id).state == "done"
    with database.write() as unit:
        reason = CancelReason.PATIENT_ASKED
        scheduling.cancel(unit.session, world.nurse, booked.id, reason=reason, version=None, now=unit.now)
    assert lapse_plans(database) == 1
    with database.read() as unit:
        assert plan_of(unit.session, plan_id).state == "planned"
        states = unit.session.exec(select(Task.state).where(Task.kind == "plan_not_booked")).all()
        assert sorted(states) == ["done", "open"]


def test_who_declined_and_was_phoned_is_not_phoned_again(follow: Follow) -> None:
    follow.sign(follow.next_week())
    actor = follow.phone(follow.plan().id)
    follow.do(lambda s, now: service.reply_to_plan(s, actor, ReplyKind.CANNOT_COME, now=now))
    [task] = follow.rows(Task)
    follow.clock.advance(days=40)
    assert lapse_plans(follow.database) == 0, "the call about it still waits"
    told = {"outcome": Outcome.REACHED, "version": task.version}
    follow.do(lambda s, now: service.complete_task(s, follow.booking.nurse, task.id, now=now, **told))
    assert lapse_plans(follow.database) == 1
    assert (follow.plan().state, len(follow.rows(Task))) == ("lapsed", 1)


def test_a_lapsed_plan_can_still_be_booked(
    database: Database, signed: tuple[VisitWorld, UUID], clock: FixedClock
) -> None:
    world, plan_id = signed
    clock.set(at("08:00", days=10))
    lapse_plans(database)
    with database.write() as unit:
        note(unit.session, world, call_task(unit.session, plan_id), Outcome.REACHED, unit.now)
    lapse_plans(database)
    with database.write() as unit:
        assert plan_of(unit.session, plan_id).state == "lapsed"
        assert queries.count_due(unit.session, world.nurse, now=unit.now) == 0
        assert book(unit.session, world, plan_id, unit.now, at("09:30", days=25)).status == "booked"


def test_a_plan_that_cannot_be_written_stops_no_other(follow: Follow) -> None:
    follow.sign(follow.next_week())
    follow.sign(follow.next_week())
    broken, other = sorted(plan.id for plan in follow.rows(Plan))
    follow.clock.advance(days=40)
    assert lapse_plans(follow.database) == 2
    for task in follow.rows(Task):
        told = {"outcome": Outcome.REACHED, "version": task.version}
        follow.do(
            lambda s, now, task=task, told=told: service.complete_task(
                s, follow.booking.nurse, task.id, now=now, **told
            )
        )
    with unwritable(Plan, broken):
        assert lapse_plans(follow.database) == 1
    assert {plan.id: plan.state for plan in follow.rows(Plan) if plan.id == other} == {other: "lapsed"}
    assert lapse_plans(follow.database) == 1
    assert {plan.state for plan in follow.rows(Plan)} == {"lapsed"}


def test_asking_for_another_time_still_reaches_the_station(follow: Follow) -> None:
    follow.sign(follow.next_week())
    actor = follow.phone(follow.plan().id)
    follow.do(
        lambda s, now: service.reply_to_plan(s, actor, ReplyKind.OTHER_TIME, wish=Wish.NEXT_WEEK, now=now)
    )
    assert follow.plan().state == "change_asked"
    assert ("other_time", "next_week") in follow.tasks()


def test_a_day_agreed_on_the_phone_is_one_day(follow: Follow) -> None:
    follow.sign(follow.next_week())
    plan = follow.plan()
    day = plan.due_on + timedelta(days=3)
    follow.do(
        lambda s, now: service.move_plan(
            s,
            follow.booking.nurse,
            plan.id,
            due_on=day,
            from_minute=450,
            until_minute=660,
            version=plan.version,
            now=now,
        )
    )
    assert (follow.plan().due_from, follow.plan().due_to) == (day, day)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (3, 5, (3, 5)),
        (-1, 5, (0, 5)),
        (-5, -1, (0, 14)),
        (0, 0, (0, 0)),
    ],
)
def test_slots_are_looked_for_in_what_is_left_of_the_window(
    first: int, last: int, expected: tuple[int, int]
) -> None:
    def day(offset: int) -> date:
        return TODAY + timedelta(days=offset)

    assert days_to_search(day(first), day(last), TODAY) == (day(expected[0]), day(expected[1]))


def test_a_window_lies_around_its_day() -> None:
    assert window(TODAY, 3) == (TODAY - timedelta(days=3), TODAY + timedelta(days=3))


def test_whoever_is_given_the_earliest_time_may_go_in_at_once() -> None:
    service = ServiceType(code="consult")
    longest = timedelta(minutes=service.min_notice_minutes + service.step_minutes)
    starts_at = at("09:00")
    ends_at = starts_at + timedelta(minutes=service.duration_minutes)
    assert can_enter(starts_at, ends_at, starts_at - longest)
    assert not can_enter(starts_at, ends_at, starts_at - timedelta(hours=1))
    assert not can_enter(starts_at, ends_at, ends_at + timedelta(hours=1))


def test_nobody_is_proposed_to_come_by_night_though_the_doctor_works_then(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        doctor = ensure_resource(unit.session, ResourceKind.DOCTOR, world.doctor.ref)
        add_weekly_hours(
            unit.session, doctor, range(7), ("00:00", "06:30"), ("20:30", "24:00"), valid_from=TODAY
        )
    with database.read() as unit:
        slots = queries.propose(unit.session, world.nurse, plan_of(unit.session, plan_id), now=unit.now)
        assert slots[0].starts_at == at("06:10", days=5)
    with database.write() as unit:
        early = book(unit.session, world, plan_id, unit.now, at("00:10", days=5))
        assert early.status == "booked", "whoever books chooses freely"


def test_within_the_day_the_stations_opening_hours_decide(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        for weekday in range(7):
            add_opening(
                unit.session,
                world.nurse.here,
                weekday=weekday,
                start_minute=8 * 60,
                end_minute=17 * 60,
                valid_from=TODAY,
            )
    with database.read() as unit:
        slots = queries.propose(unit.session, world.nurse, plan_of(unit.session, plan_id), now=unit.now)
        assert slots[0].starts_at == at("08:10", days=5)
