"""Planning, copying, publishing and withdrawing shifts: who may, what is refused, who is told."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from telehealth.availability.rules import ChangeKind, ResourceKind, Scope
from telehealth.availability.service import add_exception, ensure_resource
from telehealth.duty import queries, service
from telehealth.duty.errors import ShiftRefusedError
from telehealth.duty.models import Shift
from telehealth.duty.rules import Trouble, week_span
from telehealth.duty.weeks import load_roster
from telehealth.kit.changes import Change
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Unit
from telehealth.kit.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
)
from telehealth.kit.spans import Span
from telehealth.staff.models import Membership
from telehealth.staff.rules import Role
from tests.support.booking import at
from tests.support.world import SINCE, make_edge, make_facility, make_hospital, make_member
from tests.telehealth.duty.roster import MONDAY, make_ward

WEEK = week_span(MONDAY, DEFAULT_ZONE)


def test_a_draft_binds_nobody_until_the_week_is_published(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    shift = ward.plan(session, hours="07:30-17:00", now=now)

    assert queries.list_on_duty(session, [ward.pool.id], now=now) == []
    assert queries.list_own_shifts(session, ward.doctors[0], now=now) == []

    ward.publish(session, now=now)

    (on,) = queries.list_on_duty(session, [ward.pool.id], now=now)
    assert (on.membership_id, on.until_at) == (ward.doctors[0].ref, at("17:00"))
    assert [each.command for each in queries.list_events(session, shift.id)] == ["plan", "publish"]


def test_each_doctor_is_told_once_of_a_published_week(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    for day in (1, 2):
        ward.plan(session, 0, on=day, now=now)
    ward.plan(session, 1, on=3, now=now)
    ward.publish(session, now=now)
    told = [queries.list_notices(session, [doctor.ref]) for doctor in ward.doctors]
    assert [[(each.kind, each.data["count"]) for each in notices] for notices in told] == [
        [("week_published", 2)],
        [("week_published", 1)],
        [],
    ]
    with pytest.raises(ConflictError, match="nothing-to-publish"):
        ward.publish(session, now=now)


def test_nobody_publishes_what_they_have_not_seen(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    ward.plan(session, on=1, now=now)
    seen = queries.week_version(session, [ward.pool.id], WEEK)
    ward.plan(session, 1, on=1, now=now)
    with pytest.raises(StaleError):
        service.publish_week(session, ward.coordinator, MONDAY, version=seen, now=now)
    seen = queries.week_version(session, [ward.pool.id], WEEK)
    assert len(service.publish_week(session, ward.coordinator, MONDAY, version=seen, now=now)) == 2
    assert queries.week_version(session, [ward.pool.id], WEEK) > seen


def test_a_doctor_is_not_on_duty_twice_in_one_pool_or_in_two_houses(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward, other = make_ward(session, now=now), make_ward(session, now=now, name="Bệnh viện Bạch Mai")
    guest = Membership(
        staff_id=ward.doctors[0].staff_id,
        facility_id=other.hospital.id,
        role=Role.DOCTOR,
        qualification="doctor",
        title="BS.",
        licence_number="1",
        valid_from=SINCE,
    )
    session.add(guest)
    service.add_member(session, other.pool, guest.id, on=MONDAY)
    ward.plan(session, on=1, now=now)
    with pytest.raises(ShiftRefusedError, match="shift-overlaps"):
        ward.plan(session, on=1, hours="16:00-20:00", now=now)

    there = service.Wanted(other.pool.id, guest.id, MONDAY + timedelta(days=1), 16 * 60, 20 * 60)
    service.plan(session, other.coordinator, there, now=now)  # our draft is none of their business yet
    ward.publish(session, now=now)
    with pytest.raises(ShiftRefusedError, match="double-duty"):
        other.publish(session, now=now)


def test_leave_and_two_pools_of_one_house_only_warn(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    doctor = ensure_resource(session, ResourceKind.DOCTOR, ward.doctors[0].ref, facility_id=ward.hospital.id)
    add_exception(
        session,
        ward.coordinator,
        scope=Scope.RESOURCE,
        scope_id=doctor.id,
        kind=ChangeKind.CLOSED,
        starts_at=at("16:00", days=1),
        ends_at=at("18:00", days=1),
        now=now,
    )
    second = service.add_pool(session, ward.hospital.id, "Tim mạch", now=now)
    service.add_member(session, second, ward.doctors[0].ref, on=MONDAY)
    wanted = ward.wanted(on=1)
    assert service.plan(session, ward.coordinator, wanted, now=now).warnings == (Trouble.ON_LEAVE,)
    beside = service.Wanted(second.id, wanted.membership_id, wanted.on, 13 * 60, 15 * 60)
    assert service.plan(session, ward.coordinator, beside, now=now).warnings == (Trouble.TWO_POOLS,)


def test_the_week_tells_who_of_a_pool_is_off_until_it_is_taken_back(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward, other = make_ward(session, now=now), make_ward(session, now=now, name="Bệnh viện Bạch Mai")
    for person in (ward.doctors[0], other.doctors[0]):
        resource = ensure_resource(session, ResourceKind.DOCTOR, person.ref, facility_id=person.facility_id)
        leave = add_exception(
            session,
            ward.coordinator,
            scope=Scope.RESOURCE,
            scope_id=resource.id,
            kind=ChangeKind.CLOSED,
            starts_at=at("00:00", days=1),
            ends_at=at("00:00", days=3),
            now=now,
        )
        if person is ward.doctors[0]:
            ours = leave
    (found,) = load_roster(session, ward.coordinator, MONDAY, now=now).leaves[ward.pool.id]
    assert (found.membership_id, found.span) == (
        ward.doctors[0].ref,
        Span.between(at("00:00", days=1), at("00:00", days=3)),
    )
    week_after = load_roster(session, ward.coordinator, MONDAY + timedelta(days=7), now=now)
    assert week_after.leaves[ward.pool.id] == ()
    ours.withdrawn_at = now
    session.flush()
    assert load_roster(session, ward.coordinator, MONDAY, now=now).leaves[ward.pool.id] == ()
    assert service.plan(session, ward.coordinator, ward.wanted(on=1), now=now).warnings == ()


def test_what_cannot_be_planned(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward, other = make_ward(session, now=now), make_ward(session, now=now, name="Bệnh viện Bạch Mai")
    outsider = service.Wanted(ward.pool.id, other.doctors[0].ref, MONDAY, 600, 900)
    refused: list[tuple[str, type[DomainError], service.Wanted]] = [
        ("not-in-pool", ShiftRefusedError, outsider),
        ("shift-over", ConflictError, ward.wanted(hours="05:00-07:00")),
        ("bad-day", InvalidError, ward.wanted(on=400)),
        ("pool-not-found", NotFoundError, other.wanted()),
    ]
    for code, kind, wanted in refused:
        with pytest.raises(kind, match=code):
            service.plan(session, ward.coordinator, wanted, now=now)
    with pytest.raises(ForbiddenError):
        service.plan(session, ward.doctors[0], ward.wanted(), now=now)
    assert session.exec(select(Shift)).all() == []


def test_copying_a_week_keeps_the_wall_clock_and_adds_nothing_twice(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    ward.plan(session, 0, on=1, hours="20:00-06:00", now=now)
    ward.plan(session, 1, on=6, hours="18:00-07:00", now=now)  # ends on the next Monday
    ward.publish(session, now=now)
    ward.plan(session, 2, on=9, now=now)
    next_week = MONDAY + timedelta(days=7)

    copied = service.copy_week(session, ward.coordinator, next_week, now=now)
    again = service.copy_week(session, ward.coordinator, next_week, now=now)

    assert [(each.starts_at, each.state) for each in copied.shifts] == [
        (at("20:00", days=8), "draft"),
        (at("18:00", days=13), "draft"),
    ]
    assert (again.shifts, again.left_out) == ((), {Trouble.SHIFT_OVERLAPS: 2})


def test_a_withdrawn_shift_is_off_and_its_doctor_told(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    shift = ward.plan(session, hours="07:30-17:00", now=now)
    draft = ward.plan(session, 1, on=1, now=now)
    service.withdraw(session, ward.coordinator, draft.id, version=1, now=now)
    ward.publish(session, now=now)
    with pytest.raises(StaleError):
        service.withdraw(session, ward.coordinator, shift.id, version=1, now=now)
    service.withdraw(session, ward.coordinator, shift.id, version=2, reason="Ốm", now=now)

    assert queries.list_on_duty(session, [ward.pool.id], now=now) == []
    assert queries.list_notices(session, [ward.doctors[1].ref]) == []
    latest, *_ = queries.list_notices(session, [ward.doctors[0].ref])
    assert latest.kind == "shift_withdrawn"
    with pytest.raises(ConflictError, match="invalid-transition"):
        service.withdraw(session, ward.coordinator, shift.id, version=3, now=now)


def test_stations_hear_of_what_changes_now_and_not_of_next_week(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    station = make_facility(session)
    make_edge(session, "supports", station, ward.hospital)
    point = make_facility(session, name="Điểm trạm Vi Hương")
    make_edge(session, "is_point_of", point, station)

    def told() -> set[object]:
        rows = session.exec(select(Change.scope_id).where(Change.topic == "duty")).all()
        return set(rows) & {station.id, point.id}

    ward.plan(session, on=2, now=now)
    ward.publish(session, now=now)
    assert told() == set()
    session.info["changes_told"].clear()
    ward.plan(session, 1, hours="07:30-17:00", now=now)
    ward.publish(session, now=now)
    assert told() == {station.id, point.id}


def test_another_house_sees_no_shift_and_changes_none(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    shift = ward.plan(session, now=now)
    stranger = make_member(session, make_hospital(session), role=Role.COORDINATOR)
    for act in (
        lambda: queries.get_shift(session, stranger, shift.id),
        lambda: service.withdraw(session, stranger, shift.id, version=1, now=now),
        lambda: service.assign(session, stranger, shift.id, ward.doctors[1].ref, version=1, now=now),
    ):
        with pytest.raises(NotFoundError, match="shift-not-found"):
            act()
    assert (shift.state, shift.version) == ("draft", 1)


def test_history_is_never_altered(unit: Unit) -> None:
    ward = make_ward(unit.session, now=unit.now)
    ward.plan(unit.session, now=unit.now)
    for act in ("UPDATE duty_event SET command = 'x'", "DELETE FROM duty_event"):
        with pytest.raises(DBAPIError, match="append_only"), unit.session.begin_nested():
            unit.session.connection().execute(text(act))
