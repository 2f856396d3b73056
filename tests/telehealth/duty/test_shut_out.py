"""Whoever was shut out, or whose role has ended, is on duty nowhere and planned for nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.duty import queries, service
from telehealth.duty.errors import ShiftRefusedError
from telehealth.duty.rules import Trouble
from telehealth.duty.service import set_switch
from telehealth.duty.weeks import load_roster
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.staff import service as staff
from tests.telehealth.duty.roster import MONDAY, Ward, make_ward

End = Callable[[Session, UUID, datetime], None]


def shut_out(session: Session, membership_id: UUID, now: datetime) -> None:
    staff.disable(session, SYSTEM, membership_id, now=now)


def end_today(session: Session, membership_id: UUID, now: datetime) -> None:
    staff.close_membership(session, SYSTEM, membership_id, on=MONDAY, version=1, now=now)


def end_on_tuesday(session: Session, membership_id: UUID, now: datetime) -> None:
    on = MONDAY + timedelta(days=1)
    staff.close_membership(session, SYSTEM, membership_id, on=on, version=1, now=now)


ENDS = pytest.mark.parametrize("end", [shut_out, end_today])


def ward_on_duty(unit: Unit) -> Ward:
    """The first doctor is on duty by the switch, the second by the roster."""
    ward = make_ward(unit.session, now=unit.now)
    until = unit.now + timedelta(hours=8)
    set_switch(unit.session, ward.doctors[0].ref, is_on=True, until_at=until, now=unit.now)
    ward.plan(unit.session, 1, hours="07:30-17:00", now=unit.now)
    ward.publish(unit.session, now=unit.now)
    return ward


def on_duty(unit: Unit, ward: Ward) -> set[UUID]:
    return {each.membership_id for each in queries.list_on_duty(unit.session, [ward.pool.id], now=unit.now)}


@ENDS
def test_they_are_on_duty_neither_by_switch_nor_by_roster(unit: Unit, end: End) -> None:
    ward = ward_on_duty(unit)
    first, second, third = (each.ref for each in ward.doctors)
    assert on_duty(unit, ward) == {first, second}
    end(unit.session, first, unit.now)
    assert on_duty(unit, ward) == {second}
    end(unit.session, second, unit.now)
    assert on_duty(unit, ward) == set()
    members = queries.list_members(unit.session, [ward.pool.id], on=MONDAY)
    assert [each.membership_id for each in members] == [third]


def test_whoever_is_let_in_again_is_on_duty_again(unit: Unit) -> None:
    ward = ward_on_duty(unit)
    shut_out(unit.session, ward.doctors[0].ref, unit.now)
    staff.enable(unit.session, SYSTEM, ward.doctors[0].ref, now=unit.now)
    assert on_duty(unit, ward) == {ward.doctors[0].ref, ward.doctors[1].ref}


@ENDS
def test_no_shift_is_planned_for_them_given_to_them_or_asked_of_them(unit: Unit, end: End) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    shift = ward.plan(session, 0, on=1, now=now)
    ward.publish(session, now=now)
    gone = ward.doctors[1].ref
    end(session, gone, now)
    with pytest.raises(ShiftRefusedError, match="not-working"):
        ward.plan(session, 1, on=2, now=now)
    with pytest.raises(ShiftRefusedError, match="not-working"):
        service.assign(session, ward.coordinator, shift.id, gone, version=None, now=now)
    with pytest.raises(DomainError, match="not-working") as refusal:
        service.ask_swap(session, ward.doctors[0], shift.id, gone, version=None, now=now)
    assert getattr(refusal.value, "field", None) == "colleague"


@ENDS
def test_a_draft_of_theirs_is_not_published_and_not_copied(unit: Unit, end: End) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    ward.plan(session, 0, on=1, now=now)
    end(session, ward.doctors[0].ref, now)
    with pytest.raises(ShiftRefusedError, match="not-working"):
        ward.publish(session, now=now)
    copied = service.copy_week(session, ward.coordinator, MONDAY + timedelta(days=7), now=now)
    assert (copied.shifts, copied.left_out) == ((), {Trouble.NOT_WORKING: 1})


@ENDS
def test_the_week_shows_what_they_leave_uncovered(unit: Unit, end: End) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    shift = ward.plan(session, 0, on=1, hours="00:00-24:00", now=now)
    ward.publish(session, now=now)
    covered = load_roster(session, ward.coordinator, MONDAY, now=now)
    end(session, ward.doctors[0].ref, now)
    left = load_roster(session, ward.coordinator, MONDAY, now=now)
    assert left.troubles == {shift.id: (Trouble.NOT_WORKING,)}
    assert len(left.gaps[ward.pool.id]) == len(covered.gaps[ward.pool.id]) + 1


def test_a_role_that_ends_later_carries_shifts_until_then_and_not_past_it(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    end_on_tuesday(session, ward.doctors[0].ref, now)
    ward.plan(session, 0, hours="18:00-24:00", now=now)
    for day, hours in ((0, "20:00-06:00"), (1, "13:00-17:00")):
        with pytest.raises(ShiftRefusedError, match="not-working"):
            ward.plan(session, 0, on=day, hours=hours, now=now)
