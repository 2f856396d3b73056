"""Opening hours of facilities, and which of two rules of hours is stronger."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from telehealth.availability.queries import station_hours
from telehealth.availability.rules import ChangeKind, ResourceKind, Scope
from telehealth.availability.service import add_exception, add_opening, ensure_resource
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Unit
from telehealth.scheduling.finding import find_slots
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world, search
from tests.support.world import SINCE


def open_daily(unit: Unit, facility_id: UUID, start: int, end: int, **dates: Any) -> None:
    for weekday in range(7):
        add_opening(
            unit.session,
            facility_id,
            weekday=weekday,
            start_minute=start * 60,
            end_minute=end * 60,
            **{"valid_from": SINCE, **dates},
        )


def offered(unit: Unit, world: BookingWorld, *, days: int = 0) -> list[str]:
    found = find_slots(unit.session, world.nurse, search(days=days, limit=500), now=unit.now)
    return [f"{slot.starts_at.astimezone(DEFAULT_ZONE):%d %H:%M}" for slot in found]


def change(
    unit: Unit, world: BookingWorld, scope: Scope, scope_id: UUID | None, kind: ChangeKind, *span: datetime
) -> None:
    add_exception(
        unit.session,
        world.nurse,
        scope=scope,
        scope_id=scope_id,
        kind=kind,
        starts_at=span[0],
        ends_at=span[1],
        now=unit.now,
    )


def test_nobody_works_outside_the_opening_hours_of_the_house_or_of_the_station(unit: Unit) -> None:
    world = make_booking_world(unit.session)
    open_daily(unit, world.doctors[0].here, 10, 15)
    open_daily(unit, world.nurse.here, 11, 14)
    assert offered(unit, world) == ["23 11:10", "23 13:30"]


def test_opening_hours_bound_only_the_days_on_which_they_are_in_force(unit: Unit) -> None:
    world = make_booking_world(unit.session, hours=(("09:10", "09:30"), ("14:10", "14:30")))
    tomorrow, after = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
    open_daily(unit, world.doctors[0].here, 13, 17, valid_from=tomorrow, valid_to=after)
    assert offered(unit, world, days=2) == ["23 09:10", "23 14:10", "24 14:10", "25 09:10", "25 14:10"]


def test_extra_hours_of_the_doctor_beat_the_closed_house_and_a_closure_of_the_doctor_beats_all(
    unit: Unit,
) -> None:
    world = make_booking_world(unit.session, hours=(("08:00", "17:00"),))
    house = world.doctors[0].here
    resource = ensure_resource(unit.session, ResourceKind.DOCTOR, world.doctors[0].ref)
    open_daily(unit, house, 8, 9)
    change(unit, world, Scope.FACILITY, house, ChangeKind.CLOSED, at("00:00"), at("00:00", days=1))
    change(unit, world, Scope.RESOURCE, resource.id, ChangeKind.EXTRA, at("19:10"), at("20:10"))
    change(unit, world, Scope.RESOURCE, resource.id, ChangeKind.CLOSED, at("19:30"), at("19:50"))
    assert offered(unit, world) == ["23 19:10", "23 19:50"]


@pytest.mark.parametrize("scope", [Scope.FACILITY, Scope.NATIONAL])
def test_the_clock_of_a_station_stands_still_while_it_or_the_whole_country_is_closed(
    unit: Unit, scope: Scope
) -> None:
    world = make_booking_world(unit.session)
    here = world.nurse.here
    assert station_hours(unit.session, here, unit.now).is_open(at("09:00"))
    scope_id = here if scope is Scope.FACILITY else None
    change(unit, world, scope, scope_id, ChangeKind.CLOSED, at("08:30"), at("10:00"))
    station = station_hours(unit.session, here, unit.now)
    assert not station.is_open(at("09:00"))
    assert station.next_open(at("09:00")) == at("10:00")
    elsewhere = station_hours(unit.session, world.doctors[0].here, unit.now)
    assert elsewhere.is_open(at("09:00")) == (scope is Scope.FACILITY)
