"""The search over all doctors who qualify: what it finds, at what cost, and that it keeps its word."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session

from telehealth.availability.rules import ChangeKind, ResourceKind, Scope
from telehealth.availability.schemas import HolidayImport, NationalDayIn
from telehealth.availability.service import (
    add_exception,
    add_opening,
    add_weekly_hours,
    ensure_resource,
    import_holidays,
)
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError, InvalidError, NotFoundError
from telehealth.scheduling.finding import find_slots, list_days
from telehealth.scheduling.rules import Part
from telehealth.scheduling.slots import Standing
from telehealth.staff.models import Membership
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world, search
from tests.support.hours import copies_of, keep, limit, make_pool
from tests.support.world import SINCE, make_doctor, make_facility


def starts(session: Session, world: BookingWorld, *, now: Any, **values: Any) -> list[Any]:
    found = find_slots(session, world.nurse, search(**values), now=now)
    return [slot.starts_at for slot in found]


def test_the_earliest_slots_come_first_over_all_doctors(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=2)
    assert starts(unit.session, world, now=unit.now, limit=4) == [
        at("08:10"),
        at("08:10"),
        at("08:30"),
        at("08:30"),
    ]


def test_specialty_tier_doctor_and_part_of_day_narrow_the_search(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=2)
    centre = make_facility(unit.session, name="TTYT khu vực Bạch Thông", level="basic", tier="regional")
    heart = make_doctor(unit.session, centre, name="Hà Văn Toản", specialties=("cardiology",))
    resource = ensure_resource(unit.session, ResourceKind.DOCTOR, heart.ref, facility_id=centre.id)
    add_weekly_hours(unit.session, resource, range(7), ("13:00", "15:00"), valid_from=SINCE)

    def doctors(**values: Any) -> set[Any]:
        found = find_slots(unit.session, world.nurse, search(days=0, limit=500, **values), now=unit.now)
        return {slot.doctor_membership_id for slot in found}

    both = {doctor.ref for doctor in world.doctors}
    assert doctors() == {*both, heart.ref}
    assert doctors(specialty="cardiology") == {heart.ref}
    assert doctors(tiers=frozenset({"central"})) == both
    assert doctors(tiers=frozenset({"regional"}), specialty="internal") == set()
    province = make_facility(unit.session, name="BVĐK tỉnh", level="specialised", tier="province")
    eye = make_doctor(unit.session, province, name="Mai Thị Lan", specialties=("internal",))
    resource = ensure_resource(unit.session, ResourceKind.DOCTOR, eye.ref, facility_id=province.id)
    add_weekly_hours(unit.session, resource, range(7), ("13:00", "15:00"), valid_from=SINCE)
    assert doctors(tiers=frozenset({"regional", "province"})) == {heart.ref, eye.ref}
    assert doctors(tiers=frozenset({"central", "province"}), specialty="internal") == {*both, eye.ref}
    assert doctors(tiers=frozenset({"commune", "regional"})) == {heart.ref}
    assert doctors(doctor_membership_id=world.doctors[1].ref) == {world.doctors[1].ref}
    assert doctors(part=Part.MORNING) == both
    assert heart.ref in doctors(part=Part.AFTERNOON)


def test_a_busy_station_and_a_busy_patient_are_respected(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=2, patients=2)
    world.book(unit.session, at("09:30"), now=unit.now)
    other = {"doctor_membership_id": world.doctors[1].ref, "days": 0, "limit": 100}
    assert at("09:30") not in starts(unit.session, world, now=unit.now, **other)
    days = list_days(unit.session, world.nurse, search(**other), now=unit.now)
    standing = {start.slot.starts_at: start.standing for start in days[0].starts}
    assert standing[at("09:30")] is Standing.HERE_BUSY


def test_station_hours_and_closures_are_respected(unit: Unit) -> None:
    world = make_booking_world(unit.session)
    seat = ensure_resource(unit.session, ResourceKind.SEAT, world.nurse.here)
    add_weekly_hours(unit.session, seat, range(7), ("09:00", "10:00"), valid_from=SINCE)
    assert starts(unit.session, world, now=unit.now, days=0) == [at("09:10"), at("09:30")]
    add_exception(
        unit.session,
        world.nurse,
        scope=Scope.FACILITY,
        scope_id=world.nurse.here,
        kind=ChangeKind.CLOSED,
        starts_at=at("09:33"),
        ends_at=at("10:00"),
        now=unit.now,
    )
    assert starts(unit.session, world, now=unit.now, days=0) == [at("09:10")]


def test_taken_starts_stay_in_the_days_list(unit: Unit) -> None:
    world = make_booking_world(unit.session, seats=2)
    world.book(unit.session, at("09:30"), now=unit.now)
    days = list_days(unit.session, world.nurse, search(limit=1), now=unit.now)
    standing = {start.slot.starts_at: start.standing for start in days[0].starts}
    assert (days[0].on, standing[at("09:30")], standing[at("09:50")]) == (TODAY, "taken", "free")


def _statements(database: Database, world: BookingWorld, **values: Any) -> int:
    """Count what a search asks of the database once this process has searched before."""
    with database.read() as unit:
        find_slots(unit.session, world.nurse, search(limit=10, **values), now=unit.now)
    statements: list[str] = []
    event.listen(database.reader, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with database.read() as unit:
        find_slots(unit.session, world.nurse, search(limit=10, **values), now=unit.now)
    return len([each for each in statements if each.startswith(("SELECT", "WITH"))])


def test_the_search_costs_the_same_for_two_doctors_and_for_thirty(database: Database) -> None:
    counts = []
    for doctors in (2, 30):
        with database.write() as unit:
            world = make_booking_world(unit.session, doctors=doctors)
            world.book(unit.session, at("09:30"), now=unit.now)
        counts.append(_statements(database, world))
    assert counts == [2, 2]


def test_a_pool_costs_two_statements_more_and_maxima_none_however_many_there_are(database: Database) -> None:
    counts = []
    for doctors in (2, 30):
        with database.write() as unit:
            world = make_booking_world(unit.session, doctors=doctors)
            pool = make_pool(unit.session, world)
            for doctor in world.doctors:
                limit(unit.session, doctor.ref, daily_max=3, weekly_max=9)
        counts.append(_statements(database, world, pool_id=pool.id))
    assert counts == [4, 4]


def test_the_search_costs_the_same_for_thousands_of_doctors(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session)
        many = copies_of(unit.session, world.doctors[0], 3000)
    assert _statements(database, world) == 2
    with database.read() as unit:
        found = find_slots(unit.session, world.nurse, search(limit=5000, days=0), now=unit.now)
    assert {slot.doctor_membership_id for slot in found} == {world.doctors[0].ref, *many}


def test_windows_that_end_before_they_begin_or_never_are_refused(unit: Unit) -> None:
    world = make_booking_world(unit.session)
    for days in (-1, 63):
        with pytest.raises(InvalidError, match="bad-window"):
            starts(unit.session, world, now=unit.now, days=days)
    with pytest.raises(NotFoundError, match="service-not-found"):
        starts(unit.session, world, now=unit.now, service_code="surgery")


def test_pages_follow_one_another(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=3)
    everything = find_slots(unit.session, world.nurse, search(limit=100), now=unit.now)
    paged: list[Any] = []
    for _ in range(4):
        after = paged[-1] if paged else None
        paged += find_slots(unit.session, world.nurse, search(limit=25, after=after), now=unit.now)
    assert paged == everything


minutes = st.integers(0, 2 * 288).map(lambda n: n * 5)


@pytest.mark.databases("sqlite")  # the rule is the same code; the suite around runs it on both
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_offered_slot_can_be_held_and_nothing_else_can(unit: Unit, data: st.DataObject) -> None:
    savepoint = unit.session.begin_nested()
    terms = {
        "duration_minutes": data.draw(st.sampled_from([10, 20, 45])),
        "step_minutes": data.draw(st.sampled_from([10, 15, 30])),
        "offset_minutes": data.draw(st.sampled_from([0, 5])),
        "buffer_after_minutes": data.draw(st.sampled_from([0, 10])),
        "min_notice_minutes": data.draw(st.integers(0, 90)),
        "horizon_days": 2,
    }
    seats = data.draw(st.integers(1, 2))
    world = make_booking_world(unit.session, doctors=2, patients=2, seats=seats, **terms)
    _change_hours(unit, world, data)
    for _ in range(data.draw(st.integers(0, 4))):
        _try_to_book(unit, world, data)
    wanted = search(days=2, limit=1000, patient_id=world.patients[0])
    offered = find_slots(unit.session, world.nurse, wanted, now=unit.now)
    offered_keys = {(slot.starts_at, slot.doctor_membership_id) for slot in offered}
    any_time = minutes.map(lambda minute: (at("00:00") + timedelta(minutes=minute), world.doctors[0].ref))
    tries = data.draw(st.lists(any_time, max_size=4))
    if offered:
        tries += data.draw(st.lists(st.sampled_from(sorted(offered_keys, key=str)), max_size=4))
    for starts_at, doctor in tries:
        assert _can_hold(unit, world, starts_at, doctor) == ((starts_at, doctor) in offered_keys)
    savepoint.rollback()


def _change_hours(unit: Unit, world: BookingWorld, data: st.DataObject) -> None:
    """Change some of all that decides: calendar, opening hours, exceptions, maxima, memberships."""
    session, some = unit.session, st.booleans()
    near = st.integers(0, 2).map(lambda n: TODAY + timedelta(days=n))
    if data.draw(some):
        works_as = data.draw(st.sampled_from([None, 5]))
        day = NationalDayIn(day=data.draw(near), name="Tết", source="thử", works_as=works_as)
        import_holidays(session, SYSTEM, HolidayImport(years=[2026], days=[day]), now=unit.now)
    for place in (world.nurse.here, world.doctors[0].here):
        if data.draw(some):
            start = data.draw(st.sampled_from([480, 540]))
            for weekday in (0, 1, 5):
                add_opening(
                    session,
                    place,
                    weekday=weekday,
                    start_minute=start,
                    end_minute=900,
                    valid_from=data.draw(near),
                )
    doctor = ensure_resource(session, ResourceKind.DOCTOR, world.doctors[0].ref)
    doctor.works_holidays = data.draw(some)
    doctor.daily_max = data.draw(st.sampled_from([None, 1, 2]))
    doctor.weekly_max = data.draw(st.sampled_from([None, None, 3]))
    if data.draw(some):
        keep(unit, world, doctor.id, world.service.id, "09:00", "10:00")
    if data.draw(some):
        session.get_one(Membership, world.doctors[0].ref).valid_to = data.draw(near)
    session.flush()


def _try_to_book(unit: Unit, world: BookingWorld, data: st.DataObject) -> None:
    wanted = search(days=2, limit=60, patient_id=world.patients[1])
    free = find_slots(unit.session, world.nurse, wanted, now=unit.now)
    if free:
        slot = data.draw(st.sampled_from(free))
        doctor = slot.doctor_membership_id
        world.book(unit.session, slot.starts_at, now=unit.now, patient=1, doctor_membership_id=doctor)


def _can_hold(unit: Unit, world: BookingWorld, starts_at: Any, doctor: Any) -> bool:
    """Try it and take it back; a refusal must say which of the two kinds it is."""
    nested = unit.session.begin_nested()
    code = ""
    try:
        world.hold(unit.session, starts_at, now=unit.now, doctor_membership_id=doctor)
    except DomainError as error:
        code = error.code
    nested.rollback()
    assert code in ("", "slot-taken", "limit-reached", "outside-availability")
    return not code
