"""Whoever may no longer work here is shown out of a call, over real sockets; how soon, a pace says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from sqlmodel import col, select
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from signaling.hub import RECHECK_SECONDS
from signaling.parts import CloseCode
from telehealth import migrations
from telehealth.calls.service import issue_ticket
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.security import hash_token
from telehealth.kit.settings import Settings
from telehealth.main import open_database
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import SignIn
from telehealth.staff.rules import Role
from telehealth.staff.service import sign_out
from tests.support import world
from tests.support.calls import BookedCall, book_call
from tests.support.servers import Server, run_server

BOUND, PATIENCE = 5.0, 60.0


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("rights")
    database = open_database(Settings(data_dir=folder), SystemClock())
    migrations.upgrade(database.writer)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def server(database: Database) -> Iterator[Server]:
    folder = Path(database.url.removeprefix("sqlite:///")).parent
    with run_server(folder, command=("serve",)) as server:
        yield server


@pytest.fixture
def call(database: Database) -> BookedCall:
    with database.write() as unit:
        return book_call(unit.session, now=unit.now)


@dataclass(frozen=True)
class InCall:
    """A member of staff in the call, by the sign-in of one browser."""

    token: str
    line: ClientConnection

    def hear(self) -> str:
        """Return the type of the next message."""
        return str(json.loads(self.line.recv(PATIENCE))["type"])

    def is_shown_out(self) -> bool:
        """Wait for the server to close the socket; tell whether that was because of a right withdrawn."""
        with pytest.raises(ConnectionClosed):
            self._hear_on()
        return self.line.close_code == CloseCode.REMOVED

    def _hear_on(self) -> None:
        while self.line.recv(PATIENCE):
            pass


@contextmanager
def in_call(database: Database, server: Server, call: BookedCall, actor: MembershipActor) -> Iterator[InCall]:
    with database.write() as unit:
        token = world.make_sign_in(unit.session, actor, now=unit.now)
        signed_in = replace(actor, sign_in_id=_sign_in_id(unit.session, token))
        ticket = issue_ticket(unit.session, signed_in, call.appointment.id, now=unit.now)
    address = server.base_url.replace("http", "ws") + "/signal"
    with connect(address, origin=Origin(server.base_url)) as line:
        line.send(json.dumps({"type": "hello", "versions": [1], "ticket": ticket}))
        member = InCall(token, line)
        assert [member.hear(), member.hear()] == ["waiting", "admitted"]
        yield member


def _sign_in_id(session, token: str) -> UUID:  # type: ignore[no-untyped-def]
    return session.exec(select(SignIn.id).where(col(SignIn.token_hash) == hash_token(token))).one()


def test_a_disabled_colleague_is_out(database: Database, server: Server, call: BookedCall) -> None:
    with database.write() as unit:
        admin = world.make_member(unit.session, role=Role.ADMIN)
        bearer = world.make_token(unit.session, admin, now=unit.now)
    path = f"{server.base_url}/api/v1/staff/{call.nurse.ref}/disable"
    with in_call(database, server, call, call.nurse) as nurse:
        assert httpx2.post(path, headers={"Authorization": f"Bearer {bearer}"}, timeout=60).status_code == 200
        assert nurse.is_shown_out()


def test_who_signed_out_elsewhere_is_out(database: Database, server: Server, call: BookedCall) -> None:
    with in_call(database, server, call, call.doctor) as doctor:
        # From another process, whose wake-ups this server never hears.
        with database.write() as unit:
            sign_out(unit.session, doctor.token, now=unit.now)
        assert doctor.is_shown_out()


def test_rights_are_looked_at_often_enough_for_five_seconds() -> None:
    """Who lost a right just after one look is out by the next, though that takes as long as the pace."""
    assert 2 * RECHECK_SECONDS < BOUND
