"""Units of work of requests: committed before the answer, gated before a thread is taken."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.audit.service import record
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import ASKING_AT_ONCE, Database
from telehealth.kit.deps import Gates, ReadUnit, WriteUnit, ask


def open_at_once(database: Database) -> Callable[[], int]:
    """Return work that opens a short unit and tells how many connections are in use meanwhile."""

    def work() -> int:
        with database.read() as unit:
            unit.session.connection()
            time.sleep(0.01)
            in_use: int = database.reader.pool.checkedout()  # type: ignore[attr-defined]
            return in_use

    return work


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.database = database
    app.state.gates = Gates(database)

    @app.post("/write")
    def write(unit: WriteUnit) -> dict[str, str]:
        record(unit.session, SYSTEM, "account.own", subject_kind="test", now=unit.now)
        return {"status": "kept"}

    @app.post("/broken")
    def broken(unit: WriteUnit) -> dict[str, str]:
        unit.session.add(
            AuditEntry(actor_kind="x", action="x", subject_kind="x")
        )  # no actor: the commit fails
        return {"status": "never said"}

    @app.get("/count")
    def count(unit: ReadUnit) -> int:
        return len(unit.session.exec(select(AuditEntry)).all())

    @app.get("/who")
    async def who(request: Request) -> int:
        return await ask(request, open_at_once(database))

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_what_was_answered_is_committed(client: TestClient) -> None:
    assert client.post("/write").json() == {"status": "kept"}
    assert client.get("/count").json() == 1


def test_a_failing_commit_is_not_answered_as_success(client: TestClient) -> None:
    assert client.post("/broken").status_code == 500
    assert client.get("/count").json() == 0


def test_more_writers_than_threads_do_not_starve_the_one_that_writes(client: TestClient) -> None:
    with ThreadPoolExecutor(60) as pool:
        statuses = list(pool.map(lambda _: client.post("/write").status_code, range(120)))
    assert statuses == [200] * 120
    assert client.get("/count").json() == 120


def test_a_burst_of_askings_opens_a_few_connections_only(client: TestClient) -> None:
    with ThreadPoolExecutor(40) as pool:
        seen = list(pool.map(lambda _: client.get("/who").json(), range(80)))
    assert len(seen) == 80
    assert 1 < max(seen) <= ASKING_AT_ONCE
