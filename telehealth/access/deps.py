"""Route markers: who may use a route. A route without one fails tests/telehealth/access/test_routes.py.

Pages are reached with the sign-in cookie, the JSON API with a bearer token; neither accepts the
other, so no cross-site request can ever reach the API.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from telehealth.access.refusals import NOTED, Asked
from telehealth.access.rules import ACTIONS, check
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ask, database_of, settings_of, write_unit
from telehealth.kit.errors import DomainError, NotSignedInError
from telehealth.kit.settings import Settings
from telehealth.staff import queries, service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.deps import verify_secret
from telehealth.staff.rules import Role, is_pin, prepare_password

REFRESH_HEADER: Final = "x-live-refresh"
"""Sent by parts of a page that ask for themselves anew."""

ACTOR_HEADER: Final = "x-acting-as"
"""Sent by scripts of a page with what they save: whose page it is, as `actor_tag` names them."""

_bearer = HTTPBearer(auto_error=False, description="Token from `telehealth token create`")


class Require:
    """The marker: the action of `access.rules.ACTIONS` that a route is."""

    def __init__(self, action: str) -> None:
        if action not in ACTIONS:
            raise KeyError(action)
        self.action = action

    def _admit(self, request: Request, actor: Actor) -> None:
        """Let the actor in, or raise `not-allowed`; what is refused from here on goes on record."""
        request.state.asked = Asked(actor, self.action, tuple(_ids_in(request)))
        check(actor, self.action)
        request.state.actor = actor


class RequireSignIn(Require):
    """Lets in a signed-in membership; `is_activity` false for what a page does by itself."""

    def __init__(self, action: str, *, is_activity: bool = True) -> None:
        super().__init__(action)
        self.is_activity = is_activity

    async def __call__(self, request: Request) -> MembershipActor:
        """Return the actor; raise `not-signed-in` or `not-allowed`."""
        is_activity = self.is_activity and REFRESH_HEADER not in request.headers
        actor = await ask(request, partial(signed_in, request, is_activity=is_activity))
        _require_same(request, actor)
        self._admit(request, actor)
        return actor


class RequireToken(Require):
    """Lets in the bearer of an API token."""

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> Actor:
        """Return the actor; raise `not-signed-in` or `not-allowed`."""
        actor = await ask(
            request, partial(_bearer_of, request, credentials.credentials if credentials else "")
        )
        self._admit(request, actor)
        return actor


def _bearer_of(request: Request, token: str) -> Actor:
    with database_of(request).read() as unit:
        today = unit.now.astimezone(settings_of(request).zone).date()
        actor = queries.find_bearer(unit.session, token, now=unit.now, today=today)
    if actor is None:
        raise NotSignedInError
    return actor


def note_refusal(request: Request, error: DomainError) -> None:
    """Count a refused try of somebody who is signed in, for the audit trail."""
    asked = getattr(request.state, "asked", None)
    if asked is not None and error.kind in NOTED:
        request.app.state.refusals.note(asked, error.code, database_of(request).clock.now())


def _ids_in(request: Request) -> Iterator[UUID]:
    """Yield the ids an address names."""
    for value in request.path_params.values():
        try:
            yield UUID(str(value))
        except ValueError:
            continue


def actor_tag(connection: HTTPConnection, actor: Actor) -> str:
    """Return a name of a member for their own pages and browsers, which tells nobody who they are."""
    return database_of(connection).keyring.derive("actor", str(actor.ref)).hex()[:32]


def _require_same(request: Request, actor: MembershipActor) -> None:
    """Refuse what a page of one member sends once another has signed in: it would bear the wrong name.

    Raises `signed-in-as-another`.
    """
    given = request.headers.get(ACTOR_HEADER)
    if given is not None and given != actor_tag(request, actor):
        raise NotSignedInError("signed-in-as-another")


def Allow(action: str, *, is_activity: bool = True) -> Any:
    """Mark a page route: `actor: Annotated[MembershipActor, Allow("patient.read")]`."""
    return Depends(RequireSignIn(action, is_activity=is_activity))


def AllowToken(action: str) -> Any:
    """Mark an API route: `actor: Annotated[Actor, AllowToken("patient.read")]`."""
    return Depends(RequireToken(action))


def public() -> None:
    """Mark a route that anyone may use: `dependencies=[Depends(public)]`."""


def cookie_name(settings: Settings) -> str:
    """Return the sign-in cookie's name: `__Host-` wherever TLS is, plain on http loopback."""
    return "__Host-signin" if settings.is_https else "signin"


def signed_in(connection: HTTPConnection, *, is_activity: bool) -> MembershipActor:
    """Return who is signed in on this connection; raise `not-signed-in` if nobody is, any more.

    A page's own polling and streams are no activity: they must not keep an abandoned PC open.
    """
    settings = settings_of(connection)
    token = connection.cookies.get(cookie_name(settings))
    if not token:
        raise NotSignedInError
    with database_of(connection).read() as unit:
        today = unit.now.astimezone(settings.zone).date()
        found = queries.find_sign_in(unit.session, token, now=unit.now, today=today)
    if found is None:
        raise NotSignedInError
    seen = connection.app.state.activity
    last_seen = max(found.last_seen_at, seen.get(found.id, found.last_seen_at))
    if is_idle(settings, found.actor.role, last_seen, unit.now):
        raise NotSignedInError("signed-out-idle")
    if is_activity:
        seen.note(found.id, unit.now)
    return found.actor


def idle_time(settings: Settings, role: Role) -> timedelta:
    """Return how long a sign-in may be idle: shorter on the PCs that stations share."""
    minutes = settings.idle_minutes_doctor if role is Role.DOCTOR else settings.idle_minutes_station
    return timedelta(minutes=minutes)


def is_idle(settings: Settings, role: Role, last_seen_at: datetime, now: datetime) -> bool:
    """Tell whether a sign-in last seen then has run out by idleness."""
    return now - last_seen_at > idle_time(settings, role)


async def prove(connection: HTTPConnection, actor: MembershipActor, secret: object) -> bool:
    """Tell whether PIN or password is the actor's own: an act like a signature asks for it once more.

    Nothing given proves nothing, and is no try. Tries are counted, and nothing waits for the hashing.
    Raises `too-many-attempts`, `busy`.
    """
    if not isinstance(secret, str) or not secret:
        return False
    async with write_unit(connection) as unit:
        attempt = await run_in_threadpool(service.begin_proof, unit.session, actor, now=unit.now)
    given = prepare_password(secret)
    stored = attempt.pin_hash if is_pin(given) and attempt.pin_hash else attempt.password_hash
    if not await verify_secret(connection, stored, given):
        return False
    async with write_unit(connection) as unit:
        await run_in_threadpool(service.complete_proof, unit.session, attempt)
    return True
