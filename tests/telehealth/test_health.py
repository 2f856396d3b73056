"""What a watcher is told of work that waits for a tick: how long, and nothing else."""

from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

from telehealth.kit.db import Database
from telehealth.scheduling.jobs import escalate_overdue, sweep
from telehealth.urgent import service
from telehealth.urgent.jobs import ring_on
from tests.support.app import build_app
from tests.support.booking import at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.urgent import make_urgent_world


def waits(database: Database, folder: Path, clock: FixedClock) -> tuple[int, int]:
    answer = TestClient(build_app(database, folder, clock), base_url="http://127.0.0.1:8000").get("/readyz")
    assert answer.status_code == 200
    return answer.json()["appointments_waiting_seconds"], answer.json()["urgent_waiting_seconds"]


def test_a_hold_and_a_request_whose_time_is_over_wait_until_a_tick_comes(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        world = make_booking_world(
            unit.session, patients=2, seats=2, accept_mode="doctor", respond_minutes=60
        )
        held = world.hold(unit.session, at("09:30"), now=unit.now)
        asked = world.book(unit.session, at("09:50", days=1), now=unit.now, patient=1)
        assert held.hold_expires_at is not None
        assert asked.respond_by is not None
        ends, due = held.hold_expires_at, asked.respond_by
    assert waits(database, tmp_path, clock) == (0, 0)
    clock.set(ends + timedelta(seconds=90))
    assert waits(database, tmp_path, clock) == (90, 0)
    sweep(database)
    assert waits(database, tmp_path, clock) == (0, 0)
    clock.set(due + timedelta(seconds=30))
    assert waits(database, tmp_path, clock) == (30, 0)
    escalate_overdue(database)
    assert waits(database, tmp_path, clock) == (0, 0)


def test_an_urgent_request_waits_for_its_next_level_and_for_the_end_of_a_lease(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
        pressed = world.press(unit.session, now=unit.now)
        due, request_id = pressed.escalate_at, pressed.id
        assert due is not None
    assert waits(database, tmp_path, clock) == (0, 0)
    clock.set(due + timedelta(seconds=40))
    assert waits(database, tmp_path, clock) == (0, 40)
    ring_on(database)
    assert waits(database, tmp_path, clock) == (0, 0)
    with database.write() as unit:
        until = service.accept(unit.session, world.doctors[0][0], request_id, now=unit.now).lease_until
    assert until is not None
    clock.set(until + timedelta(seconds=20))
    assert waits(database, tmp_path, clock) == (0, 20)
