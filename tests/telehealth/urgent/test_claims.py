"""Many doctors at one queue: every request is had by exactly one, none twice, none left."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from hypothesis import settings
from sqlmodel import select

from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.kit.retries import run_write
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import jobs, service
from telehealth.urgent.models import UrgentEvent, UrgentRequest
from telehealth.urgent.rules import StepKind
from tests.support.app import ADDRESS, build_app
from tests.support.clock import FixedClock
from tests.support.urgent import LEASE, UrgentWorld, make_urgent_world
from tests.support.world import make_token

IS_NIGHTLY = settings().max_examples > 100
REQUESTS = 2_000 if IS_NIGHTLY else 60
DOCTORS, TAKEN = 8, 6


@pytest.fixture
def new_world(database: Database) -> Callable[[int], UrgentWorld]:
    def make(requests: int) -> UrgentWorld:
        with database.write() as unit:
            world = make_urgent_world(
                unit.session, now=unit.now, doctors=(DOCTORS,), on_duty=(True,), patients=requests
            )
        for number in range(requests):
            with database.write() as unit:
                world.press(unit.session, now=unit.now, visit=number)
        return world

    return make


def steps(database: Database, kind: StepKind) -> Counter[UUID]:
    with database.read() as unit:
        rows = unit.session.exec(select(UrgentEvent.request_id).where(UrgentEvent.kind == kind))
        return Counter(rows.all())


@pytest.mark.timeout(3600 if IS_NIGHTLY else 600)
def test_a_queue_worked_off_by_eight_doctors_gives_none_twice(
    database: Database, new_world: Callable[[int], UrgentWorld], clock: FixedClock, tmp_path: Path
) -> None:
    """Over HTTP, because the gate that keeps SQLite's writers in a fair queue stands at that edge."""
    world = new_world(REQUESTS)
    with database.write() as unit:
        tokens = [make_token(unit.session, doctor, now=unit.now) for doctor in world.doctors[0]]
    app = build_app(database, tmp_path, clock)
    with TestClient(app, base_url=ADDRESS) as client, ThreadPoolExecutor(DOCTORS) as pool:
        done = list(pool.map(lambda token: _work_off(client, token), tokens))

    accepted = steps(database, StepKind.ACCEPTED)
    assert sum(done) == len(accepted) == REQUESTS
    assert set(accepted.values()) == {1}
    with database.read() as unit:
        assert set(unit.session.exec(select(UrgentRequest.state))) == {"done"}


def _work_off(client: TestClient, token: str) -> int:
    """Take one after the other until none is left; return how many."""
    headers = {"Authorization": f"Bearer {token}"}
    for done in range(REQUESTS + 1):
        taken = client.post("/api/v1/urgent-requests/accept-next", headers=headers)
        if taken.status_code == 204:
            return done
        assert taken.status_code == 200, taken.text
        row = taken.json()
        lease = {"lease_token": row["lease_token"]}
        path = f"/api/v1/urgent-requests/{row['id']}/finish"
        assert client.post(path, json=lease, headers=headers).status_code == 200
    raise AssertionError("more were taken than there are")


def test_eight_doctors_press_accept_at_once_and_one_wins(
    database: Database, new_world: Callable[[int], UrgentWorld]
) -> None:
    world = new_world(5)
    with database.read() as unit:
        ids = unit.session.exec(select(UrgentRequest.id)).all()
    for request_id in ids:
        with ThreadPoolExecutor(DOCTORS) as pool:
            waiting = [pool.submit(_try, database, doctor, request_id) for doctor in world.doctors[0]]
            outcomes = Counter(each.result() for each in waiting)
        assert outcomes["accepted"] == 1
        assert set(outcomes) <= {"accepted", "urgent-taken", "urgent-one-at-a-time"}
    assert set(steps(database, StepKind.ACCEPTED).values()) == {1}


def _try(database: Database, doctor: MembershipActor, request_id: UUID) -> str:
    try:
        run_write(database, lambda unit: service.accept(unit.session, doctor, request_id, now=unit.now))
    except DomainError as error:
        return error.code
    return "accepted"


def test_several_tickers_take_each_lease_back_once(
    database: Database, new_world: Callable[[int], UrgentWorld], clock: FixedClock
) -> None:
    world = new_world(TAKEN)
    for doctor in world.doctors[0][:TAKEN]:
        run_write(database, lambda unit: service.accept_next(unit.session, doctor, now=unit.now))  # noqa: B023
    clock.advance(seconds=LEASE)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.ring_on(database), range(4)))
    lost = steps(database, StepKind.LEASE_LOST)
    assert (len(lost), set(lost.values())) == (TAKEN, {1})
