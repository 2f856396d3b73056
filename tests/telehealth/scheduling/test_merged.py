"""A person with two records is in one place at a time, under whichever of them they are booked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from telehealth.kit.db import Database, Unit
from telehealth.patients.service import merge, undo_merge
from telehealth.scheduling import service
from telehealth.scheduling.errors import SlotTakenError
from telehealth.scheduling.finding import explain_slots, find_slots
from telehealth.scheduling.pools import list_candidates
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.pools import make_pool

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
