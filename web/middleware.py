"""What every request passes before a route sees it."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from web import i18n
from web.render import language_of
from web.security import SecurityHeaders


class RequestLanguage:
    """Middleware: texts and dates made while a request is served are in its language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; sockets pass through untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with i18n.language(language_of(Request(scope))):
            await self._app(scope, receive, send)


def install_middleware(app: FastAPI) -> None:
    """Give the app the policy headers and the language of each request; call it last of all middleware."""
    app.add_middleware(RequestLanguage)
    app.add_middleware(SecurityHeaders)
