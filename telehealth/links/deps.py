"""The marker of patient routes: below /p, where the address names an opening and a cookie the phone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Depends, Request

from telehealth.kit.deps import database_of, settings_of
from telehealth.kit.settings import Settings
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError, LinkNotConfirmedError
from telehealth.links.rules import PURPOSES, Gate, missing_gate


class RequireLink:
    """Lets in the phone a link of one of the purposes is open on, and through the gates of its purpose.

    `shows` names the purpose whose gates the page has besides those of the link: a record's papers ask
    for a code by whatever link one comes. `needs_gate` false is for the gates themselves and what may be
    seen before them. The route's path has the parameter `opening_id`.
    """

    def __init__(self, *purposes: str, needs_gate: bool = True, shows: str = "") -> None:
        if unknown := {*purposes, *([shows] if shows else [])} - set(PURPOSES):
            raise KeyError(*unknown)
        self.purposes = purposes
        self.needs_gate = needs_gate
        self.shows = shows

    def __call__(self, request: Request) -> LinkActor:
        """Return the actor; raise `link-closed`, `link-not-confirmed` or `link-code-needed`."""
        actor, now = opened_link(request)
        if actor.purpose not in self.purposes:
            raise LinkClosedError
        if self.needs_gate and (gate := self.missing(actor, now)) is not None:
            raise LinkNotConfirmedError(actor.opening_id, gate)
        request.state.actor = actor
        return actor

    def missing(self, actor: LinkActor, now: datetime) -> Gate | None:
        """Return the first gate still closed to this actor, None when there is none."""
        asked = (actor.purpose, self.shows) if self.shows else (actor.purpose,)
        return next((gate for each in asked if (gate := missing_gate(each, actor.standing, now))), None)


def AllowLink(*purposes: str, needs_gate: bool = True, shows: str = "") -> Any:
    """Mark a patient route: `actor: Annotated[LinkActor, AllowLink("join")]`.

    Raises KeyError, at import, for a purpose that has no rules.
    """
    return Depends(RequireLink(*purposes, needs_gate=needs_gate, shows=shows))


def opened_link(request: Request) -> tuple[LinkActor, datetime]:
    """Return who acts on the opening the path names, and when; raise `link-closed` if not this phone's."""
    device_token = request.cookies.get(phone_cookie(settings_of(request)), "")
    try:
        opening_id = UUID(str(request.path_params["opening_id"]))
    except ValueError:
        raise LinkClosedError from None
    with database_of(request).read() as unit:
        actor = queries.find_actor(unit.session, opening_id, device_token, now=unit.now)
        now = unit.now
    if actor is None:
        raise LinkClosedError
    return actor, now


def phone_cookie(settings: Settings) -> str:
    """Return the name of the cookie that makes a phone known: `__Host-` wherever TLS is."""
    return "__Host-phone" if settings.is_https else "phone"
