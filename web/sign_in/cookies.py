"""The two cookies of a browser: who is signed in, and which machine it is.

`__Host-` wherever TLS is, plain names on http loopback (OWASP ASVS 5.0 3.3.1 to 3.3.4).
"""

from fastapi import Request
from starlette.responses import Response

from telehealth.access.deps import cookie_name
from telehealth.kit.deps import settings_of
from telehealth.kit.settings import Settings
from telehealth.staff.rules import REMEMBERED
from telehealth.staff.service import Browser, SignedIn


def browser_of(request: Request, *, remember: bool = False) -> Browser:
    """Return what the browser brought along."""
    settings = settings_of(request)
    return Browser(
        sign_in_token=request.cookies.get(cookie_name(settings)),
        device_token=request.cookies.get(device_cookie(settings)),
        remember=remember,
    )


def device_cookie(settings: Settings) -> str:
    """Return the name of the cookie that tells machines apart."""
    return "__Host-device" if settings.is_https else "device"


def keep(response: Response, settings: Settings, signed_in: SignedIn) -> Response:
    """Give the browser its tokens: the sign-in until it closes, the machine for a month."""
    _set(response, settings, cookie_name(settings), signed_in.token)
    if signed_in.device_token is not None:
        lasting = int(REMEMBERED.total_seconds())
        _set(response, settings, device_cookie(settings), signed_in.device_token, lasting)
    return response


def drop(response: Response, settings: Settings) -> Response:
    """Take the sign-in away from the browser; the machine stays known."""
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )
    return response


def _set(response: Response, settings: Settings, name: str, value: str, lasting: int | None = None) -> None:
    response.set_cookie(
        name, value, max_age=lasting, path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )
