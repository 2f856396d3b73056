"""The WebSocket endpoint: origin, first message, then frames to the hub until the socket is gone.

Nothing a client sends ends in a traceback: what cannot be read is answered from the catalogue.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fastapi import APIRouter, WebSocket

from signaling.errors import RETRY, Code, SignalingError
from signaling.from_client import Hello
from signaling.from_server import Error
from signaling.hub import Hub, Seat
from signaling.outlets import Outlet
from signaling.parts import MAX_FRAME_BYTES, CloseCode
from signaling.protocol import encode, parse

_log = logging.getLogger(__name__)

HELLO_SECONDS: Final = 5.0
MAX_HELLO_FRAMES: Final = 5

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


class _GoneError(Exception):
    """The socket is closed, by the client with `code` or by us."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def build_router(hub: Hub, settings: GatewaySettings) -> APIRouter:
    """Return the router with the one route, `/signal`."""
    router = APIRouter()

    @router.websocket("/signal")
    async def signal(socket: WebSocket) -> None:
        """Serve one socket from handshake to close."""
        if socket.headers.get("origin") not in settings.allowed_origins:
            await socket.close()  # before accept: HTTP 403
            return
        await socket.accept()
        await _serve(hub, socket, settings.hello_seconds)

    return router


async def _serve(hub: Hub, socket: WebSocket, hello_seconds: float) -> None:
    try:
        outlet = hub.connect(socket)
    except SignalingError:
        await socket.close(CloseCode.TRY_LATER)
        return
    seat: Seat | None = None
    code = int(CloseCode.SERVER_ERROR)
    try:
        seat = await _enter(hub, socket, outlet, hello_seconds)
        while seat is not None:
            hub.receive(seat, await _receive(socket))
        await outlet.flushed()
    except _GoneError as gone:
        code = gone.code
    finally:
        on_purpose = code == CloseCode.NORMAL and not outlet.is_shut
        hub.disconnect(outlet, seat, on_purpose=on_purpose)


async def _enter(hub: Hub, socket: WebSocket, outlet: Outlet, hello_seconds: float) -> Seat | None:
    """Wait for a valid `hello` and seat the socket by it; None when it was refused."""
    try:
        async with asyncio.timeout(hello_seconds):
            hello = await _first_hello(socket, outlet)
    except TimeoutError:
        hub.refuse(outlet, Code.HELLO_EXPECTED)
        return None
    except SignalingError as error:
        hub.refuse(outlet, error.signal_code)
        return None
    try:
        return await hub.enter(outlet, hello)
    except SignalingError as error:
        hub.refuse(outlet, error.signal_code)
    except Exception:
        # A fault of the domain (its database is away): the client is told to try again, not left hanging.
        _log.exception("a socket could not be seated")
        hub.refuse(outlet, Code.SIGNALING_UNAVAILABLE)
    return None


async def _first_hello(socket: WebSocket, outlet: Outlet) -> Hello:
    """Read frames until one is a `hello`; raises hello-expected after a few that are not."""
    for _ in range(MAX_HELLO_FRAMES):
        try:
            message = parse(await _receive(socket))
        except SignalingError as error:
            outlet.put(encode(_error(error.signal_code)))
            continue
        if isinstance(message, Hello):
            return message
        outlet.put(encode(_error(Code.HELLO_EXPECTED)))
    raise SignalingError(Code.HELLO_EXPECTED)


async def _receive(socket: WebSocket) -> str | bytes:
    """The next frame, text or binary (binary is read as UTF-8 JSON too); raises _GoneError."""
    event: dict[str, Any] = dict(await socket.receive())
    if event["type"] == "websocket.disconnect":
        raise _GoneError(event.get("code") or CloseCode.NORMAL)
    text = event.get("text")
    frame: str | bytes = text if text is not None else event["bytes"]
    return frame


def _error(code: Code) -> Error:
    return Error(code=code, reply_to=None, retry=code in RETRY)
