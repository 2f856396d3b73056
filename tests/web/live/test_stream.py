"""The live stream over a real socket: what it tells, to whom, and when it ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from telehealth import migrations
from telehealth.kit.changes import note_change
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from telehealth.staff.actors import MembershipActor
from telehealth.staff.service import sign_out
from tests.support import world
from tests.support.servers import Server, run_server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Database]:
    database = open_database(Settings(data_dir=folder), SystemClock())
    migrations.upgrade(database.writer)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def server(folder: Path, database: Database) -> Iterator[Server]:
    with run_server(folder, command=("serve",)) as server:
        yield server


@pytest.fixture
def nurse(database: Database) -> tuple[MembershipActor, str]:
    with database.write() as unit:
        actor = world.make_member(unit.session)
        return actor, world.make_sign_in(unit.session, actor, now=unit.now)


class Stream:
    """An open stream, read message by message."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def read(self) -> tuple[str, dict[str, str], str]:
        """Return the next event: its name, its data and its id; comments are passed over."""
        event, data, identity = "", "{}", ""
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "data":
                data = value
            elif name == "id":
                identity = value
            elif line == "" and event:
                return event, json.loads(data), identity
        return "closed", {}, ""


@contextmanager
def listening(server: Server, token: str, **headers: str) -> Iterator[Stream]:
    client = httpx2.Client(base_url=server.base_url, cookies={"signin": token}, timeout=60)
    with client, client.stream("GET", "/live", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.iter_lines())


def tell(database: Database, server: Server, topic: str, scope: object) -> str:
    """Write a change as another process would: the server is woken by its own look at the table."""
    subject = new_id()
    with database.write() as unit:
        note_change(unit.session, topic, subject, scopes=[scope], now=unit.now)  # type: ignore[list-item]
    return str(subject)


def test_a_change_of_the_own_facility_is_told_and_another_is_not(
    database: Database, server: Server, nurse: tuple[MembershipActor, str]
) -> None:
    actor, token = nurse
    with listening(server, token) as stream:
        assert stream.read()[0] == "ready"
        tell(database, server, "visit", new_id())
        subject = tell(database, server, "appointment", actor.facility_id)
        event, data, _ = stream.read()
    assert (event, data) == ("change", {"topic": "appointment", "id": subject})


def test_a_reader_that_was_away_reads_on_from_its_last_event(
    database: Database, server: Server, nurse: tuple[MembershipActor, str]
) -> None:
    actor, token = nurse
    with listening(server, token) as stream:
        _, _, last = stream.read()
    missed = [tell(database, server, "task", actor.ref) for _ in range(3)]
    with listening(server, token, **{"last-event-id": last}) as stream:
        assert stream.read()[0] == "ready"
        assert [stream.read()[1]["id"] for _ in missed] == missed


def test_a_page_is_told_what_changed_while_it_was_on_its_way(
    database: Database, server: Server, nurse: tuple[MembershipActor, str]
) -> None:
    actor, token = nurse
    subject = tell(database, server, "visit", actor.facility_id)
    client = httpx2.Client(base_url=server.base_url, cookies={"signin": token}, timeout=60)
    with client, client.stream("GET", "/live", params={"age": 60_000}) as answer:
        stream = Stream(answer.iter_lines())
        assert [stream.read()[0], stream.read()[1]["id"]] == ["ready", subject]
    assert client_error(server, token, age=120_001) == 422


def client_error(server: Server, token: str, **params: int) -> int:
    answer = httpx2.get(f"{server.base_url}/live", params=params, cookies={"signin": token}, timeout=60)
    return answer.status_code


def test_the_stream_ends_when_its_reader_is_signed_out(
    database: Database, server: Server, nurse: tuple[MembershipActor, str]
) -> None:
    _, token = nurse
    with listening(server, token) as stream:
        stream.read()
        with database.write() as unit:
            sign_out(unit.session, token, now=unit.now)
        assert stream.read()[0] == "signed-out"
        assert stream.read()[0] == "closed"


def test_nobody_listens_without_signing_in(server: Server) -> None:
    assert httpx2.get(f"{server.base_url}/live", follow_redirects=False, timeout=60).status_code == 303
