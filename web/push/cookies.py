"""The cookie by which a browser knows its own entry, so that signing out there ends it."""

from typing import Final

from fastapi import Request
from starlette.responses import Response

from telehealth.kit.settings import Settings

_LASTING: Final = 400 * 24 * 3600


def read(request: Request, settings: Settings) -> str | None:
    """Return what the browser was given, if anything."""
    return request.cookies.get(_name(settings))


def keep(response: Response, settings: Settings, token: str) -> Response:
    """Give the browser its token."""
    response.set_cookie(
        _name(settings),
        token,
        max_age=_LASTING,
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )
    return response


def drop(response: Response, settings: Settings) -> Response:
    """Take it away."""
    response.delete_cookie(_name(settings), path="/", secure=settings.is_https, httponly=True, samesite="lax")
    return response


def _name(settings: Settings) -> str:
    return "__Host-push" if settings.is_https else "push"
