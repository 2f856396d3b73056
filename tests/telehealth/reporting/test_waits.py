"""Who waited how long: from the events, in percentiles, for the houses concerned only."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ForbiddenError
from telehealth.reporting.rules import Figures, UrgentFigures, figures_of, percentile
from telehealth.reporting.service import report_waits
from telehealth.scheduling import service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.urgent import service as urgent
from telehealth.urgent.rules import CancelReason as UrgentCancel
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world
from tests.support.urgent import make_urgent_world
from tests.support.world import make_doctor, make_member


def run(unit: Unit, world: BookingWorld, wall: str, *, arrived: str, started: str, patient: int = 0) -> None:
    """Book now, check in and start at these times today."""
    row = world.book(unit.session, at(wall), now=unit.now, patient=patient)
    service.check_in(unit.session, world.nurse, row.id, now=at(arrived))
    service.start(unit.session, world.doctors[0], row.id, now=at(started))


def lead(unit: Unit, facility_id: UUID) -> MembershipActor:
    return make_member(unit.session, unit.session.get_one(Facility, facility_id), role=Role.COORDINATOR)


def test_waits_are_counted_for_the_station_and_for_the_doctors_house_and_for_nobody_else(unit: Unit) -> None:
    world = make_booking_world(unit.session, patients=3, seats=2)
    run(unit, world, "09:30", arrived="09:00", started="09:40")
    run(unit, world, "10:10", arrived="10:05", started="10:15", patient=1)
    world.book(unit.session, at("14:10"), now=unit.now, patient=2)  # not begun: nobody has waited yet

    for house in (world.nurse.here, world.doctors[0].here):
        report = report_waits(unit.session, lead(unit, house), now=at("18:00"))
        (found,) = report.by_week.values()
        assert list(report.by_week) == [TODAY]
        assert list(report.by_station) == [world.nurse.here]
        assert found.at_station == Figures(count=2, median=10, most=40, longest=40)
        assert found.for_time == Figures(count=2, median=100, most=135, longest=135)

    other = report_waits(unit.session, make_member(unit.session, role=Role.COORDINATOR), now=at("18:00"))
    assert (other.by_week, other.by_station) == ({}, {})
    later = at("18:00") + timedelta(weeks=9)
    long_after = report_waits(unit.session, lead(unit, world.nurse.here), now=later)
    assert long_after.by_week == {}


def test_only_those_who_coordinate_read_reports(unit: Unit) -> None:
    with pytest.raises(ForbiddenError):
        report_waits(unit.session, make_doctor(unit.session), now=unit.now)


def test_urgent_waits_are_counted_from_the_press_to_the_first_acceptance(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now, patients=4)
    first, late, nobody, off = (world.press(session, now=now, visit=each) for each in range(4))
    one, other = world.doctors[0]
    urgent.accept(session, one, first.id, now=now + timedelta(seconds=45))
    urgent.release(session, one, first.id, token=1, now=now + timedelta(seconds=60))
    urgent.accept(session, one, first.id, now=now + timedelta(seconds=80))  # the first acceptance counts
    urgent.accept(session, other, late.id, now=now + timedelta(seconds=90))
    urgent.cancel(session, world.nurse, off.id, reason=UrgentCancel.BETTER, now=now)

    evening = at("18:00")
    for house in (world.nurse.here, world.coordinator.here):
        report = report_waits(session, lead(unit, house), now=evening)
        expected = UrgentFigures(3, 1, Figures(count=2, median=45, most=90, longest=90))
        assert report.urgent_by_week == {TODAY: expected}
        assert report.urgent_by_station == {world.nurse.here: expected}
    assert nobody.state == "waiting"
    never_rung = report_waits(session, lead(unit, world.doctors[2][0].here), now=evening)
    assert never_rung.urgent_by_week == {}


def test_a_report_is_two_statements(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, patients=2, seats=2)
        run(unit, world, "09:30", arrived="09:00", started="09:40")
        actor = lead(unit, world.nurse.here)
    seen: list[str] = []
    event.listen(database.reader, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with database.read() as unit:
        report_waits(unit.session, actor, now=at("18:00"))
    assert len([each for each in seen if each.startswith("SELECT")]) == 2


@given(st.lists(st.integers(0, 500), min_size=1, max_size=40), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_so_many_do_not_exceed(values: list[int], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_nothing_has_no_figures() -> None:
    assert figures_of([]) is None
    with pytest.raises(ValueError, match="percentile"):
        percentile([], 50)
