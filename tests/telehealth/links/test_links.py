"""Links on phones: found by hash, five phones, five wrong years, dead at once when revoked."""

from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth.access.queries import is_visible
from telehealth.audit.models import AuditEntry
from telehealth.kit.errors import NotFoundError
from telehealth.links import queries, service
from telehealth.links.errors import LinkClosedError
from telehealth.links.models import LinkOpening, LinkToken
from telehealth.links.service import YearCheck
from telehealth.links.states import LinkState
from tests.support.world import make_member
from tests.telehealth.links.world import World


def test_only_the_hash_of_a_token_is_kept(world: World) -> None:
    token = world.token()
    assert world.token() == token
    stored = world.session.exec(select(LinkToken)).one()
    assert token not in str(stored.model_dump())
    assert world.token(number=2) != token
    assert queries.count_tokens(world.session, world.link.id) == 2


def test_a_tapped_link_is_open_on_that_phone_only(world: World) -> None:
    opened = world.open(world.token())
    actor = world.actor(opened)
    assert actor is not None
    assert (actor.patient_id, actor.purpose, actor.is_confirmed) == (world.patient.id, "join", False)
    stranger = queries.find_actor(world.session, opened.opening_id, "another phone", now=world.now)
    assert stranger is None
    audited = world.session.exec(select(AuditEntry).where(AuditEntry.action == "link.open")).one()
    assert audited.patient_id == world.patient.id


def test_a_second_link_on_a_shared_phone_keeps_the_first(world: World) -> None:
    first = world.open(world.token())
    second = world.open(world.token(world.issue()), first.device_token)
    assert second.device_token == first.device_token
    assert world.actor(first) is not None
    assert world.actor(second) is not None


def test_opening_again_is_the_same_place(world: World) -> None:
    first = world.open(world.token())
    assert world.open(world.token(number=2), first.device_token).opening_id == first.opening_id


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "Đ" * 22, "A" * 500])
def test_any_other_token_is_in_vain(world: World, token: str) -> None:
    world.token()
    with pytest.raises(LinkClosedError):
        world.open(token)


def test_an_ended_link_is_closed_everywhere(world: World) -> None:
    opened = world.open(world.token())
    world.now += timedelta(hours=24)
    assert world.actor(opened) is None
    with pytest.raises(LinkClosedError):
        world.open(str(world.session.exec(select(LinkToken.token_hash)).one()))


def test_a_revoked_link_dies_at_once(world: World) -> None:
    token = world.token()
    opened = world.open(token)
    service.revoke_links(world.session, subject_id=world.link.subject_id, now=world.now)
    assert world.actor(opened) is None
    with pytest.raises(LinkClosedError):
        world.open(token)
    with pytest.raises(NotFoundError):
        world.token(number=2)
    assert service.revoke_links(world.session, subject_id=world.link.subject_id, now=world.now) == 0


def test_a_sixth_phone_takes_the_place_of_the_longest_unused(world: World) -> None:
    phones = [world.open(world.token(), minutes=n) for n in range(5)]
    world.open(world.token(), phones[0].device_token, minutes=5)
    world.open(world.token(), minutes=6)
    assert [world.actor(phone) is not None for phone in phones] == [True, False, True, True, True]
    [card] = queries.list_links(world.session, world.nurse, subject_id=world.link.subject_id, now=world.now)
    assert sum(each.ended_at is None for each in card.openings) == 5


def test_the_right_year_confirms_this_phone(world: World) -> None:
    opened = world.open(world.token())
    actor = world.actor(opened)
    assert actor is not None
    assert service.confirm_year(world.session, actor, 1985, now=world.now) is YearCheck.RIGHT
    confirmed = world.actor(opened)
    assert confirmed is not None
    assert confirmed.is_confirmed
    assert not world.phone().is_confirmed


def test_five_wrong_years_on_any_phones_lock_the_link(world: World) -> None:
    token = world.token()
    confirmed = world.phone(token)
    service.confirm_year(world.session, confirmed, 1985, now=world.now)
    answers = [
        service.confirm_year(world.session, world.phone(token), year, now=world.now)
        for year in range(2000, 2005)
    ]
    assert answers == [YearCheck.WRONG] * 4 + [YearCheck.LOCKED]
    assert world.link.state == LinkState.LOCKED
    assert [event.link_id for event in world.locked] == [world.link.id]
    # The right year no longer helps a new phone; the one confirmed before goes on.
    late = service.confirm_year(world.session, world.phone(token), 1985, now=world.now)
    assert late is YearCheck.LOCKED
    opening = world.session.get_one(LinkOpening, confirmed.opening_id)
    assert opening.confirmed_at is not None
    assert len(world.locked) == 1


def test_staff_see_links_of_their_patients_only(world: World) -> None:
    stranger = make_member(world.session)
    assert queries.list_links(world.session, stranger, patient_id=world.patient.id, now=world.now) == []
    with pytest.raises(NotFoundError):
        queries.get_link(world.session, stranger, world.link.id, now=world.now)
    link = queries.get_link(world.session, world.nurse, world.link.id, now=world.now)
    for _ in range(2):  # ending it again changes nothing
        assert service.revoke_link(world.session, world.nurse, link, now=world.now).state == "revoked"


def test_a_link_sees_no_patient_through_the_scoped_queries(world: World) -> None:
    assert not is_visible(world.session, world.phone(), world.patient.id, now=world.now)
