"""Wrong years by number and facility, locks that the station lifts, links in vain, helpers until a day."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from telehealth.kit.db import Database
from telehealth.kit.policy import policy_of
from telehealth.links import queries, service
from telehealth.links.errors import LinkClosedError
from telehealth.links.jobs import forget_tries
from telehealth.links.models import LinkRefusal, LinkToken, LostLink, WrongYear
from telehealth.links.rules import LOST_IN_ALL, LOST_LINKS, MAX_WRONG_YEARS, WRONG_YEARS, Limits
from telehealth.links.service import YearCheck
from telehealth.links.states import LinkState
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from telehealth.patients.service import lapse_contacts, message_contact
from tests.support.clock import FixedClock
from tests.support.world import make_patient
from tests.telehealth.links.world import World


def lock(world: World, token: str) -> None:
    for year in range(2000, 2000 + MAX_WRONG_YEARS):
        service.confirm_year(world.session, world.phone(token), year, now=world.now)


def test_many_links_to_one_number_bring_no_more_tries(world: World) -> None:
    before = world.phone()
    service.confirm_year(world.session, before, 1985, now=world.now)
    for _ in range(WRONG_YEARS.per_number // MAX_WRONG_YEARS):
        lock(world, world.token(world.issue()))
    fresh = world.phone(world.token(world.issue()))
    assert service.confirm_year(world.session, fresh, 1985, now=world.now) is YearCheck.PAUSED
    [refused] = world.session.exec(select(LinkRefusal)).all()
    assert (refused.kind, refused.count) == ("year", 1)
    # Somebody with another number is not held up, and the next day nobody is.
    other = make_patient(
        world.session, world.nurse, full_name="Triệu Văn Sáng", birth="1990", phone="0912 345 678"
    )
    theirs = world.phone(world.token(world.issue(patient_id=other.id)))
    assert service.confirm_year(world.session, theirs, 1990, now=world.now) is YearCheck.RIGHT
    late = world.now + WRONG_YEARS.span
    assert service.confirm_year(world.session, fresh, 1985, now=late) is YearCheck.RIGHT


def test_a_facility_pauses_after_so_many_wrong_years(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Limits(WRONG_YEARS.span, per_number=15, per_facility=2)
    monkeypatch.setattr("telehealth.links.queries.WRONG_YEARS", few)
    for year in (1990, 1991):
        service.confirm_year(world.session, world.phone(), year, now=world.now)
    assert service.confirm_year(world.session, world.phone(), 1985, now=world.now) is YearCheck.PAUSED


def test_a_station_lifts_a_lock_and_the_number_is_free_again(world: World) -> None:
    lock(world, world.token())
    assert world.link.state == LinkState.LOCKED
    for _ in range(2):  # lifting it again changes nothing
        service.unlock_link(world.session, world.nurse, world.link, now=world.now)
    assert (world.link.state, world.link.wrong_years) == (LinkState.OPEN, 0)
    assert world.session.exec(select(WrongYear)).all() == []
    assert service.confirm_year(world.session, world.phone(), 1985, now=world.now) is YearCheck.RIGHT


def statements(session: Session) -> list[str]:
    """Note every statement from now on."""
    session.flush()
    seen: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda _c, _k, text, *_rest: seen.append(text))
    return seen


def test_every_token_in_vain_takes_the_same_statements(world: World) -> None:
    """Invented, misshapen, revoked and ended: one look-up each, the same; time has nothing to tell."""
    ended, revoked = world.token(), world.token(world.issue())
    service.revoke_links(world.session, subject_id=world.link.subject_id, now=world.now)
    other = world.issue()
    late = world.token(other)
    service.revoke_link(world.session, world.nurse, other, now=world.now)
    seen = statements(world.session)
    taken = []
    for token in (ended, late, "0" * 22, "x", "", "A" * 500, "Đ" * 22):
        seen.clear()
        with pytest.raises(LinkClosedError):
            world.open(token)
        taken.append(list(seen))
    world.now += timedelta(hours=24)
    seen.clear()
    with pytest.raises(LinkClosedError):
        world.open(revoked)
    taken.append(list(seen))
    assert len(taken[0]) == 1
    assert all(each == taken[0] for each in taken)


def test_asking_for_a_lost_link_takes_the_same_statements_whatever_is_typed(world: World) -> None:
    world.token()
    seen = statements(world.session)
    taken = []
    for number in ("+84868123456", "+84911111111"):
        seen.clear()
        service.ask_for_link(world.session, number, now=world.now)
        taken.append(list(seen))
    assert taken[0] == taken[1]
    assert len(world.session.exec(select(LostLink)).all()) == 2


def test_a_flood_of_askings_is_counted_and_let_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LOST_IN_ALL >= 100
    monkeypatch.setattr("telehealth.links.service.losing.LOST_IN_ALL", 2)
    for _ in range(5):
        service.ask_for_link(world.session, "+84868123456", now=world.now)
    assert len(world.session.exec(select(LostLink)).all()) == 2
    [refused] = world.session.exec(select(LinkRefusal)).all()
    assert (refused.kind, refused.count) == ("lost_many", 3)


def test_a_flood_of_invented_numbers_holds_nobody_up(world: World) -> None:
    for number in range(50):
        service.ask_for_link(world.session, f"+8491{number:07}", now=world.now)
    service.ask_for_link(world.session, "+84868123456", now=world.now)
    assert service.settle_unknown(world.session, now=world.now) == 50
    [waiting] = queries.list_lost(world.session)
    settled = world.session.exec(select(LostLink).where(LostLink.id != waiting)).all()
    assert {(each.outcome, each.looked_at) for each in settled} == {("unknown", world.now)}


def take_all(world: World) -> list[LostLink]:
    waiting = queries.list_lost(world.session)
    taken = [service.take_lost(world.session, each, now=world.now) for each in waiting]
    return [each for each in taken if each is not None]


def test_a_number_is_answered_only_so_often_in_a_day(world: World) -> None:
    for _ in range(LOST_LINKS.per_number):
        service.ask_for_link(world.session, "+84868123456", now=world.now)
        [asked] = take_all(world)
        service.settle_lost(world.session, asked, "sent", sent=1, now=world.now)
    service.ask_for_link(world.session, "+84868123456", now=world.now)
    assert take_all(world) == []
    world.now += LOST_LINKS.span
    service.ask_for_link(world.session, "+84868123456", now=world.now)
    assert len(take_all(world)) == 1


def test_who_helps_until_a_day_opens_until_that_day(world: World) -> None:
    contact = world.session.exec(select(Contact)).one()
    today = policy_of(world.session).local_date(world.now)
    contact.relation, contact.until_on = Relation.CHILD, today
    world.session.add(contact)
    link = world.issue()
    link.expires_at = world.now + timedelta(days=9)
    token = world.token(link)
    assert world.session.exec(select(LinkToken.relation)).one() == "child"
    opened = world.open(token)
    helper = world.actor(opened)
    assert helper is not None
    assert helper.is_for_another
    assert lapse_contacts(world.session, now=world.now) == 0
    world.now += timedelta(days=1)
    assert world.actor(opened) is None
    with pytest.raises(LinkClosedError):
        world.open(token)
    assert lapse_contacts(world.session, now=world.now) == 1
    assert message_contact(world.session, world.patient.id) is None


def test_a_slip_of_paper_is_nobodys_phone(world: World) -> None:
    token = service.token_for_delivery(world.session, world.link.id, 7, on_paper=True, now=world.now)
    row = world.session.exec(select(LinkToken)).one()
    assert (row.number_index, row.relation) == (None, "self")
    assert service.confirm_year(world.session, world.phone(token), 1985, now=world.now) is YearCheck.RIGHT


def test_what_was_tried_is_forgotten_after_a_month(database: Database, clock: FixedClock) -> None:
    def ask() -> None:
        with database.write() as unit:
            service.ask_for_link(unit.session, "+84868123456", now=unit.now)

    ask()
    clock.advance(days=31)
    ask()
    forget_tries(database)
    with database.read() as unit:
        assert [each.asked_at for each in unit.session.exec(select(LostLink))] == [unit.now]
