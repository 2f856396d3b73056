"""A doctor whose day gets full between the pool's look and its hold gives way to the next."""

import sys
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from telehealth.availability.models import Resource
from telehealth.kit.db import Database
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbortReason, Candidate, RejectReason
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.pools import ask_pool, make_pool

pytestmark = pytest.mark.databases("postgresql")  # there is one writer at a time on the other

Try = Callable[[Session, Sequence[Candidate], Callable[[UUID], Any]], Any]


def limit(session: Session, world: BookingWorld, most: int) -> None:
    refs = [doctor.ref for doctor in world.doctors]
    for row in session.exec(select(Resource).where(col(Resource.owner_id).in_(refs))):
        row.daily_max = most


def fill_first(database: Database, world: BookingWorld, real: Try, fill: int) -> Try:
    """Return a `try_each` before which somebody books another hour of the first doctor, once."""
    left = [world.visits[fill][0]]

    def between(session: Session, order: Sequence[Candidate], act: Callable[[UUID], Any]) -> Any:
        if left:
            first = [doctor.ref for doctor in world.doctors].index(order[0].doctor_membership_id)
            with database.write() as other:
                visit_id = left.pop()
                world.book(
                    other.session, at("10:30"), now=other.now, patient=fill, doctor=first, visit_id=visit_id
                )
        return real(session, order, act)

    return between


def race(monkeypatch: pytest.MonkeyPatch, module: str, database: Database, world: BookingWorld) -> None:
    found: Any = sys.modules[f"telehealth.scheduling.service.{module}"]
    monkeypatch.setattr(found, "try_each", fill_first(database, world, found.try_each, fill=1))


def test_the_pool_asks_the_next(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=2, patients=2, seats=3, visits=1)
        pool = make_pool(unit.session, world, [0, 1])
        limit(unit.session, world, 1)
    race(monkeypatch, "hold", database, world)
    with database.write() as unit:
        booked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now, visit_id=world.visits[0][0])
        taken = unit.session.exec(select(Appointment).where(Appointment.starts_at == at("10:30"))).one()
        assert booked.doctor_membership_id != taken.doctor_membership_id


@pytest.mark.parametrize("way", ["requests", "moving"])
def test_so_does_a_request_that_is_passed_on_and_a_doctor_who_is_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    mode = "doctor" if way == "requests" else "auto"
    with database.write() as unit:
        world = make_booking_world(
            unit.session, doctors=3, patients=2, seats=3, visits=1, accept_mode=mode, respond_minutes=60
        )
        pool = make_pool(unit.session, world, [0, 1, 2])
        limit(unit.session, world, 1)
        asked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now, visit_id=world.visits[0][0])
        asked_id, first = asked.id, asked.doctor_membership_id
    race(monkeypatch, way, database, world)
    with database.write() as unit:
        doctor = next(each for each in world.doctors if each.ref == first)
        if way == "requests":
            reason = RejectReason.NOT_FREE
            now_at = service.reject(unit.session, doctor, asked_id, reason=reason, version=2, now=unit.now)
        else:
            now_at = service.reassign(unit.session, world.nurse, asked_id, version=2, now=unit.now)
        taken = unit.session.exec(select(Appointment).where(Appointment.starts_at == at("10:30"))).one()
        assert now_at.doctor_membership_id not in {first, taken.doctor_membership_id}
        assert now_at.status == asked.status


def test_what_broke_off_is_booked_for_the_next_day_with_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, patients=2, seats=3, visits=1)
        begun = world.book(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0][0])
        service.start(unit.session, world.nurse, begun.id, now=unit.now)
        broken = service.abort(
            unit.session, world.nurse, begun.id, reason=AbortReason.NETWORK, now=unit.now
        ).id
        limit(unit.session, world, 1)
    again: Any = sys.modules["telehealth.scheduling.service.again"]
    real, left = again._book, [world.visits[1][0]]

    def between(session: Session, actor: Any, old: Appointment, place: Any, now: Any) -> Appointment:
        if left:
            with database.write() as other:
                visit_id = left.pop()
                world.book(other.session, at("10:30"), now=other.now, patient=1, visit_id=visit_id)
        return real(session, actor, old, place, now)

    monkeypatch.setattr(again, "_book", between)
    with database.write() as unit:
        booked = service.rebook(unit.session, world.nurse, broken, version=None, now=unit.now)
        assert booked.starts_at == at("07:30", days=1)
