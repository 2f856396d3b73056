"""Every route × every role × every scope: the test that fails on a route nobody classified.

Out of scope must look exactly like non-existent; what a role may not do is refused before anything
is read; nothing is ever changed by a refused request.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, table

from telehealth import wiring
from telehealth.access.deps import RequireSignIn
from telehealth.access.rules import ACTIONS
from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database, metadata
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support import world
from tests.support.app import ADDRESS, build_app
from tests.support.clock import FixedClock
from tests.support.databases import fresh_sqlite
from tests.support.day import Day, make_colleagues, make_day
from tests.support.portal import Client
from tests.support.routes import RouteFacts, all_routes

SOCKETS = {
    "/signal": "a single-use ticket, tested in tests/signaling and tests/telehealth/calls",
    "/line-check": "a single-use ticket, tested in tests/telehealth/lines",
}
SHARED = {"facility.read", "account.own", "live.read"}
"""Actions on what everybody in health care may see, or on the actor's own account: no scope to test."""

NAMES = {"token": "0" * 22, "code": "0" * 22, "address": "x", "name": "findings", "week": "2026-11-23"}
NAMES |= {"kind": "next_visit", "variant": "plain"}
NAMES |= {"purpose": "doctors_words"}
NAMES |= {"gateway": "esms", "secret": "0" * 22, "number": "1"}
NAMES |= {"item": "heart", "kind": "allergy"}
NAMES |= {"handle": "a" * 26, "part": "summary"}
"""Path parameters that name no row of ours."""

CSRF_SECRET = "0" * 43


@dataclass
class Stage:
    """The application with one finished morning, a member of every role here, and one elsewhere."""

    app: FastAPI
    database: Database
    day: Day
    tokens: dict[MembershipActor, tuple[str, str]]
    elsewhere: dict[Role, MembershipActor]

    def client(self, actor: MembershipActor | None, route: RouteFacts) -> Client:
        """Return a browser or a program that acts as the member."""
        client = Client(self.app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)
        client.cookies.set("csrf", CSRF_SECRET)
        client.headers["x-csrf-token"] = _csrf_token()
        if actor is not None:
            cookie, bearer = self.tokens[actor]
            if route.token:
                client.headers["Authorization"] = f"Bearer {bearer}"
            else:
                client.cookies.set("signin", cookie)
        return client

    def ask(self, actor: MembershipActor | None, route: RouteFacts, ids: dict[str, UUID | str]):  # type: ignore[no-untyped-def]
        """Send an empty request to a route with these ids in its path."""
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda hit: str(ids[hit[1]]), route.path)
        client = self.client(actor, route)
        headers = {"Idempotency-Key": str(new_id()), "If-Match": '"1"'} if route.token else {}
        kwargs = {"json": {}} if route.token and route.methods[0] not in ("GET", "DELETE") else {}
        return client.request(route.methods[0], path, headers=headers, **kwargs)

    def rows(self) -> dict[str, int]:
        """Count the rows of every table, but for traces of having asked."""
        with self.database.read() as unit:
            connection = unit.session.connection()
            names = set(metadata.tables) - {
                "audit_entry",
                "seen",
                "idempotency_key",
                "failed_sign_in",
                "device",
            }
            return {
                name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
                for name in names
            }


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Iterator[Stage]:
    """One world for all: what is asked here changes nothing, which every test sees for itself.

    SQLite only: routes and roles; the queries run on both elsewhere.
    """
    folder, clock = tmp_path_factory.mktemp("routes"), FixedClock()
    fresh = fresh_sqlite(folder, clock=clock, keyring=keyring, bus=wiring.build_bus())
    yield _build_stage(fresh.database, folder, clock)
    fresh.remove()


def _build_stage(database: Database, folder: Path, clock: FixedClock) -> Stage:
    day = make_day(database)
    tokens = {}
    with database.write() as unit:
        other = world.make_facility(unit.session, name="Trạm Y tế xã Hướng Phùng")
        elsewhere = make_colleagues(unit.session, other)
        for actor in (*day.members.values(), *elsewhere.values(), day.doctor):
            signed_in = world.make_sign_in(unit.session, actor, now=unit.now)
            tokens[actor] = (signed_in, world.make_token(unit.session, actor, now=unit.now))
    app = build_app(database, folder, clock, demo=True)
    return Stage(app, database, day, tokens, elsewhere)


def test_every_route_says_who_may_use_it(stage: Stage) -> None:
    unclassified = [
        str(route)
        for route in all_routes(stage.app)
        if not (route.sign_in or route.token or route.link or route.is_public) and route.path not in SOCKETS
    ]
    assert unclassified == []


def test_no_route_has_two_contradicting_markers(stage: Stage) -> None:
    for route in all_routes(stage.app):
        kinds = [bool(route.sign_in), bool(route.token), bool(route.link), route.is_public]
        assert sum(kinds) <= 1, route


def test_every_page_that_changes_something_asks_for_proof_of_origin(stage: Stage) -> None:
    for route in all_routes(stage.app):
        if route.token or set(route.methods) <= {"GET", "HEAD", "WEBSOCKET"} or route.path == "/csp":
            continue
        client = Client(stage.app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)
        role = next(iter(ACTIONS[route.sign_in.action])) if route.sign_in else None
        if role is not None:
            client.cookies.set("signin", stage.tokens[stage.day.members[role]][0])
        path = re.sub(r"\{(\w+)(?::\w+)?\}", str(new_id()), route.path)
        answer = client.request(route.methods[0], path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code >= 400 or answer.status_code == 303, (
            f"{route} answered {answer.status_code}"
        )
        if answer.status_code == 303:
            assert not answer.headers.get("set-cookie"), f"{route} took a cross-site form"


def test_nobody_gets_in_without_signing_in(stage: Stage) -> None:
    before = stage.rows()
    for route in all_routes(stage.app):
        if not (route.sign_in or route.token):
            continue
        answer = stage.ask(None, route, _ids(stage, route))
        if route.token:
            assert answer.status_code == 401, route
            # An answer to HEAD has no body.
            assert "HEAD" in route.methods or answer.json()["code"] == "not-signed-in", route
        else:
            assert answer.status_code in (303, 401), route
    assert stage.rows() == before


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_refused_what_the_table_does_not_give_it(stage: Stage, role: Role) -> None:
    actor = stage.day.members[role]
    before = stage.rows()
    checked = 0
    for route in _guarded(stage):
        action = _marker(route).action
        if role in ACTIONS[action]:
            continue
        answer = stage.ask(actor, route, _ids(stage, route))
        assert answer.status_code == 403, f"{role} on {route}: {answer.status_code}"
        checked += 1
    assert checked
    assert stage.rows() == before


@pytest.mark.parametrize("role", list(Role))
def test_out_of_scope_looks_exactly_like_non_existent(stage: Stage, role: Role) -> None:
    """A member of another facility asks for what exists here, and for what exists nowhere."""
    actor = stage.elsewhere[role]
    before = stage.rows()
    for route in _guarded(stage):
        action = _marker(route).action
        scoped = [name for name in route.parameters if name in stage.day.samples]
        if not scoped or action in SHARED or role not in ACTIONS[action]:
            continue
        if role is Role.ADMIN and action in ("staff.manage", "staff.read"):
            continue  # administrators manage staff of every facility
        real, unreal = _ids(stage, route), _ids(stage, route) | {name: new_id() for name in scoped}
        existing, missing = stage.ask(actor, route, real), stage.ask(actor, route, unreal)
        seen = (existing.status_code, _without_ids(existing.text, real))
        expected = (missing.status_code, _without_ids(missing.text, unreal))
        # A form that is wrong in itself may be sent back before anything is looked up: 303 for both.
        assert existing.status_code >= 303, f"{role} elsewhere on {route}: {existing.status_code}"
        assert seen == expected, f"{role} elsewhere on {route}"
    assert stage.rows() == before


def test_every_path_parameter_is_known_to_this_test(stage: Stage) -> None:
    known = set(stage.day.samples) | set(NAMES) | {"opening_id", "approval_id"}
    unknown = {name for route in all_routes(stage.app) for name in route.parameters} - known
    assert unknown == set(), "give tests/support/day.py a sample of these"


def test_the_own_facility_reaches_what_exists(stage: Stage) -> None:
    """The matrix would be worthless if everything were refused to everybody."""
    reached = set()
    for route in _guarded(stage):
        if route.methods != ("GET",) or route.path == "/live":
            continue
        for role in ACTIONS[_marker(route).action]:
            actor = stage.day.doctor if role is Role.DOCTOR else stage.day.members[role]
            if stage.ask(actor, route, _ids(stage, route)).status_code == 200:
                reached.add(route.path)
    paths = {route.path for route in _guarded(stage) if route.methods == ("GET",)} - {"/live"}
    assert len(reached) >= 0.8 * len(paths), sorted(paths - reached)


def _guarded(stage: Stage) -> list[RouteFacts]:
    return [route for route in all_routes(stage.app) if route.sign_in or route.token]


def _marker(route: RouteFacts) -> RequireSignIn:
    marker = route.sign_in or route.token
    assert marker is not None
    return marker  # type: ignore[return-value]


def _ids(stage: Stage, route: RouteFacts) -> dict[str, UUID | str]:
    fixed: dict[str, UUID | str] = {
        "opening_id": new_id(),
        "token": "0" * 22,
        "code": "0" * 22,
        "address": "x",
        "week": "2026-11-23",
        "item": "heart",
        "kind": "allergy",
        "purpose": "doctors_words",
    }
    return {name: stage.day.samples.get(name) or fixed.get(name) or new_id() for name in route.parameters}


def _without_ids(text: str, ids: dict[str, UUID | str]) -> str:
    """Take out what may differ: the id that was asked for, nonces, CSRF tokens."""
    for value in ids.values():
        text = text.replace(str(value), "ID")
    text = re.sub(r'(name="csrf_token"\s+value|nonce|content)="[^"]*"', r'\1=""', text)
    return re.sub(r"[0-9a-f]{16}", "", text)


def _csrf_token() -> str:
    salt = b"0" * 16
    signature = hmac.new(CSRF_SECRET.encode(), b"csrf" + salt, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(salt + signature).decode()
