"""Who makes and ends secret addresses, and when they are no longer there."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.interop import queries, service
from telehealth.interop.errors import CalendarFeedNotFoundError, TooManyCalendarFeedsError
from telehealth.interop.models import CalendarFeed
from telehealth.interop.rules import MAX_FEEDS
from telehealth.kit.actors import SYSTEM, ActorKind
from telehealth.kit.db import Database
from telehealth.kit.errors import ForbiddenError
from telehealth.staff import service as staff
from telehealth.staff.models import Membership
from telehealth.staff.rules import Role
from telehealth.staff.service import Post
from tests.support.booking import TODAY
from tests.support.clock import FixedClock
from tests.support.world import make_facility, make_member
from tests.telehealth.interop.addresses import is_gone, made
from tests.telehealth.interop.conftest import Place


def test_a_revoked_address_is_gone_and_stays_so(database: Database, place: Place) -> None:
    feed_id, token = made(database, place.doctor)
    kept = made(database, place.doctor)[1]
    for _ in range(2):
        with database.write() as unit:
            service.revoke_feed(unit.session, place.doctor, feed_id, now=unit.now)
        assert is_gone(database, token)
    assert not is_gone(database, kept)
    with database.read() as unit:
        acts = [
            (row.facts["act"], row.subject_id)
            for row in unit.session.exec(select(AuditEntry).where(AuditEntry.action == "calendar.manage"))
        ]
    assert acts.count(("revoke", feed_id)) == 1
    assert [act for act, _ in acts].count("create") == 2


def test_an_address_nobody_made_is_not_there(database: Database, place: Place) -> None:
    made(database, place.doctor)
    assert all(is_gone(database, token) for token in ("", "0" * 43, "x" * 5000))


@pytest.mark.parametrize("who", ["doctor", "coordinator"])
def test_who_is_shut_out_reads_no_calendar_any_more_not_even_when_let_in_again(
    database: Database, place: Place, who: str
) -> None:
    """Disabling is for lost machines: what is on them must not come back to life."""
    actor = getattr(place, who)
    _, token = made(database, actor)
    with database.write() as unit:
        staff.disable(unit.session, SYSTEM, actor.ref, now=unit.now)
    assert is_gone(database, token)
    with database.write() as unit:
        staff.enable(unit.session, SYSTEM, actor.ref, now=unit.now)
    assert is_gone(database, token)
    with database.read() as unit:
        ended = select(AuditEntry).where(AuditEntry.subject_kind == "calendar_feed")
        rows = [row for row in unit.session.exec(ended) if row.facts["act"] == "revoke"]
        assert [row.actor_kind for row in rows] == [ActorKind.SYSTEM]


def test_a_password_that_is_reset_ends_the_addresses_too(database: Database, place: Place) -> None:
    """Whoever got hold of the password may have made or copied an address."""
    own, others = made(database, place.doctor)[1], made(database, place.coordinator)[1]
    with database.write() as unit:
        staff.reset(unit.session, SYSTEM, place.doctor.ref, now=unit.now)
    assert (is_gone(database, own), is_gone(database, others)) == (True, False)


def test_a_membership_that_ends_some_day_ends_its_addresses_that_day(
    database: Database, place: Place, clock: FixedClock
) -> None:
    _, token = made(database, place.coordinator)
    with database.write() as unit:
        on = TODAY + timedelta(days=3)
        staff.close_membership(unit.session, SYSTEM, place.coordinator.ref, on=on, version=1, now=unit.now)
    clock.advance(days=2)
    assert not is_gone(database, token)
    clock.advance(days=1)
    assert is_gone(database, token)
    with database.read() as unit:
        (card,) = queries.list_feeds(unit.session, place.manager, today=on)
        assert not card.is_live


def test_who_stops_today_loses_the_address_at_once(database: Database, place: Place) -> None:
    feed_id, token = made(database, place.coordinator)
    with database.write() as unit:
        ref = place.coordinator.ref
        staff.close_membership(unit.session, SYSTEM, ref, on=TODAY, version=1, now=unit.now)
    assert is_gone(database, token)
    with database.read() as unit:
        assert unit.session.get_one(CalendarFeed, feed_id).revoked_at is not None


def test_a_doctor_who_moves_makes_a_new_address(database: Database, place: Place) -> None:
    _, token = made(database, place.doctor)
    with database.write() as unit:
        row = unit.session.get_one(Membership, place.doctor.ref)
        post = Post(row.facility_id, Role.DOCTOR, place.doctor.qualification, "BS.", row.licence_number)
        staff.move(unit.session, SYSTEM, row.id, post, on=TODAY, version=row.version, now=unit.now)
    assert is_gone(database, token)


def test_a_role_that_may_no_longer_share_reads_nothing(database: Database, place: Place) -> None:
    """A role is not changed within a membership; were it, the address would not outlive the right."""
    _, token = made(database, place.coordinator)
    with database.write() as unit:
        unit.session.get_one(Membership, place.coordinator.ref).role = Role.STATION_NURSE
    assert is_gone(database, token)
    with database.write() as unit:
        unit.session.get_one(Membership, place.coordinator.ref).role = Role.DOCTOR
    assert is_gone(database, token)


def test_addresses_of_the_facility_are_everybodys_who_coordinates_it(
    database: Database, place: Place
) -> None:
    feed_id, token = made(database, place.coordinator)
    with database.write() as unit:
        (card,) = queries.list_feeds(unit.session, place.manager, today=TODAY)
        assert (card.maker, card.is_live) == (place.coordinator.full_name, True)
        service.revoke_feed(unit.session, place.manager, feed_id, now=unit.now)
    assert is_gone(database, token)


def test_nobody_lists_or_ends_what_is_not_theirs(database: Database, place: Place) -> None:
    own, _ = made(database, place.doctor)
    facilitys, _ = made(database, place.coordinator)
    with database.write() as unit:
        other = make_facility(unit.session, name="Trạm Y tế xã Cẩm Giàng")
        stranger = make_member(unit.session, other, role=Role.COORDINATOR)
    for actor, feed_id in (
        (stranger, facilitys),
        (stranger, own),
        (place.booking.doctors[1], own),
        (place.coordinator, own),
        (place.doctor, facilitys),
    ):
        with database.write() as unit:
            assert feed_id not in [
                card.feed.id for card in queries.list_feeds(unit.session, actor, today=TODAY)
            ]
            with pytest.raises(CalendarFeedNotFoundError):
                service.revoke_feed(unit.session, actor, feed_id, now=unit.now)


def test_a_nurse_has_no_calendar_to_share(database: Database, place: Place) -> None:
    with pytest.raises(ForbiddenError):
        made(database, place.booking.nurse)
    with pytest.raises(ForbiddenError):
        queries.owner_of(replace(place.booking.nurse, role=Role.ADMIN))


def test_there_are_only_so_many_addresses(database: Database, place: Place) -> None:
    feed_id, *_ = [made(database, place.doctor)[0] for _ in range(MAX_FEEDS)]
    with pytest.raises(TooManyCalendarFeedsError):
        made(database, place.doctor)
    with database.write() as unit:
        service.revoke_feed(unit.session, place.doctor, feed_id, now=unit.now)
    made(database, place.doctor)


def test_only_the_hash_of_a_token_is_kept(database: Database, place: Place) -> None:
    feed_id, token = made(database, place.doctor)
    with database.read() as unit:
        row = unit.session.get_one(CalendarFeed, feed_id)
        assert token not in repr(row.model_dump())
        assert len(token) >= 40
