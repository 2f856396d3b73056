"""A person with two records is in one place at a time, under whichever of them they are booked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from uuid import UUID

import pytest

from telehealth.kit.actors import Actor
from telehealth.kit.db import Database, Unit
from telehealth.patients.service import merge, undo_merge
from telehealth.scheduling import queries, service
from telehealth.scheduling.errors import SlotTakenError
from telehealth.scheduling.finding import explain_slots, find_slots
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.pools import list_candidates
from telehealth.scheduling.rules import CancelReason
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.pools import make_pool
from tests.support.world import make_member

REASON = "cùng một người, đăng ký hai lần"


def _merge(unit: Unit, world: BookingWorld, kept: int, merged: int) -> None:
    patients = world.patients
    merge(
        unit.session,
        world.nurse,
        kept_id=patients[kept],
        merged_id=patients[merged],
        reason=REASON,
        now=unit.now,
    )
    unit.session.flush()


@pytest.mark.parametrize("booked", [0, 1, 2])
@pytest.mark.parametrize("asked", [0, 1, 2])
def test_a_person_is_not_booked_twice_at_one_time(unit: Unit, booked: int, asked: int) -> None:
    """Three records of one person: the current one, and two that were merged into it."""
    world = make_booking_world(unit.session, doctors=2, patients=3, seats=3)
    world.book(unit.session, at("09:30"), now=unit.now, doctor=0, patient=booked)
    for merged in (1, 2):
        _merge(unit, world, 0, merged)
    wanted = search(patient_id=world.patients[asked], days=0)
    offered = [each.starts_at for each in find_slots(unit.session, world.nurse, wanted, now=unit.now)]
    assert at("09:30") not in offered
    assert at("09:50") in offered
    assert explain_slots(unit.session, world.nurse, wanted, now=unit.now)
    with pytest.raises(SlotTakenError):
        world.book(unit.session, at("09:30"), now=unit.now, doctor=1, patient=asked)
    world.book(unit.session, at("09:50"), now=unit.now, doctor=1, patient=asked)


def test_the_search_of_a_reader_knows_it_too(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, patients=2, seats=3)
        world.book(unit.session, at("09:30"), now=unit.now, doctor=0, patient=1)
        _merge(unit, world, 0, 1)
    with database.read() as unit:
        wanted = search(patient_id=world.patients[0], days=0)
        found = find_slots(unit.session, world.nurse, wanted, now=unit.now)
    assert at("09:30") not in {each.starts_at for each in found}


def test_undone_each_record_has_its_own_times_again(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=2, patients=2, seats=3)
    patients = world.patients
    row = merge(
        unit.session, world.nurse, kept_id=patients[0], merged_id=patients[1], reason=REASON, now=unit.now
    )
    world.book(unit.session, at("09:30"), now=unit.now, doctor=0, patient=1)
    undo_merge(unit.session, world.nurse, row.id, reason=REASON, now=unit.now)
    unit.session.flush()
    world.book(unit.session, at("09:30"), now=unit.now, doctor=1, patient=0)
    with pytest.raises(SlotTakenError):
        world.book(unit.session, at("09:30"), now=unit.now, doctor=1, patient=1)


def test_times_agreed_before_records_are_merged_are_told_as_clashes(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=3, patients=3, seats=3, visits=2)
    session, now, patients = unit.session, unit.now, world.patients

    def book(wall: str, who: int) -> Appointment:
        visit = world.visits[who].pop()
        return world.book(session, at(wall), now=now, doctor=who, patient=who, visit_id=visit)

    def clashes(actor: Actor = world.nurse, at_: datetime = now) -> list[tuple[UUID, UUID]]:
        found = queries.list_clashes(session, actor, patients[:2], now=at_)
        return [(one.id, other.id) for one, other in found]

    first, second = book("09:30", 0).id, book("09:30", 1).id
    book("10:30", 0)
    book("09:30", 2)
    world.hold(session, at("10:30"), now=now, doctor=2, patient=1, visit_id=world.visits[1].pop())
    assert {frozenset(pair) for pair in clashes()} == {frozenset({first, second})}
    _merge(unit, world, 0, 1)
    assert {frozenset(pair) for pair in clashes()} == {frozenset({first, second})}
    assert clashes(make_member(session)) == [], "of patients out of scope nothing is told"
    assert clashes(at_=at("11:00")) == [], "what is over clashes with nothing"
    service.cancel(session, world.nurse, second, reason=CancelReason.PATIENT_ASKED, version=None, now=now)
    assert clashes() == []


def test_a_pool_knows_the_doctor_who_saw_the_person(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=2, patients=2, seats=3)
    pool = make_pool(unit.session, world, [0, 1], policy="continuity_first")
    seen = world.book(unit.session, at("09:30"), now=unit.now, doctor=1, patient=1)
    for step in (service.start, service.complete):
        step(unit.session, world.nurse, seen.id, now=at("09:30"))
    _merge(unit, world, 0, 1)
    order = list_candidates(
        unit.session,
        pool,
        patient_id=world.patients[0],
        station_id=world.nurse.here,
        starts_at=at("10:30"),
        now=unit.now,
    )
    assert [each.knows_patient for each in order] == [True, False]
    assert order[0].doctor_membership_id == world.doctors[1].ref


def test_two_stations_at_once_book_a_person_once(new_database: Callable[[], Database]) -> None:
    """Each under another record, neither of which was ever booked: they wait for each other all the same."""
    database = new_database()
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, patients=2, seats=3)
        _merge(unit, world, 0, 1)
    both = Barrier(2)

    def book(who: int) -> bool:
        both.wait()
        try:
            with database.write() as unit:
                world.book(unit.session, at("09:30"), now=unit.now, doctor=who, patient=who)
        except SlotTakenError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(book, range(2))) == [False, True]
    database.dispose()
