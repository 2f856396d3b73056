"""A queue worked off at two server processes over HTTP: every request is had by one doctor, once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest
from hypothesis import settings
from sqlmodel import col, select

from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.urgent.models import UrgentEvent, UrgentRequest
from telehealth.urgent.rules import StepKind
from tests.support.servers import run_beside
from tests.support.urgent import make_urgent_world
from tests.support.world import make_token

IS_NIGHTLY = settings().max_examples > 100
PROCESSES, DOCTORS = 2, 8
REQUESTS = 2_000 if IS_NIGHTLY else 40

pytestmark = pytest.mark.databases("postgresql")  # an embedded database has one process


@pytest.fixture
def tokens(database: Database) -> Sequence[str]:
    """Doctors on duty by the machine's own clock, for whom all requests ring; their programs' tokens."""
    now = SystemClock().now()
    with database.write() as unit:
        world = make_urgent_world(
            unit.session,
            now=now,
            doctors=(DOCTORS,),
            on_duty=(True,),
            patients=REQUESTS,
            escalate_seconds=3600,
            lease_seconds=600,
        )
        made = [make_token(unit.session, doctor, now=now) for doctor in world.doctors[0]]
    for number in range(REQUESTS):
        with database.write() as unit:
            world.press(unit.session, now=SystemClock().now(), visit=number)
    return made


async def work_off(base_url: str, token: str) -> list[str]:
    """Take and finish one after the other until nothing rings; return whose turn it was."""
    done: list[str] = []
    async with httpx2.AsyncClient(base_url=f"{base_url}/api/v1/urgent-requests", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        while True:
            taken = await client.post("/accept-next")
            if taken.status_code == 204:
                return done
            assert taken.status_code == 200, taken.text
            row = taken.json()
            done.append(row["id"])
            finished = await client.post(f"/{row['id']}/finish", json={"lease_token": row["lease_token"]})
            assert finished.status_code == 200, finished.text


@pytest.mark.timeout(3600 if IS_NIGHTLY else 300)
def test_doctors_at_two_processes_are_given_no_request_twice(
    database: Database, tokens: Sequence[str], tmp_path: Path
) -> None:
    async def everybody(urls: Sequence[str]) -> list[list[str]]:
        return await asyncio.gather(
            *(work_off(urls[number % PROCESSES], token) for number, token in enumerate(tokens))
        )

    with run_beside(database, tmp_path, count=PROCESSES) as servers:
        done = asyncio.run(everybody([server.base_url for server in servers]))

    given = Counter(each for one in done for each in one)
    assert (len(given), set(given.values())) == (REQUESTS, {1})
    with database.read() as unit:
        accepted = select(UrgentEvent.request_id, UrgentEvent.actor_ref).where(
            UrgentEvent.kind == StepKind.ACCEPTED
        )
        rows = unit.session.exec(accepted).all()
        states = unit.session.exec(select(UrgentRequest.state).order_by(col(UrgentRequest.id))).all()
    assert Counter(str(request_id) for request_id, _ in rows) == given
    assert len({doctor for _, doctor in rows}) > PROCESSES
    assert set(states) == {"done"}
