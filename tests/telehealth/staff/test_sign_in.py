"""Signing in, switching, and every way a sign-in ends."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError, ForbiddenError, NotFoundError
from telehealth.kit.ids import new_id
from telehealth.staff import queries, rules, service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import FailedSignIn, SignIn, Staff
from telehealth.staff.rules import Role
from telehealth.staff.service import Browser, SignedIn
from tests.support.world import make_facility, make_member

TODAY = date(2026, 11, 23)
LASTING = timedelta(hours=12)


def sign_in(unit: Unit, username: str, browser: Browser | None = None) -> SignedIn:
    """Sign in as somebody whose password was found right."""
    browser = browser or Browser(remember=True)
    attempt = service.begin_sign_in(unit.session, username, device_token=browser.device_token, now=unit.now)
    return service.complete_sign_in(unit.session, attempt, browser, lasting=LASTING, now=unit.now)


def nurse(unit: Unit, **values: object) -> MembershipActor:
    return make_member(unit.session, **{"username": "hanh", "pin_hash": "stored", **values})  # type: ignore[arg-type]


def later(unit: Unit, **span: float) -> Unit:
    return Unit(unit.session, unit.now + timedelta(**span))


def is_open(unit: Unit, token: str) -> bool:
    found = queries.find_sign_in(unit.session, token, now=unit.now, today=TODAY)
    return found is not None


def test_a_right_password_opens_a_sign_in(unit: Unit) -> None:
    member = nurse(unit)
    done = sign_in(unit, " HANH ")
    assert (done.actor.ref, done.actor.facility_name) == (member.ref, "Trạm Y tế xã Phủ Thông")
    assert is_open(unit, done.token)
    row = unit.session.exec(select(SignIn)).one()
    assert done.token not in (row.token_hash, str(row.id))
    assert unit.session.exec(select(AuditEntry)).one().facts == {"act": "sign-in"}


def test_an_unknown_name_is_counted_like_a_known_one(unit: Unit) -> None:
    nurse(unit)
    for name in ("hanh", "nobody"):
        for _ in range(rules.TRIES):
            service.begin_sign_in(unit.session, name, now=unit.now)
        with pytest.raises(DomainError, match="too-many-attempts") as refused:
            service.begin_sign_in(unit.session, name, now=unit.now)
        assert refused.value.facts == {"minutes": 15}


def test_user_names_are_not_kept_with_the_tries(unit: Unit) -> None:
    service.begin_sign_in(unit.session, "0868123456", now=unit.now)
    row = unit.session.exec(select(FailedSignIn)).one()
    assert "868123456" not in row.account


def test_after_a_quarter_of_an_hour_one_may_try_again(unit: Unit) -> None:
    for _ in range(rules.TRIES):
        service.begin_sign_in(unit.session, "hanh", now=unit.now)
    service.begin_sign_in(unit.session, "hanh", now=later(unit, minutes=15).now)


def test_tries_are_forgotten_once_they_no_longer_count(unit: Unit) -> None:
    for minutes in (0, 10):
        service.begin_sign_in(unit.session, "hanh", now=later(unit, minutes=minutes).now)
    assert service.forget_old_tries(unit.session, now=later(unit, minutes=15).now) == 1
    assert len(unit.session.exec(select(FailedSignIn)).all()) == 1


def test_a_right_password_takes_the_count_back(unit: Unit) -> None:
    nurse(unit)
    for _ in range(rules.TRIES - 1):
        service.begin_sign_in(unit.session, "hanh", now=unit.now)
    sign_in(unit, "hanh")
    assert unit.session.exec(select(FailedSignIn)).all() == []


def test_guessing_elsewhere_does_not_lock_the_station_out(unit: Unit) -> None:
    nurse(unit)
    device = sign_in(unit, "hanh").device_token
    for _ in range(rules.TRIES):
        service.begin_sign_in(unit.session, "hanh", now=unit.now)
    assert sign_in(unit, "hanh", Browser(device_token=device, remember=True)).token


def test_a_disabled_person_is_refused_after_the_right_password(unit: Unit) -> None:
    member = nurse(unit)
    staff = queries.get_staff(unit.session, member.staff_id)
    staff.disabled_at = unit.now
    unit.session.add(staff)
    with pytest.raises(ForbiddenError, match="account-closed"):
        sign_in(unit, "hanh")


def test_who_works_nowhere_is_refused(unit: Unit) -> None:
    nurse(unit, valid_to=TODAY)
    with pytest.raises(ForbiddenError, match="account-closed"):
        sign_in(unit, "hanh")


def test_an_unknown_person_never_gets_in(unit: Unit) -> None:
    with pytest.raises(ForbiddenError, match="account-closed"):
        sign_in(unit, "nobody")


def test_an_outdated_hash_is_replaced(unit: Unit) -> None:
    nurse(unit)
    attempt = service.begin_sign_in(unit.session, "hanh", now=unit.now)
    service.complete_sign_in(
        unit.session, attempt, Browser(), lasting=LASTING, new_hash="better", now=unit.now
    )
    assert unit.session.exec(select(Staff.password_hash)).one() == "better"


def test_a_sign_in_ends_after_its_time(unit: Unit) -> None:
    nurse(unit)
    token = sign_in(unit, "hanh").token
    assert is_open(later(unit, hours=11, minutes=59), token)
    assert not is_open(later(unit, hours=12), token)


def test_signing_in_again_ends_what_the_browser_had(unit: Unit) -> None:
    nurse(unit)
    first = sign_in(unit, "hanh").token
    second = sign_in(unit, "hanh", Browser(sign_in_token=first)).token
    assert not is_open(unit, first)
    assert is_open(unit, second)


def test_signing_out_ends_it_and_may_be_repeated(unit: Unit) -> None:
    nurse(unit)
    token = sign_in(unit, "hanh").token
    service.sign_out(unit.session, token, now=unit.now)
    service.sign_out(unit.session, token, now=unit.now)
    service.sign_out(unit.session, None, now=unit.now)
    assert not is_open(unit, token)


def test_one_signs_in_where_one_worked_last(unit: Unit) -> None:
    member = nurse(unit)
    other = make_facility(unit.session, name="Trạm Y tế xã Cẩm Giàng")
    post = service.Post(other.id, Role.COORDINATOR, rules.Qualification.OTHER, "")
    second = service.add_membership(unit.session, member.staff_id, post, on=TODAY)
    first = sign_in(unit, "hanh")
    assert first.actor.ref == second.id
    moved = service.change_workplace(unit.session, first.actor, member.ref, first.token, now=unit.now)
    assert (moved.actor.ref, is_open(unit, first.token)) == (member.ref, False)
    assert sign_in(later(unit, minutes=1), "hanh").actor.ref == member.ref


def test_nobody_changes_to_the_workplace_of_another(unit: Unit) -> None:
    nurse(unit)
    stranger = make_member(unit.session)
    done = sign_in(unit, "hanh")
    with pytest.raises(NotFoundError, match="membership-not-found"):
        service.change_workplace(unit.session, done.actor, stranger.ref, done.token, now=unit.now)


def test_one_ends_ones_own_sign_ins_only(unit: Unit) -> None:
    nurse(unit)
    stranger = make_member(unit.session, username="lan")
    here, there = sign_in(unit, "hanh"), sign_in(unit, "hanh")
    row = queries.find_open_sign_in(unit.session, there.token)
    assert row is not None
    with pytest.raises(NotFoundError, match="sign-in-not-found"):
        service.end_own_sign_in(unit.session, stranger, row.id, now=unit.now)
    service.end_own_sign_in(unit.session, here.actor, row.id, now=unit.now)
    assert (is_open(unit, here.token), is_open(unit, there.token)) == (True, False)


def switch(unit: Unit, member: MembershipActor, browser: Browser) -> SignedIn:
    """Switch to a colleague whose PIN was found right."""
    attempt = service.begin_switch(unit.session, member.ref, browser, now=unit.now)
    return service.complete_switch(unit.session, attempt, browser, lasting=LASTING, now=unit.now)


def test_a_pin_switches_between_colleagues_on_one_machine(unit: Unit) -> None:
    hanh, lan = nurse(unit), nurse(unit, username="lan", name="Lý Thị Lan")
    device = sign_in(unit, "hanh").device_token
    on_device = Browser(device_token=device, remember=True)
    second = sign_in(unit, "lan", on_device)
    assert second.device_token is None
    listed = queries.list_colleagues(unit.session, device, now=unit.now, today=TODAY)
    assert [(each.membership_id, each.has_pin) for each in listed] == [(hanh.ref, True), (lan.ref, True)]
    back = switch(unit, hanh, Browser(second.token, device))
    assert (back.actor.ref, is_open(unit, second.token)) == (hanh.ref, False)


def test_a_pin_does_not_outlast_the_shift(unit: Unit) -> None:
    member = nurse(unit)
    on_device = Browser(device_token=sign_in(unit, "hanh").device_token)
    in_time = later(unit, hours=11)
    token = switch(in_time, member, on_device).token
    assert is_open(later(unit, hours=11, minutes=59), token)
    assert not is_open(later(unit, hours=12), token)
    with pytest.raises(ForbiddenError, match="pin-needs-password"):
        service.begin_switch(unit.session, member.ref, on_device, now=later(unit, hours=12).now)


def test_five_wrong_pins_ask_for_the_password(unit: Unit) -> None:
    member = nurse(unit)
    device = sign_in(unit, "hanh").device_token
    on_device = Browser(device_token=device, remember=True)
    for _ in range(rules.WRONG_PINS):
        service.begin_switch(unit.session, member.ref, on_device, now=unit.now)
    with pytest.raises(ForbiddenError, match="pin-needs-password"):
        service.begin_switch(unit.session, member.ref, on_device, now=unit.now)
    sign_in(unit, "hanh", on_device)
    assert switch(unit, member, on_device).token


def test_a_right_pin_forgives_the_wrong_ones(unit: Unit) -> None:
    member = nurse(unit)
    on_device = Browser(device_token=sign_in(unit, "hanh").device_token)
    for _ in range(3):
        for _ in range(rules.WRONG_PINS - 1):
            service.begin_switch(unit.session, member.ref, on_device, now=unit.now)
        switch(unit, member, on_device)


def test_a_pin_works_only_where_its_owner_gave_a_password(unit: Unit) -> None:
    hanh, lan = nurse(unit), nurse(unit, username="lan")
    device = sign_in(unit, "hanh").device_token
    for member, token in ((lan, device), (hanh, None), (hanh, "made-up")):
        with pytest.raises(ForbiddenError, match="pin-needs-password"):
            service.begin_switch(unit.session, member.ref, Browser(device_token=token), now=unit.now)
    with pytest.raises(ForbiddenError, match="pin-needs-password"):
        service.begin_switch(unit.session, new_id(), Browser(device_token=device), now=unit.now)


def test_without_a_pin_the_password_is_needed(unit: Unit) -> None:
    member = nurse(unit, pin_hash=None)
    device = sign_in(unit, "hanh").device_token
    assert [c.has_pin for c in queries.list_colleagues(unit.session, device, now=unit.now, today=TODAY)] == [
        False
    ]
    with pytest.raises(ForbiddenError, match="pin-needs-password"):
        service.begin_switch(unit.session, member.ref, Browser(device_token=device), now=unit.now)


def test_a_device_forgets_after_a_month(unit: Unit) -> None:
    nurse(unit)
    device = sign_in(unit, "hanh").device_token
    after = later(unit, days=30).now
    assert queries.list_colleagues(unit.session, device, now=after, today=TODAY) == []


def test_a_machine_that_is_not_to_remember_forgets(unit: Unit) -> None:
    nurse(unit)
    device = sign_in(unit, "hanh").device_token
    sign_in(unit, "hanh", Browser(device_token=device, remember=False))
    assert queries.list_colleagues(unit.session, device, now=unit.now, today=TODAY) == []


def test_a_name_can_be_taken_off_the_list(unit: Unit) -> None:
    member = nurse(unit)
    device = sign_in(unit, "hanh").device_token
    service.forget_colleague(unit.session, member.ref, Browser(device_token=device))
    service.forget_colleague(unit.session, member.ref, Browser(device_token=device))
    assert queries.list_colleagues(unit.session, device, now=unit.now, today=TODAY) == []
