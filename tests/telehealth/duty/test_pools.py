"""Pools: which a station may ask, in which order, and who is in them."""

from datetime import date, datetime, timedelta

from telehealth.duty.models import DutySwitch, Shift
from telehealth.duty.queries import find_pool_for, list_members, list_on_duty, list_pools_for
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.models import Facility
from telehealth.kit.db import Unit
from tests.support.clock import MONDAY_MORNING
from tests.support.world import make_doctor, make_edge, make_facility, make_member

TODAY: date = MONDAY_MORNING.date()


def test_a_station_may_ask_the_pools_of_those_who_support_it_the_nearest_level_first(unit: Unit) -> None:
    session = unit.session
    nurse = make_member(session)
    near = make_facility(session, name="TTYT khu vực Bạch Thông", level="basic", tier="regional")
    far = make_facility(session, name="Bệnh viện Bạch Mai", level="specialised", tier="central")
    foreign = make_facility(session, name="Bệnh viện Đà Nẵng", level="specialised", tier="province")
    station = session.get_one(Facility, nurse.here)
    for hospital in (near, far):
        make_edge(session, "supports", station, hospital)
    general = add_pool(session, far.id, "Trực", now=unit.now)
    heart = add_pool(session, near.id, "Tim mạch", now=unit.now)
    closed = add_pool(session, near.id, "Cũ", is_active=False, now=unit.now)
    other = add_pool(session, foreign.id, "Trực", now=unit.now)

    asked = list_pools_for(session, station_id=nurse.here, on=TODAY)

    assert [pool.id for pool in asked] == [heart.id, general.id]
    found = [find_pool_for(session, p.id, station_id=nurse.here, on=TODAY) for p in (general, closed, other)]
    assert found == [general, None, None]


def test_a_doctor_who_left_a_pool_is_no_longer_in_it(unit: Unit) -> None:
    hospital = make_facility(unit.session, name="Bệnh viện Bạch Mai", level="specialised", tier="central")
    pool = add_pool(unit.session, hospital.id, "Trực", now=unit.now)
    stays, leaves = (make_doctor(unit.session, hospital, name=name) for name in ("Hà Toản", "Ma Hương"))
    add_member(unit.session, pool, stays.ref, on=TODAY)
    add_member(unit.session, pool, leaves.ref, on=TODAY).left_on = TODAY + timedelta(days=1)
    unit.session.flush()

    today, tomorrow = (
        {member.membership_id for member in list_members(unit.session, [pool.id], on=day)}
        for day in (TODAY, TODAY + timedelta(days=1))
    )

    assert (today, tomorrow) == ({stays.ref, leaves.ref}, {stays.ref})
    assert list_members(unit.session, [pool.id], on=TODAY - timedelta(days=1)) == []


def test_the_switch_beats_the_roster_until_it_runs_out(unit: Unit) -> None:
    hospital = make_facility(unit.session, name="Bệnh viện Bạch Mai", level="specialised", tier="central")
    pool = add_pool(unit.session, hospital.id, "Trực", now=unit.now)
    rostered, switched_off, switched_on, neither = (
        make_doctor(unit.session, hospital, name=f"Bác sĩ {n}") for n in range(4)
    )
    now, later = unit.now, unit.now + timedelta(hours=2)
    for doctor in (rostered, switched_off, switched_on, neither):
        add_member(unit.session, pool, doctor.ref, on=TODAY)
    for doctor, state in ((rostered, "published"), (switched_off, "published"), (neither, "draft")):
        shift = Shift(
            pool_id=pool.id,
            membership_id=doctor.ref,
            starts_at=now,
            ends_at=later + timedelta(hours=1),
            state=state,
            created_by=doctor.ref,
            created_at=now,
        )
        unit.session.add(shift)
    for doctor, is_on in ((switched_off, False), (switched_on, True)):
        unit.session.add(DutySwitch(membership_id=doctor.ref, is_on=is_on, changed_at=now, until_at=later))
    unit.session.flush()

    def on_duty_at(at: datetime) -> dict[object, datetime]:
        return {each.membership_id: each.until_at for each in list_on_duty(unit.session, [pool.id], now=at)}

    end = later + timedelta(hours=1)
    assert on_duty_at(now) == {rostered.ref: end, switched_on.ref: later}
    assert on_duty_at(later) == {rostered.ref: end, switched_off.ref: end}
    assert on_duty_at(end) == {}
