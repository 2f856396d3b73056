"""The WebSocket endpoint: origin, first message, then frames to the hub until the socket is gone.

Nothing a client sends ends in a traceback: what cannot be read is answered from the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from signaling.errors import SignalingError
from signaling.hub import Hub
from signaling.parts import MAX_FRAME_BYTES, CloseCode
from signaling.visitors import HELLO_SECONDS, Visitor
from signaling.wire import wire_of

PATH: Final = "/signal"

# What uvicorn must be run with. Compression doubles the memory of a socket; uvicorn's own pings would be a
# second heartbeat; its default frame (16 MiB x 32) is half a gigabyte per socket.
UVICORN_SETTINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "ws": "signaling.wire:SignalingProtocol",
        "ws_max_size": MAX_FRAME_BYTES,
        "ws_max_queue": 8,
        "ws_per_message_deflate": False,
        "ws_ping_interval": None,
        "ws_ping_timeout": None,
    }
)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Which pages may open a socket, as the browser writes them (`https://host`, `http://127.0.0.1:8000`)."""

    allowed_origins: frozenset[str]
    hello_seconds: float = HELLO_SECONDS


def build_router(hub: Hub, settings: GatewaySettings) -> APIRouter:
    """Return the router with the one route, `/signal`."""
    router = APIRouter()
    router.routes.append(WebSocketRoute(PATH, _Door(hub, settings), name="signal"))
    return router


class _Door:
    """Accepts sockets of our own pages and takes them over; each is its visitor's from then on."""

    def __init__(self, hub: Hub, settings: GatewaySettings) -> None:
        self._hub = hub
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one handshake."""
        await receive()
        if Headers(scope=scope).get("origin") not in self._settings.allowed_origins:
            await send({"type": "websocket.close"})  # before accept: HTTP 403
            return
        wire = wire_of(scope)
        await send({"type": "websocket.accept"})
        try:
            visitor = Visitor(self._hub, wire)
        except SignalingError:
            await send({"type": "websocket.close", "code": CloseCode.TRY_LATER})
            return
        visitor.greet(self._settings.hello_seconds)
        wire.take_over(visitor)
