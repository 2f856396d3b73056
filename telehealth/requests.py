"""What every request passes first: how it may reach us, how long it may be, one log line about it.

The line says what, how long, how it ended. Never who, never a query string.
"""

import logging
import re
import secrets
import time

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telehealth.kit.logs import logger

QUIET = ("/static/", "/healthz", "/live")

BODY_BYTES = 1_048_576
"""The longest form is a record with every section full: some 700 kB once its letters are escaped."""

FILES_BYTES = 40 * 1_048_576
"""What a form that carries files may be, where no script sends them in parts."""

_WITH_FILES = re.compile(
    r"/(visits/ID/attachments|p/ID/(photos|questions)|patients/ID/consents/proof|api/v1/patients/ID/consents/ID/proof)".replace(
        "ID", "[0-9a-f-]{36}"
    )
)
_DIGITS = 18


class BodyLimit:
    """Middleware: refuses a body that is too long with 413, before anything parses it.

    Refused where it is read, inside the application, so that the answer is a page or a problem as ever.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; sockets have bounds of their own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        # A number of more digits than any integer takes in is too long in every way.
        limit = FILES_BYTES if _WITH_FILES.fullmatch(scope["path"]) else BODY_BYTES
        is_too_long = len(announced) > _DIGITS or (announced.isdecimal() and int(announced) > limit)
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = {} if is_too_long else await receive()
            received += len(message.get("body", b""))
            if is_too_long or received > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, bounded, send)


class PublicScheme:
    """Middleware for a server that people reach over TLS: the proxy speaks plain http to it.

    Cookies, policy headers and redirects then follow the address people type. What the proxy says of it
    in headers is not asked: anyone who reaches the port could say the same.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket under the scheme people use."""
        secure = {"http": "https", "websocket": "wss"}.get(scope["type"])
        if secure is not None:
            # In place: a fault is answered outside all middleware, from this very scope.
            scope["scheme"] = secure
        await self._app(scope, receive, send)


class RequestLog:
    """Middleware: a request id into the log context and `request.state`, and one line at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; sockets pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500
        started = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, watch)
            finally:
                _note(scope, status, time.perf_counter() - started)


def _note(scope: Scope, status: int, seconds: float) -> None:
    path = scope["path"]
    level = logging.WARNING if status >= 500 else logging.INFO
    if level == logging.INFO and path.startswith(QUIET):
        return
    logger().log(
        level,
        "request",
        method=scope["method"],
        path=path,
        status=status,
        duration_ms=round(seconds * 1000, 1),
    )
