"""Whom a station can ask: doctors of the facilities that support it, along the professional graph."""

import pytest

from telehealth.facilities.models import Facility
from telehealth.kit.db import Unit
from telehealth.scheduling.errors import OutsideAvailabilityError
from telehealth.scheduling.finding import find_slots
from telehealth.staff.queries import can_be_asked
from tests.support.booking import TODAY, BookingWorld, make_booking_world, search
from tests.support.world import make_edge, make_facility


def places(unit: Unit, world: BookingWorld) -> tuple[Facility, Facility]:
    """Return the nurse's station and the doctors' hospital."""
    return unit.session.get_one(Facility, world.nurse.here), unit.session.get_one(
        Facility, world.doctors[0].here
    )


def doctors_found(unit: Unit, world: BookingWorld) -> set[object]:
    slots = find_slots(unit.session, world.nurse, search(days=0, limit=500), now=unit.now)
    return {slot.doctor_membership_id for slot in slots}


def test_without_a_graph_every_doctor_can_be_asked(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=2)
    assert doctors_found(unit, world) == {doctor.ref for doctor in world.doctors}


def test_only_supporting_facilities_are_searched_at_any_remove_and_through_the_station_of_a_point(
    unit: Unit,
) -> None:
    session = unit.session
    world = make_booking_world(session, doctors=2)
    point, hospital = places(unit, world)
    station = make_facility(session, name="TYT xã Phủ Thông")
    centre = make_facility(session, name="TTYT khu vực Bạch Thông", level="basic", tier="regional")
    make_edge(session, "is_point_of", point, station)
    make_edge(session, "supports", station, centre)
    assert doctors_found(unit, world) == set()
    make_edge(session, "supports", centre, hospital)
    assert doctors_found(unit, world) == {doctor.ref for doctor in world.doctors}


def test_relations_that_go_round_end(unit: Unit) -> None:
    session = unit.session
    world = make_booking_world(session, doctors=1)
    other = make_facility(session, name="BV khác", level="basic", tier="province")
    station, hospital = places(unit, world)
    for lower, upper in ((station, other), (other, hospital), (hospital, other)):
        make_edge(session, "supports", lower, upper)
    assert doctors_found(unit, world) == {world.doctors[0].ref}


def test_who_cannot_be_found_cannot_be_held_either(unit: Unit) -> None:
    session = unit.session
    world = make_booking_world(session, doctors=1)
    doctor = world.doctors[0]
    before = find_slots(session, world.nurse, search(limit=1), now=unit.now)[0]
    centre = make_facility(session, name="TTYT khu vực Bạch Thông", level="basic", tier="regional")
    make_edge(session, "supports", places(unit, world)[0], centre)
    assert not can_be_asked(session, doctor.ref, station_id=world.nurse.here, on=TODAY)
    with pytest.raises(OutsideAvailabilityError):
        world.hold(session, before.starts_at, now=unit.now)
