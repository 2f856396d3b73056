"""The marker of patient routes: below /p, where the address names an opening and a cookie the phone."""

from typing import Any
from uuid import UUID

from fastapi import Depends, Request

from telehealth.kit.deps import database_of, settings_of
from telehealth.kit.settings import Settings
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError, LinkNotConfirmedError
from telehealth.links.rules import PURPOSES


class RequireLink:
    """Lets in the phone a link of one of the purposes is open on; `needs_gate` false before the gate.

    The route's path has the parameter `opening_id`.
    """

    def __init__(self, *purposes: str, needs_gate: bool = True) -> None:
        if unknown := set(purposes) - set(PURPOSES):
            raise KeyError(*unknown)
        self.purposes = purposes
        self.needs_gate = needs_gate

    def __call__(self, request: Request) -> LinkActor:
        """Return the actor; raise `link-closed` or `link-not-confirmed`."""
        actor = opened_link(request)
        if actor.purpose not in self.purposes:
            raise LinkClosedError
        if self.needs_gate and not actor.is_confirmed:
            raise LinkNotConfirmedError(actor.opening_id)
        request.state.actor = actor
        return actor


def AllowLink(*purposes: str, needs_gate: bool = True) -> Any:
    """Mark a patient route: `actor: Annotated[LinkActor, AllowLink("join")]`.

    Raises KeyError, at import, for a purpose that has no rules.
    """
    return Depends(RequireLink(*purposes, needs_gate=needs_gate))


def opened_link(request: Request) -> LinkActor:
    """Return who acts on the opening the path names; raise `link-closed` if it is not this phone's."""
    device_token = request.cookies.get(phone_cookie(settings_of(request)), "")
    try:
        opening_id = UUID(str(request.path_params["opening_id"]))
    except ValueError:
        raise LinkClosedError from None
    with database_of(request).read() as unit:
        actor = queries.find_actor(unit.session, opening_id, device_token, now=unit.now)
    if actor is None:
        raise LinkClosedError
    return actor


def phone_cookie(settings: Settings) -> str:
    """Return the name of the cookie that makes a phone known: `__Host-` wherever TLS is."""
    return "__Host-phone" if settings.is_https else "phone"
