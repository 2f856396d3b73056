"""A booked call for every test of the slice, and the ports the signalling would use."""

from collections.abc import Callable

import pytest

from telehealth.calls import service
from telehealth.calls.events import CallEnded, CallParted, CallStarted
from telehealth.calls.ports import CallPorts
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.links.actors import LinkActor
from telehealth.links.models import LinkOpening
from telehealth.links.queries import find_actor
from telehealth.links.service import issue_link, open_link, token_for_delivery
from telehealth.scheduling.events import (
    AbsenceNoted,
    AbsenceTakenBack,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentHandedOver,
)
from telehealth.staff.activity import Activity
from telehealth.visits import service as visits
from telehealth.visits.events import VisitSigned
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits
from tests.telehealth.calls.desk import Desk
from tests.telehealth.calls.open_room import OpenRoom


@pytest.fixture
def bus() -> Bus:
    """A bus on which calls and appointments hear of each other, as in the program."""
    bus = subscribe_visits(Bus())
    bus.subscribe(AppointmentCancelled, service.end_cancelled)
    bus.subscribe(AbsenceNoted, service.end_cancelled)
    bus.subscribe(AbsenceTakenBack, service.on_absence_taken_back)
    bus.subscribe(AppointmentCompleted, service.end_completed)
    bus.subscribe(AppointmentHandedOver, visits.on_appointment_moved)
    bus.subscribe(CallStarted, service.start_appointment)
    bus.subscribe(CallParted, service.step_back)
    bus.subscribe(CallEnded, service.complete_appointment)
    bus.subscribe(VisitSigned, service.on_visit_signed)
    return bus


@pytest.fixture
def world(database: Database) -> VisitWorld:
    """A station, a doctor and a patient with an appointment, committed."""
    with database.write() as unit:
        return make_visit_world(unit.session, now=unit.now)


@pytest.fixture
def activity() -> Activity:
    """Who was seen last when."""
    return Activity()


@pytest.fixture
def ports(database: Database, activity: Activity) -> CallPorts:
    """The rooms as the signalling sees them."""
    return CallPorts(database, activity)


@pytest.fixture
def new_patient(database: Database, world: VisitWorld) -> Callable[[], LinkActor]:
    """Open the patient's link on one more phone, past the birth year."""

    def open_one() -> LinkActor:
        with database.write() as unit:
            session, now = unit.session, unit.now
            link = issue_link(
                session,
                purpose="join",
                patient_id=world.patient_id,
                subject_id=world.appointment.id,
                expires_at=world.appointment.ends_at,
                now=now,
            )
            opened = open_link(session, token_for_delivery(session, link.id, 1, now=now), None, now=now)
            session.get_one(LinkOpening, opened.opening_id).confirmed_at = now
            session.flush()
            actor = find_actor(session, opened.opening_id, opened.device_token, now=now)
            assert actor is not None
            return actor

    return open_one


@pytest.fixture
def room(database: Database, world: VisitWorld, ports: CallPorts) -> OpenRoom:
    """A room nobody has come into yet."""
    return OpenRoom(database, world, ports)


@pytest.fixture
def desk(database: Database, world: VisitWorld) -> Desk:
    """The desk of the call that `room` is of."""
    return Desk(database, world)
