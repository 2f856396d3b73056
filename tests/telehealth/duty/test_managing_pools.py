"""Pools: made, changed and closed by those who lead at their facility."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telehealth.duty import queries, service
from telehealth.duty.rules import PoolPolicy
from telehealth.duty.service import MemberTerms, PoolTerms
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from tests.support.world import make_doctor, make_edge, make_member
from tests.telehealth.duty.roster import MONDAY, make_ward

TERMS = PoolTerms(name="Tim mạch", policy=PoolPolicy.LEAST_LOADED, covered_from=420, covered_until=1020)


def test_a_pool_is_made_renamed_and_closed_with_its_history(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    pool = service.create_pool(session, ward.coordinator, TERMS, now=now)
    renamed = replace(TERMS, name="Tim mạch can thiệp", respond_minutes=60)
    service.change_pool(session, ward.coordinator, pool.id, renamed, version=1, now=now)
    closed = replace(renamed, is_active=False)
    service.change_pool(session, ward.coordinator, pool.id, closed, version=2, now=now)
    assert (pool.name, pool.policy, pool.respond_minutes, pool.is_active) == (
        "Tim mạch can thiệp",
        "least_loaded",
        60,
        False,
    )
    events = queries.list_events(session, pool.id)
    assert [(each.command, each.from_state, each.to_state) for each in events] == [
        ("create", None, "active"),
        ("change", "active", "active"),
        ("change", "active", "closed"),
    ]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "pool-terms"),
        ({"name": "Trực"}, "pool-name-taken"),
        ({"specialty_code": "xyz"}, "specialty-unknown"),
        ({"lease_seconds": 0}, "pool-terms"),
        ({"covered_from": 1020, "covered_until": 420}, "pool-terms"),
        ({"covered_until": 1500}, "pool-terms"),
    ],
)
def test_terms_that_are_refused(unit: Unit, changed: dict[str, object], code: str) -> None:
    ward = make_ward(unit.session, now=unit.now)
    with pytest.raises(InvalidError, match=code):
        service.create_pool(unit.session, ward.coordinator, replace(TERMS, **changed), now=unit.now)  # type: ignore[arg-type]


def test_escalation_goes_up_and_never_in_a_circle(unit: Unit) -> None:
    session, now = unit.session, unit.now
    low, high = make_ward(session, now=now, name="TTYT Bạch Thông"), make_ward(session, now=now)
    make_edge(session, "supports", low.hospital, high.hospital)
    first = service.create_pool(session, low.coordinator, TERMS, now=now)
    terms = replace(TERMS, name="Nội", escalates_to=first.id)
    second = service.create_pool(session, low.coordinator, terms, now=now)
    asked = replace(TERMS, escalates_to=high.pool.id)
    service.change_pool(session, low.coordinator, first.id, asked, version=1, now=now)
    circle, closed = replace(TERMS, escalates_to=second.id), replace(asked, is_active=False)
    far = replace(TERMS, escalates_to=make_ward(session, now=now, name="Bệnh viện Đà Nẵng").pool.id)
    with pytest.raises(InvalidError, match="escalation-circle"):
        service.change_pool(session, low.coordinator, first.id, circle, version=2, now=now)
    with pytest.raises(InvalidError, match="pool-not-found"):
        service.change_pool(session, low.coordinator, first.id, far, version=2, now=now)
    with pytest.raises(ConflictError, match="pool-asked-next"):
        service.change_pool(session, low.coordinator, first.id, closed, version=2, now=now)


def test_a_pool_with_shifts_ahead_is_not_closed_nor_left(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    ward.plan(session, on=1, now=now)
    closed = PoolTerms(name="Trực", is_active=False)
    with pytest.raises(ConflictError, match="pool-has-shifts"):
        service.change_pool(session, ward.coordinator, ward.pool.id, closed, version=1, now=now)
    with pytest.raises(ConflictError, match="member-has-shifts"):
        service.end_member(session, ward.coordinator, ward.pool.id, ward.doctors[0].ref, version=1, now=now)


def test_members_come_with_weight_and_credit_and_go(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, doctors=1, now=now)
    lead, pool = ward.coordinator, ward.pool
    fresh = make_doctor(session, ward.hospital, name="Vi Quốc Anh")
    terms = MemberTerms(weight=2, priority=1, credit_minutes=240)
    member = service.put_member(session, lead, pool.id, fresh.ref, terms, version=1, now=now)
    assert (member.weight, member.priority, member.credit_minutes) == (2, 1, 240)
    with pytest.raises(StaleError):
        service.end_member(session, lead, pool.id, fresh.ref, version=1, now=now)
    service.end_member(session, lead, pool.id, fresh.ref, version=2, now=now)
    on = {
        each.membership_id for each in queries.list_members(session, [pool.id], on=MONDAY + timedelta(days=1))
    }
    assert on == {ward.doctors[0].ref}
    with pytest.raises(NotFoundError, match="membership-not-found"):
        service.end_member(session, lead, pool.id, fresh.ref, version=3, now=now)
    service.put_member(session, lead, pool.id, fresh.ref, MemberTerms(), version=3, now=now)
    assert len(queries.list_members(session, [pool.id], on=MONDAY)) == 2


def test_only_doctors_of_the_house_and_only_by_those_who_lead(unit: Unit) -> None:
    session, now = unit.session, unit.now
    ward = make_ward(session, now=now)
    nurse = make_member(session, ward.hospital)
    for wrong in (nurse, make_doctor(session)):
        with pytest.raises(InvalidError, match="not-a-doctor-here"):
            service.put_member(
                session, ward.coordinator, ward.pool.id, wrong.ref, MemberTerms(), version=1, now=now
            )
    with pytest.raises(ForbiddenError):
        service.create_pool(session, ward.doctors[0], TERMS, now=now)
    other = make_ward(session, now=now, name="Bệnh viện Bạch Mai")
    with pytest.raises(NotFoundError, match="pool-not-found"):
        service.change_pool(session, other.coordinator, ward.pool.id, TERMS, version=1, now=now)
