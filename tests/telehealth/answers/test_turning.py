"""A visit whose line fails goes on in writing with everything kept, and may come back."""

import json

import pytest
from sqlmodel import select

from telehealth.answers import queries, service
from telehealth.answers.errors import AlreadySentError
from telehealth.duty.service import add_member, add_pool
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, DomainError
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.urgent import service as urgent
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit, VisitSection
from telehealth.visits.rules import Modality
from telehealth.visits.service import note_modality
from tests.support.answers import make_answer_world
from tests.support.booking import at
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import SINCE


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    made = make_visit_world(unit.session, now=unit.now)
    pool = add_pool(unit.session, made.doctor.here, "Nội", now=unit.now)
    for doctor in (made.doctor, made.other_doctor):
        add_member(unit.session, pool, doctor.ref, on=SINCE)
    return made


def status(unit: Unit, world: VisitWorld) -> str:
    return unit.session.get_one(Appointment, world.appointment.id).status


def test_the_station_sends_it_to_the_same_doctor_first(unit: Unit, world: VisitWorld) -> None:
    scheduling.start(unit.session, world.doctor, world.appointment.id, now=unit.now)
    world.write(unit.session, now=unit.now)
    sent = service.turn_to_later(unit.session, world.nurse, world.visit.id, now=unit.now)
    assert status(unit, world) == "aborted"
    assert sent.state == "waiting"
    assert queries.list_to_answer(unit.session, world.other_doctor, now=unit.now) == []
    assert [each.id for each in queries.list_to_answer(unit.session, world.doctor, now=unit.now)] == [sent.id]
    service.take(unit.session, world.doctor, sent.id, now=unit.now)
    assert len(unit.session.exec(select(VisitSection)).all()) >= 5, "nothing has to be written again"


def test_the_doctor_keeps_it(unit: Unit, world: VisitWorld) -> None:
    scheduling.start(unit.session, world.doctor, world.appointment.id, now=unit.now)
    note_modality(unit.session, world.visit.id, Modality.VIDEO, now=unit.now)
    sent = service.turn_to_later(unit.session, world.doctor, world.visit.id, now=unit.now)
    assert (sent.state, sent.owner_id) == ("taken", world.doctor.ref)
    world.write(unit.session, now=unit.now)
    document = json.loads(world.sign(unit.session, now=unit.now).canonical)
    assert document["modalities"] == ["video", "later"]
    assert document["modality"] == "later"


@pytest.mark.parametrize("by", ["nurse", "doctor"])
def test_before_anybody_came_in_the_time_is_called_off(unit: Unit, world: VisitWorld, by: str) -> None:
    sent = service.turn_to_later(unit.session, getattr(world, by), world.visit.id, now=unit.now)
    assert status(unit, world) == "cancelled"
    visit = unit.session.get_one(Visit, world.visit.id)
    assert visit.appointment_id is None
    assert (sent.owner_id == world.doctor.ref) is (by == "doctor")


def test_twice_is_once(unit: Unit, world: VisitWorld) -> None:
    service.turn_to_later(unit.session, world.nurse, world.visit.id, now=unit.now)
    with pytest.raises(AlreadySentError):
        service.turn_to_later(unit.session, world.nurse, world.visit.id, now=unit.now)


def test_who_has_no_part_in_it_turns_nothing(unit: Unit, world: VisitWorld) -> None:
    with pytest.raises(DomainError):
        service.turn_to_later(unit.session, world.other_doctor, world.visit.id, now=unit.now)


def test_booked_again_it_is_live_and_the_record_tells_all_forms(unit: Unit, world: VisitWorld) -> None:
    scheduling.start(unit.session, world.doctor, world.appointment.id, now=unit.now)
    note_modality(unit.session, world.visit.id, Modality.VIDEO, now=unit.now)
    sent = service.turn_to_later(unit.session, world.nurse, world.visit.id, now=unit.now)
    world.booking.book(unit.session, at("14:10"), now=unit.now, visit_id=world.visit.id, doctor=1)
    assert (sent.state, sent.close_reason) == ("withdrawn", "live_instead")
    note_modality(unit.session, world.visit.id, Modality.VIDEO, now=unit.now)
    visit = visits.get_visit(unit.session, world.nurse, world.visit.id, now=unit.now)
    assert visit.modalities == ["video", "later", "video"]
    assert visit.doctor_membership_id == world.other_doctor.ref


def test_an_urgent_call_is_not_put_off(unit: Unit) -> None:
    world = make_answer_world(unit.session, now=unit.now)
    rung = world.base.press(unit.session, now=unit.now)
    urgent.accept(unit.session, world.first, rung.id, now=unit.now)
    with pytest.raises(ConflictError, match="answer-is-urgent"), unit.session.begin_nested():
        service.turn_to_later(unit.session, world.first, world.base.visits[0], now=unit.now)
