"""The record of a visit is signed while an urgent request for it still rings, or a doctor has it."""

import pytest

from telehealth.answers import service as answers
from telehealth.kit.db import Unit
from telehealth.scheduling import service as scheduling
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import queries, service
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import DeclineReason
from telehealth.visits.models import Visit
from tests.support.answers import AnswerWorld, make_answer_world


@pytest.fixture
def world(unit: Unit) -> AnswerWorld:
    return make_answer_world(unit.session, now=unit.now)


def sign(unit: Unit, world: AnswerWorld, doctor: MembershipActor) -> None:
    world.write(unit.session, doctor, now=unit.now)
    world.sign(unit.session, doctor, now=unit.now)


def answered_in_writing(unit: Unit, world: AnswerWorld) -> MembershipActor:
    """The visit is sent to be answered later, and a doctor above takes it."""
    row = world.send(unit.session, now=unit.now)
    answers.take(unit.session, world.first, row.id, now=unit.now)
    return world.first


def accepted(unit: Unit, world: AnswerWorld) -> UrgentRequest:
    request = world.base.press(unit.session, now=unit.now)
    return service.accept(unit.session, world.second, request.id, now=unit.now)


def test_what_is_answered_in_writing_and_signed_rings_no_more(unit: Unit, world: AnswerWorld) -> None:
    doctor = answered_in_writing(unit, world)
    request = world.base.press(unit.session, now=unit.now)
    sign(unit, world, doctor)
    assert unit.session.get_one(Visit, request.visit_id).appointment_id is None
    assert (request.state, request.close_reason) == ("cancelled", "visit_signed")
    assert (request.escalate_at, request.closed_at) == (None, unit.now)
    assert queries.list_ringing(unit.session, world.second) == []
    assert queries.list_events(unit.session, request.id)[-1].reason == "visit_signed"
    assert service.list_due(unit.session, now=unit.now) == []


@pytest.mark.parametrize("has_begun", [False, True])
def test_whoever_has_it_has_helped(unit: Unit, world: AnswerWorld, has_begun: bool) -> None:
    request = accepted(unit, world)
    assert request.appointment_id is not None
    if has_begun:
        scheduling.start(unit.session, world.second, request.appointment_id, now=unit.now)
    sign(unit, world, world.second)
    assert (request.state, request.owner_id) == ("done", None)


def test_whoever_has_it_is_done_though_the_visit_names_no_appointment(unit: Unit, world: AnswerWorld) -> None:
    request = accepted(unit, world)
    unit.session.get_one(Visit, request.visit_id).appointment_id = None
    unit.session.flush()
    sign(unit, world, world.second)
    assert request.state == "done"


def test_what_nobody_answered_in_time_stays_a_case(unit: Unit, world: AnswerWorld) -> None:
    doctor = answered_in_writing(unit, world)
    request = world.base.press(unit.session, now=unit.now)
    for level in world.base.doctors:
        for each in level:
            reason = DeclineReason.NOT_HERE
            service.decline(unit.session, each, request.id, reason=reason, now=unit.now)
    sign(unit, world, doctor)
    assert request.state == "expired"
