"""A patient who has another time just now is in danger: nothing of theirs keeps a doctor from accepting."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from telehealth.availability.models import Resource
from telehealth.kit.db import Database, Unit
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment, Claim
from telehealth.urgent import queries, service
from telehealth.visits.models import Visit
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.urgent import UrgentWorld, make_urgent_world, open_urgent_visit
from tests.support.world import make_sign_in

ON = timedelta(minutes=12)
"""From the press of 08:00 to the middle of what begins at 08:10."""


@pytest.fixture
def world(unit: Unit) -> UrgentWorld:
    return make_urgent_world(unit.session, now=unit.now)


def hold(session: Session, world: UrgentWorld, booking: BookingWorld, *, now) -> Appointment:  # type: ignore[no-untyped-def]
    """Keep 08:10 for another visit of the patient."""
    patient = session.get_one(Visit, world.visits[0]).patient_id
    visit_id = open_urgent_visit(session, world.nurse, patient, now=now)
    return scheduling.hold(
        session, world.nurse, booking.request(at("08:10"), patient_id=patient, visit_id=visit_id), now=now
    )


def book(session: Session, world: UrgentWorld, booking: BookingWorld, *, now) -> Appointment:  # type: ignore[no-untyped-def]
    held = hold(session, world, booking, now=now)
    return scheduling.confirm(session, world.nurse, held.id, version=held.version, now=now)


def claims_of(session: Session, appointment_id: UUID) -> dict[str, tuple[int, int]]:
    query = select(Resource.kind, Claim.busy_start, Claim.busy_end).join(
        Resource, col(Resource.id) == Claim.resource_id
    )
    rows = session.exec(query.where(Claim.appointment_id == appointment_id, Claim.state != "released"))
    return {kind: (start, end) for kind, start, end in rows}


@pytest.mark.parametrize("stands", ["booked", "checked_in", "in_progress"])
def test_an_appointment_that_runs_keeps_nobody_from_accepting_and_stands(
    unit: Unit, world: UrgentWorld, stands: str
) -> None:
    session, now = unit.session, unit.now + ON
    booking = make_booking_world(session)
    routine = book(session, world, booking, now=unit.now)
    if stands != "booked":
        scheduling.check_in(session, world.nurse, routine.id, version=None, now=now)
    if stands == "in_progress":
        scheduling.start(session, booking.doctors[0], routine.id, version=None, now=now)
    before = claims_of(session, routine.id)
    pressed = world.press(session, now=now)
    service.accept(session, world.doctors[0][0], pressed.id, now=now)
    assert (pressed.state, routine.status) == ("claimed", stands)
    assert pressed.appointment_id is not None
    assert claims_of(session, routine.id) == before
    own = claims_of(session, pressed.appointment_id)
    assert own["doctor"][0] <= now.timestamp() < own["doctor"][1]
    assert "patient" not in own or own["patient"][0] >= before["patient"][1], "nobody is claimed twice"
    service.finish(session, world.doctors[0][0], pressed.id, token=1, now=now)
    assert (pressed.state, routine.status) == ("done", stands)


def test_what_was_kept_for_the_patient_is_given_back(unit: Unit, world: UrgentWorld) -> None:
    session = unit.session
    now = unit.now + timedelta(minutes=4)
    held = hold(session, world, make_booking_world(session), now=unit.now)
    pressed = world.press(session, now=now)
    service.accept(session, world.doctors[0][0], pressed.id, now=now)
    assert (held.status, claims_of(session, held.id)) == ("cancelled", {})
    assert pressed.appointment_id is not None
    own = claims_of(session, pressed.appointment_id)
    assert own["patient"] == own["doctor"]
    assert own["doctor"][1] - now.timestamp() > 10 * 60, "nothing that was only kept cuts it short"


@pytest.mark.databases("sqlite")  # a page; the queries run on both above
def test_the_station_reads_what_it_has_to_settle(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
        routine = book(unit.session, world, make_booking_world(unit.session), now=unit.now).id
    app = build_app(database, tmp_path, clock)
    clock.advance(seconds=int(ON.total_seconds()))
    with database.write() as unit:
        tokens = [
            make_sign_in(unit.session, each, now=unit.now) for each in (world.nurse, world.doctors[0][0])
        ]
    nurse, doctor = (Browser(app, token) for token in tokens)
    here = nurse.post(f"/visits/{world.visits[0]}/ring", {"danger": ["breathing"]}).headers["location"]
    told = "Người bệnh đang có lịch hẹn lúc 08:10 với"
    assert told in nurse.get(here).text
    assert f'href="/appointments/{routine}"' in nurse.get(here).text
    assert told not in doctor.get(here).text
    assert doctor.post(f"{here}/accept", page="/ring").headers["location"].startswith("/calls/")
    assert told in nurse.get(here).text
    with database.read() as unit:
        rows = queries.list_open(unit.session, world.nurse, now=unit.now)
        assert [row.state for row in rows] == ["claimed"]
        assert unit.session.get_one(Appointment, routine).status == "booked"
