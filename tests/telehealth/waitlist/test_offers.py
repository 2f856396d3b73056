"""From a freed time to an appointment: offering, answering, running out. On both databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from telehealth.availability.service import add_service_type
from telehealth.followup.models import Task
from telehealth.kit.changes import Change
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.jobs import sweep
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import MAX_HOLDS, MAX_KEPT, Priority
from telehealth.visits.service import withdraw
from telehealth.waitlist import queries, service
from telehealth.waitlist.jobs import settle
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.rules import OFFER_TIME
from tests.support.booking import OFFICE_HOURS, TODAY, at
from tests.support.broken import unwritable
from tests.support.clock import FixedClock
from tests.support.world import make_facility, make_member
from tests.telehealth.waitlist.world import WaitWorld, cancel, make_wait_world


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as caught:
        yield
    assert caught.value.code == code


def entry_of(database: Database, entry_id: UUID) -> WaitlistEntry:
    with database.read() as unit:
        entry = unit.session.get_one(WaitlistEntry, entry_id)
        unit.session.expunge_all()
        return entry


def entry_in(session: Session, entry_id: UUID) -> WaitlistEntry:
    return session.get_one(WaitlistEntry, entry_id)


def tasks(session: Session) -> list[tuple[str, str]]:
    return [(each.kind, each.state) for each in session.exec(select(Task).order_by(col(Task.id)))]


def test_a_coordinator_offers_to_as_many_as_wait_and_may_still_hold_ten_slots(database: Database) -> None:
    many = MAX_HOLDS + 1
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_wait_world(session, patients=many, visits=2, hours=OFFICE_HOURS)
        entries = [world.join(session, patient=each, now=now) for each in range(many)]
        for number, entry in enumerate(entries):
            starts_at = at("09:30", days=1 + number // 2) + timedelta(hours=number % 2)
            offered = world.offer(session, entry, starts_at, now=now)
            assert offered.state == "offered"
        own = replace(world.coordinator, facility_id=world.nurse.here)

        def hold(number: int) -> Appointment:
            visit_id = world.booking.visits[number][1]
            wanted = world.booking.request(at("14:10", days=1 + number), patient=number, visit_id=visit_id)
            return scheduling.hold(session, own, wanted, now=now)

        assert {hold(number).held_by for number in range(MAX_HOLDS)} == {world.coordinator.ref}
        with refused("too-many-holds"):
            hold(MAX_HOLDS)


def test_a_cancellation_becomes_an_appointment_and_the_later_one_gives_way(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        early = world.book(unit.session, at("09:30", days=1), patient=0)
        late = world.book(unit.session, at("09:30", days=5), patient=1)
        entry = world.join(unit.session, patient=1, doctor_membership_id=world.booking.doctors[0].ref)
        told = len(unit.session.exec(select(Change).where(Change.topic == "waitlist")).all())
    with database.write() as unit:
        cancel(unit.session, world.nurse, early, now=unit.now)
        scopes = [row.scope_id for row in unit.session.exec(select(Change).where(Change.topic == "waitlist"))]
        assert scopes[told:] == [world.coordinator.here]
    with database.write() as unit:
        assert ("Tue 09:30", [entry.id]) in world.gaps(unit.session, now=unit.now)
        offered = world.offer(unit.session, entry, at("09:30", days=1), now=unit.now)
        assert offered.offer_expires_at == unit.now + OFFER_TIME
        assert tasks(unit.session)[-1] == ("answer_offer", "open")
        [(own, held)] = queries.list_offers(unit.session, world.nurse, now=unit.now)
        assert (own.id, held.starts_at, held.status) == (entry.id, at("09:30", days=1), "held")
        assert unit.session.get_one(Appointment, late.id).status == "booked"
    clock.advance(minutes=10)
    with database.write() as unit:
        booked = service.accept(unit.session, world.nurse, entry.id, version=offered.version, now=unit.now)
        later = unit.session.get_one(Appointment, late.id)
        assert (booked.status, booked.starts_at) == ("booked", at("09:30", days=1))
        assert (later.status, later.cancel_reason) == ("cancelled", "moved_earlier")
        assert ("answer_offer", "done") in tasks(unit.session)
        live = select(Claim).where(Claim.appointment_id == late.id, col(Claim.state) != "released")
        assert unit.session.exec(live).all() == []
    assert entry_of(database, entry.id).state == "accepted"


def test_the_most_urgent_is_named_first_then_whoever_waits_longest(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    ids = []
    for patient, priority in ((0, Priority.ROUTINE), (1, Priority.ROUTINE), (2, Priority.URGENT)):
        with database.write() as unit:
            ids.append(world.join(unit.session, patient=patient, priority=priority, now=unit.now).id)
        clock.advance(minutes=1)
    with database.write() as unit:
        assert world.gaps(unit.session, now=unit.now)[0] == ("Mon 09:30", [ids[2], ids[0], ids[1]])
        listed = queries.load_wait_list(unit.session, world.coordinator, now=unit.now).entries
        assert [entry.id for entry in listed] == [ids[2], ids[0], ids[1]]


def test_only_earlier_times_help_who_is_booked_already(database: Database, world: WaitWorld) -> None:
    with database.write() as unit:
        world.book(unit.session, at("09:50", days=1), patient=0)
        entry = world.join(unit.session, patient=0)
        walls = {wall for wall, _ in world.gaps(unit.session, now=unit.now)}
        assert walls == {"Mon 09:30", "Mon 09:50", "Tue 09:30"}
        with refused("slot-not-wanted"):
            world.offer(unit.session, entry, at("09:50", days=1), doctor=1, now=unit.now)


def test_a_time_that_is_offered_is_no_gap_and_cannot_be_offered_twice(
    database: Database, world: WaitWorld
) -> None:
    with database.write() as unit:
        first = world.join(unit.session, patient=0, doctor_membership_id=world.booking.doctors[0].ref)
        second = world.join(unit.session, patient=1, doctor_membership_id=world.booking.doctors[0].ref)
        world.offer(unit.session, first, at("09:30"), now=unit.now)
        assert "Mon 09:30" not in dict(world.gaps(unit.session, now=unit.now))
    with refused("slot-taken"), database.write() as unit:
        world.offer(unit.session, second, at("09:30"), now=unit.now)
    with refused("invalid-transition"), database.write() as unit:
        world.offer(unit.session, first, at("09:50"), now=unit.now)


def test_an_offer_that_ran_out_is_free_at_once_and_its_entry_waits_again(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        first = world.join(unit.session, patient=0)
        second = world.join(unit.session, patient=1)
        world.offer(unit.session, first, at("09:30", days=1), now=unit.now)
    clock.advance(minutes=31)
    with refused("hold-expired"), database.write() as unit:
        service.accept(unit.session, world.nurse, first.id, version=None, now=unit.now)
    with database.write() as unit:
        world.offer(unit.session, second, at("09:30", days=1), now=unit.now)
    assert settle(database) == 1
    sweep(database)
    with database.read() as unit:
        assert tasks(unit.session) == [("answer_offer", "done"), ("answer_offer", "open")]
    lapsed = entry_of(database, first.id)
    assert (lapsed.state, lapsed.offer_appointment_id, lapsed.offers_made) == ("waiting", None, 1)
    with database.write() as unit:
        again = world.offer(unit.session, first, at("09:50", days=1), now=unit.now)
        assert (again.state, again.offers_made) == ("offered", 2)


@pytest.mark.parametrize(("keeps_waiting", "state"), [(True, "waiting"), (False, "declined")])
def test_declining_gives_the_time_back(
    database: Database, world: WaitWorld, keeps_waiting: bool, state: str
) -> None:
    with database.write() as unit:
        entry = world.join(unit.session, patient=0)
        offered = world.offer(unit.session, entry, at("09:30"), now=unit.now)
        held_id = offered.offer_appointment_id
    with database.write() as unit:
        service.decline(
            unit.session,
            world.nurse,
            entry.id,
            keeps_waiting=keeps_waiting,
            version=offered.version,
            now=unit.now,
        )
        assert unit.session.get_one(Appointment, held_id).status == "cancelled"
    assert entry_of(database, entry.id).state == state


def test_taking_an_entry_back_gives_back_what_is_offered(database: Database, world: WaitWorld) -> None:
    with database.write() as unit:
        entry = world.join(unit.session, patient=0)
        held_id = world.offer(unit.session, entry, at("09:30"), now=unit.now).offer_appointment_id
    with database.write() as unit:
        service.cancel(unit.session, world.nurse, entry.id, version=None, now=unit.now)
        assert unit.session.get_one(Appointment, held_id).status == "cancelled"
    with database.write() as unit:
        assert world.join(unit.session, patient=0).state == "waiting"


def test_an_offer_confirmed_like_any_hold_is_accepted(database: Database, world: WaitWorld) -> None:
    with database.write() as unit:
        entry = world.join(unit.session, patient=0)
        held_id = world.offer(unit.session, entry, at("09:30"), now=unit.now).offer_appointment_id
    with database.write() as unit:
        scheduling.confirm(unit.session, world.nurse, held_id, version=None, now=unit.now)
    assert entry_of(database, entry.id).state == "accepted"


def test_a_hold_beside_a_later_appointment_is_not_confirmed_by_itself(
    database: Database, world: WaitWorld
) -> None:
    with database.write() as unit:
        world.book(unit.session, at("09:30", days=3), patient=0)
        entry = world.join(unit.session, patient=0)
        held_id = world.offer(unit.session, entry, at("09:30"), now=unit.now).offer_appointment_id
    with refused("visit-has-appointment"), database.write() as unit:
        scheduling.confirm(unit.session, world.nurse, held_id, version=None, now=unit.now)
    assert entry_of(database, entry.id).state == "offered"


def test_a_hold_given_back_by_another_way_lets_the_entry_wait_again(
    database: Database, world: WaitWorld
) -> None:
    with database.write() as unit:
        entry = world.join(unit.session, patient=0)
        held_id = world.offer(unit.session, entry, at("09:30"), now=unit.now).offer_appointment_id
    with database.write() as unit:
        scheduling.release(unit.session, world.nurse, held_id, now=unit.now)
    assert settle(database) == 1
    assert entry_of(database, entry.id).state == "waiting"


def test_who_waits_for_nothing_any_more_is_let_go(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        late = world.join(unit.session, patient=0, latest_on=TODAY)
        gone = world.join(unit.session, patient=1)
        withdraw(unit.session, world.nurse, world.visit(1), reason="", now=unit.now)
        assert gone.id not in {i for _, ids in world.gaps(unit.session, now=unit.now) for i in ids}
    clock.advance(minutes=24 * 60)
    settle(database)
    assert entry_of(database, late.id).state == "expired"
    assert entry_of(database, gone.id).state == "cancelled"


def test_an_entry_that_cannot_be_written_stops_no_other(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        broken, over, offered = (
            world.join(unit.session, patient=each, latest_on=TODAY).id for each in range(3)
        )
        world.offer(unit.session, entry_in(unit.session, offered), at("09:30"), now=unit.now)
    clock.advance(minutes=24 * 60)
    with unwritable(WaitlistEntry, broken):
        assert settle(database) == 2
    found = [entry_of(database, each).state for each in (broken, over, offered)]
    assert found == ["waiting", "expired", "expired"]
    assert settle(database) == 1
    assert entry_of(database, broken).state == "expired"


def test_an_offer_never_outlasts_its_own_start_nor_the_longest_hold(
    database: Database, world: WaitWorld, clock: FixedClock
) -> None:
    assert OFFER_TIME <= MAX_KEPT
    clock.set(at("09:15"))
    with database.write() as unit:
        entry = world.join(unit.session, patient=0, now=unit.now)
        offered = world.offer(unit.session, entry, at("09:30"), now=unit.now)
        assert offered.offer_expires_at == at("09:30")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"earliest_on": TODAY - timedelta(days=1)}, "bad-wait-window"),
        ({"latest_on": TODAY - timedelta(days=1)}, "bad-wait-window"),
        ({"latest_on": TODAY + timedelta(days=93)}, "bad-wait-window"),
        ({"weekdays": (7,)}, "bad-wait-window"),
        ({"pool_id": None}, "whom-to-wait-for"),
        ({"pool_id": UUID(int=7)}, "pool-not-found"),
        ({"doctor_membership_id": UUID(int=7)}, "membership-not-found"),
        ({"visit_id": UUID(int=7)}, "visit-not-found"),
        ({"service_code": "none"}, "service-not-found"),
    ],
)
def test_a_bad_wish_is_refused(database: Database, world: WaitWorld, wish: dict[str, Any], code: str) -> None:
    with refused(code), database.write() as unit:
        world.join(unit.session, patient=0, **wish)


def test_one_visit_waits_once(database: Database, world: WaitWorld) -> None:
    with database.write() as unit:
        world.join(unit.session, patient=0)
        with refused("already-waiting"):
            world.join(unit.session, patient=0)


def test_others_see_no_entry_of_ours(database: Database, world: WaitWorld) -> None:
    with database.write() as unit:
        entry = world.join(unit.session, patient=0)
        stranger = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
        for act in (service.accept, service.cancel):
            with refused("waitlist-entry-not-found"):
                act(unit.session, stranger, entry.id, version=None, now=unit.now)
        assert queries.list_own(unit.session, stranger, now=unit.now) == []
        with refused("not-allowed"):
            service.offer(
                unit.session,
                world.nurse,
                entry.id,
                doctor_membership_id=world.booking.doctors[0].ref,
                starts_at=at("09:30"),
                version=None,
                now=unit.now,
            )


def test_a_stale_version_never_writes(database: Database, world: WaitWorld) -> None:
    with database.write() as unit:
        entry = world.join(unit.session, patient=0)
        world.offer(unit.session, entry, at("09:30"), now=unit.now)
    with refused("stale-version"), database.write() as unit:
        service.accept(unit.session, world.nurse, entry.id, version=1, now=unit.now)


def test_the_list_costs_the_same_for_one_who_waits_and_for_three(
    database: Database, world: WaitWorld
) -> None:
    counts = []
    for patients in (range(1), range(1, 3)):
        with database.write() as unit:
            for patient in patients:
                world.join(unit.session, patient=patient)
        with database.write() as unit:
            count = _statements(database, lambda u=unit: world.gaps(u.session, now=u.now))
        counts.append(count)
    assert counts[0] == counts[1] <= 12


def _statements(database: Database, act: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(database.writer, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(database.writer, "before_cursor_execute", note)
    return len([each for each in seen if each.startswith(("SELECT", "WITH"))])


def test_what_has_to_be_accepted_is_agreed_at_once_as_the_pool_offered_it(database: Database) -> None:
    with database.write() as unit:
        world = make_wait_world(unit.session, accept_mode="doctor")
        later = world.book(unit.session, at("09:30", days=3), patient=0)
        scheduling.accept(unit.session, world.booking.doctors[0], later.id, version=None, now=unit.now)
        entry = world.join(unit.session, patient=0)
        world.offer(unit.session, entry, at("09:30", days=1), now=unit.now)
        earlier = service.accept(unit.session, world.nurse, entry.id, version=None, now=unit.now)
        assert (earlier.status, later.status, entry.state) == ("booked", "cancelled", "accepted")


def test_who_waits_for_an_earlier_time_waits_for_the_same_service(database: Database) -> None:
    with database.write() as unit:
        world = make_wait_world(unit.session)
        longer = add_service_type(unit.session, "hoi_chan", duration_minutes=40, offset_minutes=10)
        world.booking.book(
            unit.session,
            at("09:30", days=3),
            now=unit.now,
            visit_id=world.visit(0),
            service_code="hoi_chan",
        )
        entries = [world.join(unit.session, patient=0), world.join(unit.session, patient=1)]
        assert [each.service_type_id for each in entries] == [longer.id, world.booking.service.id]
