"""Changing hours over agreed appointments: shown before, marked after, never ended or moved."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, select

from telehealth.availability.events import HoursChanged
from telehealth.availability.rules import ChangeKind, Reason, ResourceKind, Scope
from telehealth.availability.schemas import HolidayImport, NationalDayIn
from telehealth.availability.service import (
    AddException,
    AddHours,
    CloseHours,
    HoursChange,
    NewWeek,
    SetSeats,
    SetTerms,
    Target,
    WithdrawException,
    add_service_type,
    change_hours,
    ensure_resource,
    import_holidays,
    week_version,
)
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment, AppointmentEvent, Claim
from telehealth.scheduling.service.support import affected, judge
from telehealth.staff.rules import Role
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world
from tests.support.world import make_member

NOTHING: Any = ((),) * 7


@pytest.fixture
def bus() -> Bus:
    """Let scheduling alone hear of hours, as the wiring does; visits are not needed here."""
    bus = Bus()
    bus.subscribe(HoursChanged, service.on_hours_changed)
    return bus


def own(session: Session, world: BookingWorld, doctor: int = 0) -> Target:
    resource = ensure_resource(session, ResourceKind.DOCTOR, world.doctors[doctor].ref)
    return Target(Scope.RESOURCE, resource.id)


def leave(session: Session, world: BookingWorld, start: str, end: str, **values: Any) -> AddException:
    change = AddException(
        target=own(session, world),
        kind=ChangeKind.CLOSED,
        starts_at=at(start),
        ends_at=at(end),
        reason=Reason.LEAVE,
    )
    return replace(change, **values)


def stranded(unit: Unit) -> set[Any]:
    rows = unit.session.exec(select(Appointment).where(Appointment.support == "unsupported"))
    return {row.id for row in rows}


def everything(unit: Unit) -> list[Any]:
    """Return status, version, claims and history of all appointments: what no change of hours may touch."""
    rows = [(row.id, row.status, row.version) for row in unit.session.exec(select(Appointment))]
    claims = [(row.id, row.state, row.busy_start) for row in unit.session.exec(select(Claim))]
    return [
        *sorted(rows, key=str),
        *sorted(claims, key=str),
        len(unit.session.exec(select(AppointmentEvent)).all()),
    ]


def test_a_leave_shows_whom_it_strands_and_marks_them_when_it_is_taken(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, patients=2, seats=2)
    hit = world.book(session, at("09:30"), now=unit.now)
    safe = world.book(session, at("10:10"), now=unit.now, patient=1)
    change, before = leave(session, world, "09:00", "10:00"), everything(unit)
    shown = service.preview_change(session, world.doctors[0], change, now=unit.now)
    assert ([row.id for row in shown], stranded(unit)) == ([hit.id], set())
    row = change_hours(session, world.doctors[0], change, now=unit.now)
    assert (stranded(unit), everything(unit)) == ({hit.id}, before)
    assert service.preview_change(session, world.doctors[0], change, now=unit.now) == []
    back = WithdrawException(target=change.target, exception_id=row.id, version=1)  # type: ignore[attr-defined]
    change_hours(session, world.doctors[0], back, now=unit.now)
    assert stranded(unit) == set()
    assert safe.support == "supported"


def test_a_new_week_supersedes_and_never_rewrites(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session)
    hit = world.book(session, at("09:30", days=7), now=unit.now)
    target = own(session, world)
    version = week_version(session, target)
    afternoons = tuple(((810, 990),) for _ in range(7))
    change = NewWeek(target=target, valid_from=TODAY + timedelta(days=7), days=afternoons, version=version)
    assert [row.id for row in service.preview_change(session, world.doctors[0], change, now=unit.now)] == [
        hit.id
    ]
    assert week_version(session, target) == version
    change_hours(session, world.doctors[0], change, now=unit.now)
    assert stranded(unit) == {hit.id}
    with pytest.raises(DomainError, match="stale"):
        change_hours(session, world.doctors[0], change, now=unit.now)
    past = replace(change, valid_from=TODAY - timedelta(days=1), version=version + 1)
    with pytest.raises(DomainError, match="hours-in-past"):
        change_hours(session, world.doctors[0], past, now=unit.now)


def test_a_new_week_of_all_services_leaves_that_of_one_and_the_other_way_round(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_booking_world(session, hours=(("07:30", "11:30"),))
    other = add_service_type(session, "hoi_chan", step_minutes=10, min_notice_minutes=10)
    target, doctor = own(session, world), world.doctors[0]

    def new_week(*spans: tuple[int, int], service_id: Any = None) -> NewWeek:
        version = week_version(session, target)
        days: Any = (spans,) * 7
        return NewWeek(
            target=target, valid_from=TODAY, days=days, version=version, service_type_id=service_id
        )

    change_hours(session, doctor, new_week((810, 990), service_id=other.id), now=now)
    booked = world.book(session, at("14:10"), now=now, service_code="hoi_chan")
    change_hours(session, doctor, new_week((480, 600)), now=now)
    assert stranded(unit) == set()
    none = new_week(service_id=other.id)
    assert service.preview_change(session, doctor, none, now=now) == [booked]
    change_hours(session, doctor, none, now=now)
    assert stranded(unit) == {booked.id}
    assert world.hold(session, at("08:30"), now=now).starts_at == at("08:30")
    lead = make_member(session, session.get_one(Facility, doctor.here), role=Role.MANAGER)
    for where, service_id in ((target, new_id()), (Target(Scope.FACILITY, lead.here), other.id)):
        with pytest.raises(DomainError, match="bad-hours"):
            change_hours(session, lead, replace(new_week(service_id=service_id), target=where), now=now)


def test_opening_hours_and_holidays_strand_as_well(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, patients=2, seats=2)
    morning = world.book(session, at("09:30"), now=unit.now)
    tomorrow = world.book(session, at("14:10", days=1), now=unit.now, patient=1)
    manager = make_member(session, session.get_one(Facility, world.doctors[0].here), role=Role.MANAGER)
    house = Target(Scope.FACILITY, manager.here)
    opening = AddHours(target=house, weekday=0, start_minute=600, end_minute=900, valid_from=TODAY)
    shown = service.preview_change(session, manager, opening, now=unit.now)
    assert {row.id for row in shown} == {morning.id, tomorrow.id}
    row = change_hours(session, manager, opening, now=unit.now)
    closing = CloseHours(target=house, row_id=row.id, valid_to=TODAY, version=1)  # type: ignore[attr-defined]
    change_hours(session, manager, closing, now=unit.now)
    assert stranded(unit) == set()
    day = NationalDayIn(day=TODAY + timedelta(days=1), name="Tết", source="thử")
    import_holidays(session, SYSTEM, HolidayImport(years=[2026], days=[day]), now=unit.now)
    assert stranded(unit) == {tomorrow.id}
    terms = SetTerms(
        target=own(session, world),
        daily_max=1,
        weekly_max=None,
        works_holidays=True,
        version=week_version(session, own(session, world)),
    )
    change_hours(session, manager, terms, now=unit.now)
    assert stranded(unit) == set()


def test_doctors_change_their_own_hours_and_leaders_those_of_their_house(unit: Unit) -> None:
    session, world = unit.session, make_booking_world(unit.session, doctors=2)
    house = session.get_one(Facility, world.doctors[0].here)
    coordinator = make_member(session, house, role=Role.COORDINATOR)
    stranger = make_member(session, role=Role.MANAGER)
    admin = make_member(session, house, role=Role.ADMIN)
    change = leave(session, world, "09:00", "10:00")

    def refused(actor: Any, change: HoursChange) -> str:
        try:
            service.preview_change(session, actor, change, now=unit.now)
        except DomainError as error:
            return error.code
        return ""

    assert refused(world.nurse, change) == "not-allowed"
    assert refused(world.doctors[1], change) == "resource-not-found"
    assert refused(stranger, change) == "resource-not-found"
    assert [refused(actor, change) for actor in (world.doctors[0], coordinator, admin)] == ["", "", ""]
    closed = replace(change, target=Target(Scope.FACILITY, house.id))
    assert refused(world.doctors[0], closed) == "facility-not-found"
    assert refused(stranger, closed) == "facility-not-found"
    assert refused(coordinator, closed) == ""
    everywhere = replace(change, target=Target(Scope.NATIONAL))
    assert (refused(coordinator, everywhere), refused(admin, everywhere)) == ("not-allowed", "")


minutes = st.integers(0, 3 * 96).map(lambda n: at("00:00") + timedelta(minutes=15 * n))
kinds = st.sampled_from([ChangeKind.CLOSED, ChangeKind.EXTRA])


@pytest.mark.databases("sqlite")  # the judgement is the same code; the tests above run on both
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(minutes, st.integers(1, 40), kinds, st.booleans()), min_size=1, max_size=5))
def test_support_is_exactly_what_the_hours_say_and_the_preview_is_what_happens(
    unit: Unit, changes: list[Any]
) -> None:
    savepoint = unit.session.begin_nested()
    session, world = unit.session, make_booking_world(unit.session, doctors=2, patients=2, seats=2)
    manager = make_member(session, session.get_one(Facility, world.doctors[0].here), role=Role.MANAGER)
    for day, clock in enumerate(("09:30", "10:10", "14:10")):
        world.book(session, at(clock, days=day), now=unit.now, doctor=day % 2, patient=day % 2)
    for starts_at, quarters, kind, is_own in changes:
        target = own(session, world) if is_own else Target(Scope.FACILITY, manager.here)
        ends_at = starts_at + timedelta(minutes=15 * quarters)
        change = AddException(target=target, kind=kind, starts_at=starts_at, ends_at=ends_at)
        if ends_at <= unit.now:
            continue
        before, untouched = stranded(unit), everything(unit)
        shown = {row.id for row in service.preview_change(session, manager, change, now=unit.now)}
        change_hours(session, manager, change, now=unit.now)
        assert stranded(unit) - before == shown
        assert everything(unit) == untouched
        rows = affected(session, Target(Scope.NATIONAL), unit.now)
        assert stranded(unit) == {row.id for row in rows} - judge(session, rows, unit.now)
    savepoint.rollback()


def test_the_list_of_the_stranded_costs_the_same_for_two_and_for_eight(database: Database) -> None:
    counts = []
    for doctors in (2, 8):
        with database.write() as unit:
            world = make_booking_world(unit.session, doctors=doctors, patients=doctors, seats=doctors)
            for each in range(doctors):
                world.book(unit.session, at("09:30"), now=unit.now, doctor=each, patient=each)
            manager = make_member(
                unit.session, unit.session.get_one(Facility, world.doctors[0].here), role=Role.MANAGER
            )
            change = leave(unit.session, world, "09:00", "10:00", target=Target(Scope.FACILITY, manager.here))
            change_hours(unit.session, manager, change, now=unit.now)
        statements: list[str] = []
        event.listen(database.reader, "before_cursor_execute", lambda *args, s=statements: s.append(args[2]))
        with database.read() as unit:
            rows = service.list_stranded(unit.session, manager, now=unit.now)
            nearest = service.nearest_slots(unit.session, rows, now=unit.now)
        assert [len(each) for each in nearest.values()] == [3] * doctors
        counts.append(len([each for each in statements if each.startswith(("SELECT", "WITH"))]))
    assert counts == [14, 14]


def test_the_list_of_the_stranded_goes_on_where_it_ended(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_booking_world(session, doctors=2, patients=5, seats=5)
    rows = [
        world.book(session, at(wall), now=now, doctor=number % 2, patient=number)
        for number, wall in enumerate(("09:10", "09:10", "09:30", "09:30", "09:50"))
    ]
    manager = make_member(session, session.get_one(Facility, world.doctors[0].here), role=Role.MANAGER)
    closed = leave(session, world, "09:00", "11:00", target=Target(Scope.FACILITY, manager.here))
    change_hours(session, manager, closed, now=now)
    seen: list[Any] = []
    left = []
    while page := service.list_stranded(
        session, manager, now=now, after=(seen[-1].starts_at, seen[-1].id) if seen else None, limit=2
    ):
        seen += page
        place = (seen[-1].starts_at, seen[-1].id)
        left.append(service.count_stranded(session, manager, now=now, after=place).total())
    assert [row.id for row in seen] == [
        row.id for row in sorted(rows, key=lambda row: (row.starts_at, row.id))
    ]
    assert left == [3, 1, 0]
    assert service.count_stranded(session, manager, now=now) == {
        world.doctors[0].ref: 3,
        world.doctors[1].ref: 2,
    }


def test_seats_that_appointments_have_are_not_taken_away(unit: Unit) -> None:
    """Two patients at 09:30 cannot sit on one seat: refused with their number, beforehand and for good."""
    session = unit.session
    world = make_booking_world(session, doctors=2, patients=2, seats=2)
    for number in (0, 1):
        world.book(session, at("09:30"), now=unit.now, doctor=number, patient=number)
    station = get_facility(session, world.nurse.here)
    lead = make_member(session, station, role=Role.COORDINATOR)
    target = Target(Scope.FACILITY, station.id)

    def fewer(seats: int) -> SetSeats:
        return SetSeats(target=target, seats=seats, version=week_version(session, target))

    for act in (service.preview_change, change_hours):
        with (
            pytest.raises(DomainError, check=lambda error: error.facts.get("count") == "1"),
            session.begin_nested(),
        ):
            act(session, lead, fewer(1), now=unit.now)
    assert service.preview_change(session, lead, fewer(3), now=unit.now) == []
    change_hours(session, lead, fewer(2), now=unit.now)
