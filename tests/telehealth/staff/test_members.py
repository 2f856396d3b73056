"""Inviting, moving, disabling and resetting colleagues; activation codes; API tokens."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.facilities.models import Facility
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.staff import queries, service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.events import MembershipClosed, SignInsEnded, StaffDisabled
from telehealth.staff.rules import ACTIVATION_LASTS, Qualification, Role
from telehealth.staff.service import Invited, Post
from tests.support.world import (
    make_doctor,
    make_facility,
    make_hospital,
    make_member,
    make_sign_in,
    make_specialty,
    make_token,
)

TODAY = date(2026, 11, 23)


@pytest.fixture
def heard(bus: Bus) -> list[Any]:
    """The events that were published."""
    events: list[Any] = []
    for kind in (StaffDisabled, MembershipClosed, SignInsEnded):
        bus.subscribe(kind, lambda _session, event, _now: events.append(event))
    return events


@pytest.fixture
def station(unit: Unit) -> Facility:
    return make_facility(unit.session)


@pytest.fixture
def manager(unit: Unit, station: Facility) -> MembershipActor:
    return make_member(unit.session, station, role=Role.MANAGER, name="Hoàng Văn Khoa")


@pytest.fixture
def admin(unit: Unit) -> MembershipActor:
    return make_member(unit.session, make_hospital(unit.session), role=Role.ADMIN, name="Vũ Thị Quản")


def nurse_at(facility: Facility, **changes: Any) -> Post:
    return replace(Post(facility.id, Role.STATION_NURSE, Qualification.NURSE, "ĐD."), **changes)


def invite(unit: Unit, actor: Any, post: Post, **values: str) -> Invited:
    person = {"full_name": "Lý Thị Lan", "username": "0868 123 456", **values}
    return service.invite(unit.session, actor, post=post, now=unit.now, **person)


def test_an_invited_colleague_sets_the_password_with_the_code(
    unit: Unit, manager: MembershipActor, station: Facility
) -> None:
    invited = invite(unit, manager, nurse_at(station))
    assert (invited.staff.username, invited.staff.password_hash) == ("+84868123456", None)
    assert len(invited.code) >= 22
    staff = service.activate(unit.session, invited.code, "hash", pin_hash="pin", now=unit.now)
    assert (staff.password_hash, staff.pin_hash) == ("hash", "pin")
    entry = unit.session.exec(select(AuditEntry).where(AuditEntry.subject_id == staff.id)).one()
    assert (entry.actor_ref, entry.action, entry.facts["act"]) == (manager.ref, "staff.manage", "invite")


def test_a_code_works_once_and_for_a_day(unit: Unit, manager: MembershipActor, station: Facility) -> None:
    invited = invite(unit, manager, nurse_at(station))
    late = unit.now + ACTIVATION_LASTS
    for code, now in ((invited.code, late), ("made-up", unit.now)):
        with pytest.raises(DomainError, match="activation-gone"):
            service.activate(unit.session, code, "hash", now=now)
    service.activate(unit.session, invited.code, "hash", now=unit.now)
    with pytest.raises(DomainError, match="activation-gone"):
        service.activate(unit.session, invited.code, "other", now=unit.now)


def test_a_user_name_belongs_to_one_person(unit: Unit, manager: MembershipActor, station: Facility) -> None:
    invite(unit, manager, nurse_at(station))
    with pytest.raises(InvalidError, match="username-taken"):
        invite(unit, manager, nurse_at(station), username="+84868123456")


def test_managers_invite_into_their_own_facility_only(unit: Unit, manager: MembershipActor) -> None:
    with pytest.raises(InvalidError, match="facility-not-yours"):
        invite(unit, manager, nurse_at(make_hospital(unit.session)))


def test_managers_do_not_make_administrators(unit: Unit, manager: MembershipActor, station: Facility) -> None:
    with pytest.raises(InvalidError, match="role-not-yours"):
        invite(unit, manager, nurse_at(station, role=Role.ADMIN))


def test_administrators_invite_anywhere(unit: Unit, admin: MembershipActor, station: Facility) -> None:
    assert invite(unit, admin, nurse_at(station)).membership.facility_id == station.id


def test_a_doctor_is_found_by_specialty(unit: Unit, admin: MembershipActor) -> None:
    hospital = make_hospital(unit.session)
    make_specialty(unit.session, "cardiology", "Tim mạch")
    post = Post(hospital.id, Role.DOCTOR, Qualification.DOCTOR, "BS.", "1/GPHN", ("cardiology",))
    done = invite(unit, admin, post)
    found = queries.list_doctors(unit.session, on=TODAY, specialty="cardiology")
    assert [doctor.membership_id for doctor in found] == [done.membership.id]
    with pytest.raises(InvalidError, match="specialty-unknown"):
        invite(unit, admin, replace(post, specialty_codes=("magic",)), username="lan")


def test_a_move_keeps_what_was_and_ends_sign_ins(
    unit: Unit, manager: MembershipActor, station: Facility, heard: list[Any]
) -> None:
    nurse = make_member(unit.session, station)
    token = make_sign_in(unit.session, nurse, now=unit.now)
    post = Post(station.id, Role.STATION_PRACTITIONER, Qualification.ASSISTANT_PHYSICIAN, "YS.", "2/GPHN")
    new = service.move(unit.session, manager, nurse.ref, post, on=TODAY, version=1, now=unit.now)
    old = queries.get_membership(unit.session, nurse.ref)
    assert (old.valid_to, new.valid_from, new.role) == (TODAY, TODAY, "station_practitioner")
    assert queries.find_sign_in(unit.session, token, now=unit.now, today=TODAY) is None
    assert MembershipClosed(nurse.staff_id, nurse.ref) in heard


def test_a_later_move_changes_nothing_today(
    unit: Unit, manager: MembershipActor, station: Facility, heard: list[Any]
) -> None:
    nurse = make_member(unit.session, station)
    token = make_sign_in(unit.session, nurse, now=unit.now)
    tomorrow = TODAY + timedelta(days=1)
    service.close_membership(unit.session, manager, nurse.ref, on=tomorrow, version=1, now=unit.now)
    assert queries.find_sign_in(unit.session, token, now=unit.now, today=TODAY) is not None
    assert queries.find_sign_in(unit.session, token, now=unit.now, today=tomorrow) is None
    assert heard == []


def test_a_move_into_the_past_or_over_anothers_change_is_refused(
    unit: Unit, manager: MembershipActor, station: Facility
) -> None:
    nurse = make_member(unit.session, station)
    post, yesterday = nurse_at(station), TODAY - timedelta(days=1)
    with pytest.raises(InvalidError, match="move-in-past"):
        service.move(unit.session, manager, nurse.ref, post, on=yesterday, version=1, now=unit.now)
    with pytest.raises(StaleError, match="stale-version"):
        service.move(unit.session, manager, nurse.ref, post, on=TODAY, version=2, now=unit.now)


def test_a_disabled_person_is_out_at_once_and_may_come_back(
    unit: Unit, manager: MembershipActor, station: Facility, heard: list[Any]
) -> None:
    nurse = make_member(unit.session, station)
    token = make_sign_in(unit.session, nurse, now=unit.now)
    service.disable(unit.session, manager, nurse.ref, now=unit.now)
    service.disable(unit.session, manager, nurse.ref, now=unit.now)
    assert queries.find_sign_in(unit.session, token, now=unit.now, today=TODAY) is None
    assert heard.count(StaffDisabled(nurse.staff_id, (nurse.ref,))) == 1
    line = queries.get_roster_line(unit.session, manager, nurse.ref, today=TODAY)
    assert line.staff.disabled_at == unit.now
    service.enable(unit.session, manager, nurse.ref, now=unit.now)
    assert queries.find_membership_actor(unit.session, nurse.ref, today=TODAY) is not None
    assert queries.find_sign_in(unit.session, token, now=unit.now, today=TODAY) is None


def test_a_reset_takes_password_and_pin_and_ends_sign_ins(
    unit: Unit, manager: MembershipActor, station: Facility
) -> None:
    nurse = make_member(unit.session, station, password_hash="old", pin_hash="old")
    token = make_sign_in(unit.session, nurse, now=unit.now)
    first = service.reset(unit.session, manager, nurse.ref, now=unit.now)
    assert (first.staff.password_hash, first.staff.pin_hash) == (None, None)
    assert queries.find_sign_in(unit.session, token, now=unit.now, today=TODAY) is None
    service.reset(unit.session, manager, nurse.ref, now=unit.now)
    with pytest.raises(DomainError, match="activation-gone"):
        service.activate(unit.session, first.code, "hash", now=unit.now)


@pytest.mark.parametrize("act", [service.reset, service.disable], ids=lambda act: act.__name__)
def test_whoever_is_reset_or_shut_out_loses_their_api_tokens_for_good(
    unit: Unit, manager: MembershipActor, station: Facility, act: Any
) -> None:
    nurse, colleague = make_member(unit.session, station), make_member(unit.session, station)
    hers, theirs = (make_token(unit.session, who, now=unit.now) for who in (nurse, colleague))
    act(unit.session, manager, nurse.ref, now=unit.now)
    service.enable(unit.session, manager, nurse.ref, now=unit.now)
    found = [queries.find_bearer(unit.session, each, now=unit.now, today=TODAY) for each in (hers, theirs)]
    assert [each and each.ref for each in found] == [None, colleague.ref]
    revoked = unit.session.exec(select(AuditEntry).where(AuditEntry.subject_kind == "api_token")).all()
    assert [each.facts for each in revoked if each.actor_ref == manager.ref] == [{"act": "revoke-token"}]


ACTS = (service.disable, service.enable, service.reset)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_out_of_scope_looks_like_nobody(unit: Unit, manager: MembershipActor, act: Any) -> None:
    stranger = make_member(unit.session, make_hospital(unit.session))
    for membership_id in (stranger.ref, new_id()):
        with pytest.raises(NotFoundError, match="membership-not-found"):
            act(unit.session, manager, membership_id, now=unit.now)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_managers_do_not_take_over_people_of_elsewhere_or_above(
    unit: Unit, manager: MembershipActor, station: Facility, act: Any
) -> None:
    both = make_member(unit.session, station)
    elsewhere = nurse_at(make_hospital(unit.session))
    service.add_membership(unit.session, both.staff_id, elsewhere, on=TODAY)
    with pytest.raises(ForbiddenError, match="staff-works-elsewhere"):
        act(unit.session, manager, both.ref, now=unit.now)
    above = make_member(unit.session, station, role=Role.ADMIN)
    with pytest.raises(ForbiddenError, match="role-not-yours"):
        act(unit.session, manager, above.ref, now=unit.now)
    with pytest.raises(ForbiddenError, match="not-yourself"):
        act(unit.session, manager, manager.ref, now=unit.now)


def test_one_person_is_one_doctor_at_a_time(unit: Unit) -> None:
    """Diaries are of posts: with two of them a person would be booked in two places at once."""
    first, second = make_hospital(unit.session), make_hospital(unit.session, name="Bệnh viện Hai")
    doctor = make_doctor(unit.session, first)
    post = Post(
        facility_id=second.id,
        role=Role.DOCTOR,
        qualification=Qualification.DOCTOR,
        title="BS.",
        licence_number="001234/BYT-CCHN",
    )
    for until in (None, TODAY + timedelta(days=9)):
        with pytest.raises(DomainError, match="doctor-already"):
            service.add_membership(unit.session, doctor.staff_id, post, on=TODAY, until=until)
    service.add_membership(unit.session, doctor.staff_id, nurse_at(second), on=TODAY)
    row = queries.get_membership(unit.session, doctor.ref)
    row.valid_to = TODAY + timedelta(days=3)
    with pytest.raises(DomainError, match="doctor-already"):
        service.add_membership(unit.session, doctor.staff_id, post, on=TODAY + timedelta(days=2))
    service.add_membership(unit.session, doctor.staff_id, post, on=TODAY + timedelta(days=3))


def test_a_changed_password_ends_the_other_sign_ins(unit: Unit, station: Facility) -> None:
    nurse = make_member(unit.session, station)
    here, there = (make_sign_in(unit.session, nurse, now=unit.now) for _ in range(2))
    found = queries.find_sign_in(unit.session, here, now=unit.now, today=TODAY)
    assert found is not None
    service.set_password(unit.session, found.actor, "new", now=unit.now)
    assert queries.find_sign_in(unit.session, here, now=unit.now, today=TODAY) is not None
    assert queries.find_sign_in(unit.session, there, now=unit.now, today=TODAY) is None


def test_pins_are_set_and_given_up(unit: Unit, station: Facility) -> None:
    nurse = make_member(unit.session, station)
    service.set_pin(unit.session, nurse, "pin", now=unit.now)
    assert queries.get_staff(unit.session, nurse.staff_id).pin_hash == "pin"
    service.remove_pin(unit.session, nurse, now=unit.now)
    assert queries.get_staff(unit.session, nurse.staff_id).pin_hash is None


def test_a_token_stands_for_its_member_until_it_is_revoked(unit: Unit, station: Facility) -> None:
    nurse = make_member(unit.session, station)
    until = unit.now + timedelta(days=1)
    row, text = service.create_token(
        unit.session, SYSTEM, name="HIS", membership_id=nurse.ref, expires_at=until, now=unit.now
    )
    assert text not in row.token_hash
    found = queries.find_bearer(unit.session, text, now=unit.now, today=TODAY)
    assert found is not None
    assert found.ref == nurse.ref
    assert queries.find_bearer(unit.session, text, now=until, today=TODAY) is None
    service.revoke_token(unit.session, SYSTEM, row.id, now=unit.now)
    assert queries.find_bearer(unit.session, text, now=unit.now, today=TODAY) is None


def test_a_program_is_limited_to_listed_actions(unit: Unit, station: Facility) -> None:
    allowed = {"patient.read", "slot.find"}
    with pytest.raises(InvalidError, match="action-not-for-programs"):
        service.create_integration(
            unit.session, SYSTEM, station.id, "HIS", ["visit.sign"], allowed=allowed, now=unit.now
        )
    row = service.create_integration(
        unit.session, SYSTEM, station.id, "HIS", ["slot.find"], allowed=allowed, now=unit.now
    )
    until = unit.now + timedelta(days=1)
    _, text = service.create_token(
        unit.session, SYSTEM, name="HIS", integration_id=row.id, expires_at=until, now=unit.now
    )
    found = queries.find_bearer(unit.session, text, now=unit.now, today=TODAY)
    assert found is not None
    assert (found.facility_id, found.ref) == (station.id, row.id)


def test_a_token_has_one_bearer(unit: Unit) -> None:
    for bearer in ({}, {"membership_id": new_id(), "integration_id": new_id()}):
        with pytest.raises(InvalidError, match="token-bearer"):
            service.create_token(unit.session, SYSTEM, name="x", expires_at=unit.now, now=unit.now, **bearer)


def test_languages_are_noted_once_each_and_vietnamese_is_left_out(unit: Unit) -> None:
    station = make_facility(unit.session)
    manager = make_member(unit.session, station, role=Role.MANAGER)
    nurse = make_member(unit.session, station)
    noted = service.set_languages(
        unit.session, manager, nurse.ref, ["tyz", "vi", "nut", "tyz"], version=1, now=unit.now
    )
    assert (noted.version, queries.languages_of(unit.session, {nurse.ref})) == (
        2,
        {nurse.ref: ("nut", "tyz")},
    )
    with pytest.raises(InvalidError, match="language-unknown"):
        service.set_languages(unit.session, manager, nurse.ref, ["Tày"], version=2, now=unit.now)
    service.set_languages(unit.session, manager, nurse.ref, [], version=2, now=unit.now)
    assert queries.languages_of(unit.session, {nurse.ref}) == {}
