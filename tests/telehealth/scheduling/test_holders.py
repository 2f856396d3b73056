"""A hold belongs to the station whose form it is kept for, not to who asked for it (docs/decisions/0041)."""

import pytest
from sqlmodel import select

from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.world import make_member, make_neighbour


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session)


def test_a_colleague_goes_on_with_what_was_held(unit: Unit, world: BookingWorld) -> None:
    session, now = unit.session, unit.now
    request = world.request(at("09:30"))
    held = service.hold(session, world.nurse, request, now=now)
    colleague = make_member(session, get_facility(session, world.nurse.here), name="Lò Thị Hai")
    moved = world.request(at("10:10"), form_id=request.form_id, visit_id=request.visit_id)
    again = service.hold(session, colleague, moved, now=now)
    assert (again.id, again.version, again.held_by) == (held.id, 2, colleague.ref)
    assert len(session.exec(select(Appointment)).all()) == 1
    booked = service.confirm(session, world.nurse, held.id, version=2, now=now)
    assert (booked.status, booked.starts_at) == ("booked", at("10:10"))


def test_another_station_neither_books_nor_gives_back_what_is_held(unit: Unit, world: BookingWorld) -> None:
    session, now = unit.session, unit.now
    held = world.hold(session, at("09:30"), now=now)
    neighbour = make_neighbour(session, world.patients[0], now=now)
    with pytest.raises(DomainError, match="appointment-not-found"):
        service.confirm(session, neighbour, held.id, version=1, now=now)
    with pytest.raises(DomainError, match="appointment-not-found"):
        service.release(session, neighbour, held.id, version=1, now=now)
    assert (held.status, held.version) == ("held", 1)
    colleague = make_member(session, get_facility(session, world.nurse.here), name="Lò Thị Hai")
    assert service.release(session, colleague, held.id, version=1, now=now).status == "cancelled"
