"""One log line per request: what, how long, how it ended. Never who, never a query string."""

import logging
import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telehealth.kit.logs import logger

QUIET = ("/static/", "/healthz", "/live")


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
