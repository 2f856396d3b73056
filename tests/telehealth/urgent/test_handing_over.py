"""A call that came of an urgent request is handed over: the request goes with it."""

import pytest

from telehealth.kit.db import Unit
from telehealth.scheduling import service as scheduling
from telehealth.urgent import service
from telehealth.urgent.errors import LeaseLostError, RequestNotFoundError
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.queries import get_request, list_events
from telehealth.urgent.rules import StepKind
from tests.support.urgent import make_urgent_world


def test_the_request_is_of_whoever_took_the_call_over(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    one, other = world.doctors[0]
    request = service.accept(session, one, world.press(session, now=now).id, now=now)
    assert request.appointment_id is not None
    scheduling.start(session, one, request.appointment_id, now=now)
    token = request.lease_token

    scheduling.hand_over(session, other, request.appointment_id, now=now)

    row = session.get_one(UrgentRequest, request.id)
    assert (row.state, row.owner_id) == ("in_call", other.ref)
    assert list_events(session, row.id)[-1].kind == StepKind.HANDED_OVER
    with pytest.raises(LeaseLostError):
        service.finish(session, one, row.id, token=token, now=now)
    service.finish(session, other, row.id, token=row.lease_token, now=now)
    assert row.state == "done"


def test_who_was_never_rung_can_end_what_they_took_over(unit: Unit) -> None:
    """The request was theirs and found by nobody but those who had been rung: it could not be ended."""
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    request = service.accept(session, world.doctors[0][0], world.press(session, now=now).id, now=now)
    assert request.appointment_id is not None
    scheduling.start(session, world.doctors[0][0], request.appointment_id, now=now)
    other = world.doctors[1][0]
    scheduling.hand_over(session, other, request.appointment_id, now=now)

    row = get_request(session, other, request.id, now=now)
    service.finish(session, other, row.id, token=row.lease_token, now=now)

    assert row.state == "done"
    with pytest.raises(RequestNotFoundError):
        get_request(session, world.doctors[2][0], request.id, now=now)


def test_a_call_that_has_not_begun_is_not_handed_over(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    one, other = world.doctors[0]
    request = service.accept(session, one, world.press(session, now=now).id, now=now)
    assert request.appointment_id is not None
    with pytest.raises(Exception, match="invalid-transition"):
        scheduling.hand_over(session, other, request.appointment_id, now=now)
