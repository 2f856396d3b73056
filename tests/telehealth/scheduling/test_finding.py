"""Over whom a search goes, on which days, and where maxima end it; holding asks the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.availability.rules import ResourceKind, Scope
from telehealth.availability.service import (
    AddHours,
    Target,
    add_opening,
    add_service_type,
    change_hours,
    ensure_resource,
)
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.models import Facility
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.ids import new_id
from telehealth.scheduling import service
from telehealth.scheduling.errors import LimitReachedError, OutsideAvailabilityError
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.rules import CancelReason, Part
from telehealth.staff.models import Membership
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world, search
from tests.support.hours import keep, limit, make_pool, speak
from tests.support.world import SINCE, make_edge, make_facility


def starts(session: Session, world: BookingWorld, *, now: Any, **values: Any) -> list[Any]:
    found = find_slots(session, world.nurse, search(**values), now=now)
    return [slot.starts_at for slot in found]


def test_a_pool_is_searched_through_its_members_of_the_day(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, doctors=3)
    pool = add_pool(session, world.doctors[0].here, "Trực", now=unit.now)
    add_member(session, pool, world.doctors[0].ref, on=TODAY)
    late = add_member(session, pool, world.doctors[1].ref, on=TODAY + timedelta(days=2))
    late.left_on = TODAY + timedelta(days=3)
    session.flush()
    found = find_slots(session, world.nurse, search(pool_id=pool.id, limit=1000, days=5), now=unit.now)
    days = {
        (slot.doctor_membership_id, (slot.starts_at.astimezone(DEFAULT_ZONE).date() - TODAY).days)
        for slot in found
    }
    always = {(world.doctors[0].ref, day) for day in range(6)}
    assert days == {*always, (world.doctors[1].ref, 2)}
    with pytest.raises(NotFoundError, match="pool-not-found"):
        starts(session, world, now=unit.now, pool_id=new_id())


def test_a_pool_of_a_facility_that_does_not_support_the_station_is_not_there(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session)
    pool = make_pool(session, world)
    station = session.get_one(Facility, world.nurse.here)
    centre = make_facility(session, name="TTYT khu vực Bạch Thông", level="basic", tier="regional")
    make_edge(session, "supports", station, centre)
    with pytest.raises(NotFoundError, match="pool-not-found"):
        starts(session, world, now=unit.now, pool_id=pool.id)


def test_a_language_wanted_narrows_the_search_and_vietnamese_does_not(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, doctors=2)
    speak(session, world.doctors[1].ref, "tyz")

    def doctors(language: str) -> set[UUID]:
        found = find_slots(session, world.nurse, search(language=language, days=0), now=unit.now)
        return {slot.doctor_membership_id for slot in found}

    assert doctors("tyz") == {world.doctors[1].ref}
    assert doctors("hmn") == set()
    assert doctors("vi") == {doctor.ref for doctor in world.doctors}


def test_a_doctor_is_asked_on_the_days_of_the_membership_not_on_those_of_the_search(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, doctors=2)
    leaving = session.get_one(Membership, world.doctors[0].ref)
    leaving.valid_to = TODAY + timedelta(days=2)
    coming = session.get_one(Membership, world.doctors[1].ref)
    coming.valid_from = TODAY + timedelta(days=1)
    session.flush()
    found = find_slots(session, world.nurse, search(days=4, limit=1000), now=unit.now)
    days = {
        (slot.doctor_membership_id, (slot.starts_at.astimezone(DEFAULT_ZONE).date() - TODAY).days)
        for slot in found
    }
    first = {(world.doctors[0].ref, day) for day in (0, 1)}
    assert days == {*first, *((world.doctors[1].ref, day) for day in (1, 2, 3, 4))}
    with pytest.raises(OutsideAvailabilityError):
        world.hold(session, at("09:30", days=2), now=unit.now)
    world.hold(session, at("09:30", days=1), now=unit.now, doctor=1)


def test_weekly_hours_of_one_service_are_offered_and_held_for_that_one_only(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_booking_world(session, hours=(("07:30", "11:30"),))
    terms = {"duration_minutes": 20, "step_minutes": 20, "offset_minutes": 10, "min_notice_minutes": 10}
    other = add_service_type(session, "hoi_chan", **terms)
    target = Target(Scope.RESOURCE, ensure_resource(session, ResourceKind.DOCTOR, world.doctors[0].ref).id)
    own = AddHours(
        target=target,
        weekday=0,
        start_minute=810,
        end_minute=870,
        valid_from=TODAY,
        service_type_id=other.id,
    )
    change_hours(session, world.doctors[0], own, now=now)
    afternoon = {"days": 0, "part": Part.AFTERNOON}
    theirs = [at("13:30"), at("13:50"), at("14:10")]
    assert starts(session, world, now=now, **afternoon) == []
    assert starts(session, world, now=now, service_code="hoi_chan", **afternoon) == theirs
    morning = {"days": 0, "part": Part.MORNING, "limit": 100}
    mine = starts(session, world, now=now, **morning)
    assert mine == starts(session, world, now=now, service_code="hoi_chan", **morning) != []
    with pytest.raises(OutsideAvailabilityError):
        world.hold(session, at("13:30"), now=now)
    held = world.hold(session, at("13:30"), now=now, service_code="hoi_chan")
    assert (held.starts_at, held.service_type_id) == (at("13:30"), other.id)


def test_a_maximum_ends_the_day_and_the_week_for_searching_and_holding_alike(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, doctors=2, patients=3, seats=3)
    limit(session, world.doctors[0].ref, daily_max=2, weekly_max=3)
    mine = {"doctor_membership_id": world.doctors[0].ref}
    first = world.book(session, at("09:30"), now=unit.now)
    world.book(session, at("09:50"), now=unit.now, patient=1)
    assert starts(session, world, now=unit.now, days=0, **mine) == []
    with pytest.raises(LimitReachedError) as refused:
        world.hold(session, at("10:10"), now=unit.now, patient=2, specialty="internal")
    assert {slot.doctor_membership_id for slot in refused.value.alternatives} == {world.doctors[1].ref}
    assert starts(session, world, now=unit.now, days=1, **mine)[0] == at("07:30", days=1)
    world.book(session, at("09:30", days=1), now=unit.now, patient=2)
    left = starts(session, world, now=unit.now, days=8, limit=1000, **mine)
    assert {each.astimezone(DEFAULT_ZONE).date() - TODAY for each in left} == {
        timedelta(days=7),
        timedelta(days=8),
    }
    service.cancel(
        session, world.nurse, first.id, reason=CancelReason.PATIENT_ASKED, version=first.version, now=unit.now
    )
    assert starts(session, world, now=unit.now, days=0, limit=1, **mine) == [at("08:10")]


def test_the_own_hold_counts_towards_no_maximum_of_its_form(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session)
    limit(session, world.doctors[0].ref, daily_max=1)
    request = world.request(at("09:30"))
    service.hold(session, world.nurse, request, now=unit.now)
    moved = service.hold(session, world.nurse, replace(request, starts_at=at("09:50")), now=unit.now)
    assert moved.starts_at == at("09:50")


def test_a_station_takes_no_more_than_its_maximum(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, doctors=2, patients=2, seats=2)
    seat = ensure_resource(session, ResourceKind.SEAT, world.nurse.here)
    seat.daily_max = 1
    world.book(session, at("09:30"), now=unit.now)
    assert starts(session, world, now=unit.now, days=0) == []
    assert starts(session, world, now=unit.now, days=1) != []


def test_hours_kept_for_another_service_are_closed_and_for_this_one_are_not(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session)
    follow_up = add_service_type(
        session, "follow_up", duration_minutes=20, step_minutes=20, offset_minutes=10, min_notice_minutes=10
    )
    resource = ensure_resource(session, ResourceKind.DOCTOR, world.doctors[0].ref)
    keep(unit, world, resource.id, follow_up.id, "09:00", "10:30")
    assert at("09:30") not in starts(session, world, now=unit.now, days=0)
    assert at("09:30") in starts(session, world, now=unit.now, days=0, service_code="follow_up")
    keep(unit, world, resource.id, world.service.id, "09:00", "10:00")
    assert at("09:30") in starts(session, world, now=unit.now, days=0)
    assert at("10:10") not in starts(session, world, now=unit.now, days=0)


def test_a_station_that_never_booked_keeps_its_holidays_and_hours_as_well(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session)
    session.delete(ensure_resource(session, ResourceKind.SEAT, world.nurse.here))
    session.flush()
    for weekday in range(7):
        add_opening(
            session, world.nurse.here, weekday=weekday, start_minute=540, end_minute=600, valid_from=SINCE
        )
    assert starts(session, world, now=unit.now, days=0) == [at("09:10"), at("09:30")]
