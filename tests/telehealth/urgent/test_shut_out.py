"""Whoever was shut out, or whose role has ended, is rung by nothing; no level waits for them."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.kit.clock import Clock
from telehealth.kit.db import Database, Unit
from telehealth.staff import service as staff
from telehealth.urgent import jobs, queries, service
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import DeclineReason
from tests.support.booking import TODAY
from tests.support.clock import FixedClock
from tests.support.urgent import UrgentWorld, make_urgent_world

End = Callable[[Session, UUID, datetime], None]


def shut_out(session: Session, membership_id: UUID, now: datetime) -> None:
    staff.disable(session, SYSTEM, membership_id, now=now)


def end_today(session: Session, membership_id: UUID, now: datetime) -> None:
    staff.close_membership(session, SYSTEM, membership_id, on=TODAY, version=1, now=now)


ENDS = pytest.mark.parametrize("end", [shut_out, end_today])


class Bell:
    """One patient's request; each act in a unit of its own, as the program has them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        with database.write() as unit:
            self.world: UrgentWorld = make_urgent_world(unit.session, now=unit.now)

    def press(self) -> UUID:
        with self.database.write() as unit:
            return self.world.press(unit.session, now=unit.now).id

    def end(self, end: End, level: int, place: int = 0) -> None:
        with self.database.write() as unit:
            end(unit.session, self.world.doctors[level][place].ref, unit.now)

    def decline(self, request_id: UUID, level: int, place: int) -> None:
        with self.database.write() as unit:
            reason, actor = DeclineReason.WITH_PATIENT, self.world.doctors[level][place]
            service.decline(unit.session, actor, request_id, reason=reason, now=unit.now)

    def again(self, request_id: UUID) -> None:
        with self.database.write() as unit:
            service.ring_again(unit.session, self.world.nurse, request_id, now=unit.now)

    def state(self, request_id: UUID) -> str:
        with self.database.read() as unit:
            return unit.session.get_one(UrgentRequest, request_id).state

    def rung(self, request_id: UUID) -> set[tuple[int, UUID]]:
        with self.database.read() as unit:
            return {
                (each.level, each.membership_id) for each in queries.list_rings(unit.session, [request_id])
            }

    def empty(self, request_id: UUID) -> list[int]:
        with self.database.read() as unit:
            return [each.level for each in queries.list_levels(unit.session, request_id) if each.was_empty]

    def kinds(self, request_id: UUID) -> list[str]:
        with self.database.read() as unit:
            return [each.kind for each in queries.list_events(unit.session, request_id)]


@pytest.fixture
def bell(database: Database, clock: FixedClock) -> Bell:
    return Bell(database, clock)


@ENDS
def test_the_press_passes_a_level_of_which_nobody_works_any_more(bell: Bell, end: End) -> None:
    for place in (0, 1):
        bell.end(end, 0, place)
    request = bell.press()
    assert bell.rung(request) == {(1, bell.world.doctors[1][0].ref)}
    assert bell.empty(request) == [0]


@ENDS
def test_the_next_tick_passes_a_level_that_lost_its_last_doctor(bell: Bell, end: End) -> None:
    request = bell.press()
    bell.decline(request, 0, 0)
    assert jobs.ring_on(bell.database) == 0
    bell.end(end, 0, 1)
    assert jobs.ring_on(bell.database) == 1
    assert (1, bell.world.doctors[1][0].ref) in bell.rung(request)
    assert bell.kinds(request)[-2:] == ["escalated", "rung"]
    assert jobs.ring_on(bell.database) == 0


@ENDS
def test_a_level_that_all_of_its_doctors_left_counts_as_empty(bell: Bell, end: End) -> None:
    request = bell.press()
    for place in (0, 1):
        bell.end(end, 0, place)
    jobs.ring_on(bell.database)
    assert bell.empty(request) == [0]
    assert bell.kinds(request)[-3:] == ["nobody_on_duty", "escalated", "rung"]


@ENDS
def test_while_one_who_may_answer_is_left_the_level_has_its_time(bell: Bell, end: End) -> None:
    request = bell.press()
    bell.end(end, 0, 0)
    assert jobs.ring_on(bell.database) == 0
    assert {level for level, _ in bell.rung(request)} == {0}


@ENDS
def test_with_nobody_left_on_any_level_the_request_is_a_case_at_once(bell: Bell, end: End) -> None:
    request = bell.press()
    for level, place in ((0, 0), (0, 1), (1, 0), (2, 0)):
        bell.end(end, level, place)
    jobs.ring_on(bell.database)
    assert bell.state(request) == "expired"


def test_ringing_again_rings_nobody_who_was_shut_out(bell: Bell, clock: FixedClock) -> None:
    request = bell.press()
    for level, place in ((0, 0), (1, 0), (2, 0)):
        bell.end(shut_out, level, place)
    bell.decline(request, 0, 1)
    assert bell.state(request) == "expired"
    rung_at = clock.at
    clock.advance(seconds=30)
    bell.again(request)
    with bell.database.read() as unit:
        rings = {each.membership_id: each.rung_at for each in queries.list_rings(unit.session, [request])}
    assert rings == {
        bell.world.doctors[0][0].ref: rung_at,
        bell.world.doctors[0][1].ref: clock.at,
    }


def test_who_is_let_in_again_is_rung_within_a_tick(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    back = world.doctors[0][0].ref
    staff.disable(session, SYSTEM, back, now=now)
    request = world.press(session, now=now)
    staff.enable(session, SYSTEM, back, now=now)
    assert service.tick(session, request.id, now=now)
    assert back in {each.membership_id for each in queries.list_rings(session, [request.id])}
