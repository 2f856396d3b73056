"""Switching on and off, one owner for each address, what ends it, key rotation, keys and settings."""

from uuid import uuid4

import pytest
from sqlmodel import select

from telehealth import fitting, wiring
from telehealth.kit.crypto import place
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus, publish
from telehealth.kit.settings import Settings
from telehealth.push import queries, service
from telehealth.push.models import PushSubscription
from telehealth.push.sender import new_key
from telehealth.staff.actors import MembershipActor
from telehealth.staff.events import MembershipClosed, PasswordReset, SignInsEnded, StaffDisabled
from tests.support.urgent import UrgentWorld, make_urgent_world

HOSTS = ("fcm.googleapis.com",)
PHONE = "https://fcm.googleapis.com/fcm/send/phone"


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def world(unit: Unit) -> UrgentWorld:
    return make_urgent_world(unit.session, now=unit.now)


def switch_on(
    unit: Unit, doctor: MembershipActor, endpoint: str = PHONE, browser_token: str | None = None
) -> str:
    return service.switch_on(
        unit.session,
        doctor,
        endpoint,
        hosts=HOSTS,
        label="Chrome · Android",
        browser_token=browser_token,
        now=unit.now,
    )


def rows(unit: Unit) -> list[PushSubscription]:
    return list(unit.session.exec(select(PushSubscription)))


def code_of(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def test_the_address_is_sealed_and_the_token_hashed(unit: Unit, world: UrgentWorld) -> None:
    token = switch_on(unit, world.doctors[0][0])
    [row] = rows(unit)
    assert PHONE.encode() not in row.endpoint_sealed
    assert token not in (row.browser_hash, row.endpoint_index)
    assert queries.find_browser(unit.session, token) == row
    assert queries.find_browser(unit.session, None) is None


def test_an_address_belongs_to_whoever_switched_it_on_last(unit: Unit, world: UrgentWorld) -> None:
    first, second = world.doctors[0]
    switch_on(unit, first)
    switch_on(unit, second)
    assert [row.membership_id for row in rows(unit)] == [second.ref]


def test_a_browser_with_a_new_address_replaces_its_old_one(unit: Unit, world: UrgentWorld) -> None:
    doctor = world.doctors[0][0]
    token = switch_on(unit, doctor)
    switch_on(unit, doctor, PHONE + "2", token)
    assert len(rows(unit)) == 1


def test_a_foreign_address_is_refused_and_a_nurse_is_not_asked(unit: Unit, world: UrgentWorld) -> None:
    with pytest.raises(DomainError) as refused:
        switch_on(unit, world.doctors[0][0], "https://intranet.example.vn/x")
    assert code_of(refused) == "push-endpoint-refused"
    with pytest.raises(DomainError) as refused:
        switch_on(unit, world.nurse)
    assert code_of(refused) == "not-allowed"
    assert rows(unit) == []


def test_only_the_owner_switches_off(unit: Unit, world: UrgentWorld) -> None:
    first, second = world.doctors[0]
    switch_on(unit, first)
    [row] = rows(unit)
    for actor, wanted in ((second, row.id), (first, uuid4())):
        with pytest.raises(DomainError) as refused:
            service.switch_off(unit.session, actor, wanted, now=unit.now)
        assert code_of(refused) == "push-not-found"
    service.switch_off(unit.session, first, row.id, now=unit.now)
    assert rows(unit) == []


def test_signing_out_of_the_browser_ends_it(unit: Unit, world: UrgentWorld) -> None:
    token = switch_on(unit, world.doctors[0][0])
    service.leave_browser(unit.session, "another browser", now=unit.now)
    assert len(rows(unit)) == 1
    service.leave_browser(unit.session, token, now=unit.now)
    assert rows(unit) == []


def test_whoever_may_not_work_any_more_is_told_nothing(unit: Unit, world: UrgentWorld) -> None:
    first, second = world.doctors[0]
    for event in (
        StaffDisabled(first.staff_id, (first.ref,)),
        MembershipClosed(first.staff_id, first.ref),
        PasswordReset(first.staff_id, (first.ref,)),
    ):
        switch_on(unit, first)
        switch_on(unit, second, PHONE + "2")
        publish(unit.session, event, now=unit.now)
        assert [row.membership_id for row in rows(unit)] == [second.ref]


def test_a_sign_in_that_somebody_ended_takes_its_browser_along(unit: Unit, world: UrgentWorld) -> None:
    switch_on(unit, world.doctors[0][0])
    [row] = rows(unit)
    row.sign_in_id = uuid4()
    unit.session.add(row)
    unit.session.flush()
    publish(unit.session, SignInsEnded(uuid4(), (uuid4(),)), now=unit.now)
    assert len(rows(unit)) == 1
    publish(unit.session, SignInsEnded(uuid4(), (row.sign_in_id,)), now=unit.now)
    assert rows(unit) == []


def test_a_rotation_seals_addresses_anew(unit: Unit, world: UrgentWorld) -> None:
    switch_on(unit, world.doctors[0][0])
    keyring = unit.session.info["keyring"].rotated()
    assert service.reseal(unit.session, keyring, 10) == 1
    assert service.reseal(unit.session, keyring, 10) == 0
    [row] = rows(unit)
    assert keyring.open(row.endpoint_sealed, place("push_subscription", "endpoint", row.id)) == PHONE


def test_without_a_key_there_is_no_job_and_with_one_there_is(database: Database) -> None:
    key, public = new_key()
    off, on = Settings(), Settings(push_key=key, push_contact="mailto:truc@example.vn")
    assert fitting.build_pusher(off) is None
    assert "push" not in {job.name for job in wiring.build_jobs(off, database, [])}
    assert "push" in {job.name for job in wiring.build_jobs(on, database, [])}
    pusher = fitting.build_pusher(on)
    assert pusher is not None
    assert pusher.public_key == public
    assert key not in repr(pusher) + repr(on)


@pytest.mark.parametrize(
    ("key", "contact", "named"),
    [
        ("AAAA", "mailto:truc@example.vn", "PUSH_KEY"),
        ("ö", "mailto:truc@example.vn", "PUSH_KEY"),
        ("A" * 43, "mailto:truc@example.vn", "PUSH_KEY"),
        (None, "", "PUSH_CONTACT"),
        (None, "truc@example.vn", "PUSH_CONTACT"),
    ],
)
def test_a_key_or_contact_of_no_use_is_named(key: str | None, contact: str, named: str) -> None:
    key = new_key()[0] if key is None else key  # a good one, drawn here: workers must collect the same tests
    with pytest.raises(ValueError, match=f"TELEHEALTH_{named}"):
        fitting.build_pusher(Settings(push_key=key, push_contact=contact))
