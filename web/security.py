"""What every answer carries, and proof that a form was ours.

`SecurityHeaders` sets the policy headers and one nonce for each request; `CsrfProtected` guards every
route that changes something for a browser with a cookie.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData, Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telehealth.kit.errors import ForbiddenError

CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "x-csrf-token"
HSTS: Final = "max-age=31536000; includeSubDomains"
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
_FIXED: Final = {
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
}
_PARTS: Final = (".css", ".js", ".woff2")
"""Endings of static files that are parts of a page and never a document: a policy there governs nothing
(CSP Level 3, section 4.2), and costs a phone 400 bytes for each of them."""

_DATA: Final = ("application/json", "image/")
DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""Enough for what is no page of ours: it may load nothing at all, and a phone is spared 380 bytes."""

_log = logging.getLogger(__name__)


def content_policy(nonce: str, host: str, *, is_https: bool) -> str:
    """Return the Content-Security-Policy of one answer; plain `ws:` only for a loopback host without TLS."""
    name = urlsplit(f"//{host}").hostname or ""
    socket = f"ws://{host}" if not is_https and name in _LOOPBACK else f"wss://{host}"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            "style-src 'self'",
            "font-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "img-src 'self' blob:",
            "media-src blob: 'self'",
            f"connect-src 'self' {socket}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "report-uri /csp",
        )
    )


def set_policy_headers(scope: Scope, headers: MutableHeaders, *, is_redirect: bool = False) -> None:
    """Put the policy headers on an answer; those it has already stay."""
    is_https = scope["scheme"] == "https"
    if is_https:
        headers.setdefault("Strict-Transport-Security", HSTS)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cache-Control", "no-store")
    path: str = scope["path"]
    if path.startswith("/static/") and path.endswith(_PARTS):
        return
    for name, value in _FIXED.items():
        headers.setdefault(name, value)
    if is_redirect or headers.get("content-type", "").startswith(_DATA):
        headers.setdefault("Content-Security-Policy", DATA_POLICY)
        return
    host = _safe_host(Headers(scope=scope))
    headers.setdefault("Content-Security-Policy", content_policy(_nonce(scope), host, is_https=is_https))


class SecurityHeaders:
    """Middleware: one nonce for the request in `request.state.nonce`, the policy headers on its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; sockets pass through untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _nonce(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_redirect = 300 <= message["status"] < 400
                set_policy_headers(scope, MutableHeaders(scope=message), is_redirect=is_redirect)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _nonce(scope: Scope) -> str:
    """Return the nonce of the request, made when it is first asked for."""
    state: dict[str, str] = scope.setdefault("state", {})
    return state.setdefault("nonce", secrets.token_urlsafe(16))


def _safe_host(headers: Headers) -> str:
    """Return the Host header if it can stand in a header of ours, else nothing."""
    host = headers.get("host", "")
    return host if host and all(c.isalnum() or c in ".-:[]_" for c in host) else "localhost"


def _csrf_cookie(request: Request) -> str:
    return "__Host-csrf" if request.url.scheme == "https" else "csrf"


def csrf_token(request: Request) -> str:
    """Return a fresh token for a form on this page, bound to the secret in the browser's cookie."""
    state = request.state
    secret = getattr(state, "csrf_secret", None) or request.cookies.get(_csrf_cookie(request))
    if not secret:
        secret = secrets.token_urlsafe(32)
        state.csrf_is_new = True
    state.csrf_secret = secret
    salt = secrets.token_bytes(16)
    return base64.urlsafe_b64encode(salt + _sign(secret, salt)).decode()


def keep_csrf_cookie(request: Request, response: Response) -> None:
    """Give the browser its secret, if a token of this answer was bound to a new one."""
    if getattr(request.state, "csrf_is_new", False):
        response.set_cookie(
            _csrf_cookie(request),
            request.state.csrf_secret,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
            path="/",
        )


def _sign(secret: str, salt: bytes) -> bytes:
    return hmac.new(secret.encode(), b"csrf" + salt, hashlib.sha256).digest()


def is_csrf_token(token: str, secret: str | None) -> bool:
    """Say whether the token was made for a browser that holds the secret."""
    if not secret:
        return False
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii", "replace"))
    except (binascii.Error, ValueError):
        return False
    return len(raw) == 48 and hmac.compare_digest(raw[16:], _sign(secret, raw[:16]))


def is_same_origin(headers: Headers) -> bool:
    """Say whether the browser's own words allow the request to be ours.

    `Sec-Fetch-Site` decides where it is sent. Otherwise Origin must name our host. Under
    `Referrer-Policy: no-referrer` older Safari sends `Origin: null` with our own forms, so that value says
    nothing and the token alone decides.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin in (None, "null") or urlsplit(origin).netloc == headers.get("host")


async def posted_form(request: Request) -> AsyncIterator[FormData]:
    """Give the posted form; the body is read once however often this is asked. Bounded in fields and files.

    Files lie in temporary ones, which are gone when the request is answered, refused ones too.
    """
    async with request.form(max_files=4, max_fields=400) as form:
        yield form


async def check_csrf(request: Request, form: Annotated[FormData, Depends(posted_form)]) -> None:
    """Refuse a request a page of ours did not make. Raises ForbiddenError `csrf-refused`."""
    token = request.headers.get(CSRF_HEADER) or form.get(CSRF_FIELD)
    secret = request.cookies.get(_csrf_cookie(request))
    if not is_same_origin(request.headers) or not isinstance(token, str) or not is_csrf_token(token, secret):
        _log.warning("a form was refused: origin or token does not fit")
        raise ForbiddenError("csrf-refused")


CsrfProtected = Depends(check_csrf)
PostedForm = Annotated[FormData, Depends(posted_form)]
