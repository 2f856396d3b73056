"""What befalls a time that is waited for or offered: somebody moves away from it, or its hours go."""

import pytest
from sqlmodel import select

from telehealth.availability.rules import ChangeKind, Reason, ResourceKind, Scope
from telehealth.availability.service import AddException, Target, change_hours, ensure_resource
from telehealth.followup.models import Task
from telehealth.kit.changes import Change
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.visits.service import withdraw
from telehealth.waitlist import service
from telehealth.waitlist.jobs import settle
from telehealth.waitlist.models import WaitlistEntry
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.telehealth.waitlist.world import WaitWorld


def go_on_leave(unit: Unit, world: WaitWorld, days: int) -> None:
    """Close the first doctor's day."""
    resource = ensure_resource(unit.session, ResourceKind.DOCTOR, world.booking.doctors[0].ref)
    leave = AddException(
        target=Target(Scope.RESOURCE, resource.id),
        kind=ChangeKind.CLOSED,
        starts_at=at("00:00", days=days),
        ends_at=at("23:00", days=days),
        reason=Reason.LEAVE,
    )
    change_hours(unit.session, world.booking.doctors[0], leave, now=unit.now)


def test_a_time_that_was_moved_away_from_is_looked_at_like_one_called_off(
    database: Database, world: WaitWorld
) -> None:
    """Given somebody waits, when another patient moves to another day, then the coordinator sees it.

    The list once turned only for what was called off; what a patient moved on the phone stood there unseen.
    """
    with database.write() as unit:
        early = world.book(unit.session, at("09:30", days=1), patient=0)
        world.join(unit.session, patient=1, doctor_membership_id=world.booking.doctors[0].ref)
        told = len(unit.session.exec(select(Change).where(Change.topic == "waitlist")).all())
    with database.write() as unit:
        scheduling.reschedule(
            unit.session, world.nurse, early.id, starts_at=at("09:30", days=2), version=None, now=unit.now
        )
        scopes = [row.scope_id for row in unit.session.exec(select(Change).where(Change.topic == "waitlist"))]
        assert scopes[told:] == [world.coordinator.here]


def test_no_later_time_is_given_up_for_one_whose_hours_went(database: Database, world: WaitWorld) -> None:
    """Given the doctor goes on leave while an offer stands, then the patient keeps what they have.

    Once they had neither: the later time was called off for one on which the doctor was away.
    """
    with database.write() as unit:
        session, now = unit.session, unit.now
        later_id = world.book(session, at("09:30", days=5), patient=1).id
        entry_id = world.offer(session, world.join(session, patient=1), at("09:30", days=1), now=now).id
        go_on_leave(unit, world, days=1)
    with (
        pytest.raises(DomainError, match="outside-availability"),
        database.write() as unit,
    ):
        service.accept(unit.session, world.nurse, entry_id, version=None, now=unit.now)
    with database.write() as unit:
        assert unit.session.get_one(Appointment, later_id).status == "booked"
        entry = unit.session.get_one(WaitlistEntry, entry_id)
        assert entry.state == "offered"
        service.decline(unit.session, world.nurse, entry_id, keeps_waiting=True, version=None, now=unit.now)
        assert entry.state == "waiting"


def test_no_time_that_is_earlier_by_now_is_given_up_for_the_one_offered(
    database: Database, world: WaitWorld
) -> None:
    """Given the patient moved to an earlier time while an offer stands, then accepting it is refused.

    It once called the earlier time off, as one that gave way to an earlier one.
    """
    with database.write() as unit:
        session, now = unit.session, unit.now
        booked = world.book(session, at("09:30", days=5), patient=1)
        entry_id = world.offer(session, world.join(session, patient=1), at("09:30", days=3), now=now).id
        scheduling.reschedule(
            session, world.nurse, booked.id, starts_at=at("09:30", days=1), version=None, now=now
        )
    with pytest.raises(DomainError, match="slot-not-wanted"), database.write() as unit:
        service.accept(unit.session, world.nurse, entry_id, version=None, now=unit.now)
    with database.read() as unit:
        row = unit.session.get_one(Appointment, booked.id)
        assert (row.status, row.starts_at) == ("booked", at("09:30", days=1))


def tasks(database: Database) -> list[str]:
    """Return how what is asked of the station about who waited in vain stands."""
    with database.read() as unit:
        return list(unit.session.exec(select(Task.state).where(Task.kind == "wait_ended")))


def test_who_waited_in_vain_is_called_and_booked_otherwise(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    """Given nothing came free until the last day, then the station is asked to find another time.

    The entry once ended without a word: of a visit that had no other time nobody knew any more.
    """
    with database.write() as unit:
        world.join(unit.session, patient=1)
    clock.advance(days=8)
    assert settle(database) == 1
    assert tasks(database) == ["open"]
    with database.write() as unit:
        [task] = unit.session.exec(select(Task))
        assert (task.subject_kind, task.subject_id) == ("visit", world.visit(1))
        assert task.due_at > unit.now
        wanted = {"patient": 1, "visit_id": world.visit(1)}
        world.booking.book(unit.session, at("09:30", days=9), now=unit.now, **wanted)
    assert tasks(database) == ["done"]


def test_who_keeps_a_later_time_waited_for_nothing_more(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        world.book(unit.session, at("09:30", days=10), patient=1)
        world.join(unit.session, patient=1)
    clock.advance(days=8)
    assert settle(database) == 1
    assert tasks(database) == []


def test_of_a_visit_that_is_closed_nobody_is_called(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        world.join(unit.session, patient=1)
    clock.advance(days=8)
    settle(database)
    with database.write() as unit:
        withdraw(unit.session, world.nurse, world.visit(1), reason="đã khám nơi khác", now=unit.now)
    assert tasks(database) == ["done"]
