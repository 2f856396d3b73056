"""The socket of a check: its round trips are measured, and through it the browser meets the checking peer.

Client: `{"type": "hello", "ticket"}` first, then `ping` (`n`) and `offer` (`sdp`, `echo`). Server: `welcome`
(`ice_servers`), `pong`, `queued` (`before`), `answer` (`sdp`), `refused` (`code`).
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from signaling.ice import IceIssuer
from signaling.media import limits
from signaling.media.peer import CheckingPeer, OfferRefusedError, PeerGoneError
from signaling.media.ports import CheckAccess, CheckPorts
from signaling.media.seats import FullError, Seats
from signaling.parts import CloseCode, IceServer
from telehealth.kit.clock import Clock
from telehealth.kit.ids import new_id

HELLO_SECONDS: Final = 5.0


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Said):
    """The first word."""

    type: Literal["hello"]
    ticket: str = Field(min_length=20, max_length=100)


class Ping(_Said):
    """Answered at once, to measure the way there and back."""

    type: Literal["ping"]
    n: int = Field(ge=0, le=1000)


class Offer(_Said):
    """A connection to measure over, or one whose sound and picture come back."""

    type: Literal["offer"]
    echo: bool = False
    sdp: str = Field(max_length=limits.SDP_BYTES)


_SAID: TypeAdapter[Hello | Ping | Offer] = TypeAdapter(
    Annotated[Hello | Ping | Offer, Field(discriminator="type")]
)


@dataclass(frozen=True, slots=True)
class CheckDesk:
    """All a check is made with."""

    ports: CheckPorts
    peer: CheckingPeer
    ice: IceIssuer
    clock: Clock
    allowed_origins: frozenset[str]
    seats: Seats = field(default_factory=lambda: Seats(limits.CHECKS_AT_ONCE, limits.WAITING_AT_MOST))
    echoes: Seats = field(default_factory=lambda: Seats(limits.ECHOES_AT_ONCE, limits.ECHOES_WAITING))


def build_check_router(desk: CheckDesk) -> APIRouter:
    """Return the router with the one route, `/line-check`."""
    router = APIRouter()

    @router.websocket("/line-check")
    async def line_check(socket: WebSocket) -> None:
        """Serve one check from handshake to close."""
        if socket.headers.get("origin") not in desk.allowed_origins:
            await socket.close()  # before accept: HTTP 403
            return
        await socket.accept()
        with suppress(WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(limits.SOCKET_SECONDS):
                await _serve(desk, socket)
        with suppress(RuntimeError, WebSocketDisconnect):  # closed already by the browser
            await socket.close(CloseCode.NORMAL)

    return router


async def _serve(desk: CheckDesk, socket: WebSocket) -> None:
    access = await _enter(desk, socket)
    if access is None:
        await socket.send_json({"type": "refused", "code": "check-ticket-refused"})
        return
    servers = desk.ice.issue(access.check_id, desk.clock.now()) if access.may_relay else ()
    await socket.send_json({"type": "welcome", "ice_servers": [_plain(each) for each in servers]})
    visit = _Visit(desk, socket, access)
    try:
        for _ in range(limits.FRAMES):
            said = await _hear(socket)
            if isinstance(said, Ping):
                await socket.send_json({"type": "pong", "n": said.n})
            elif not isinstance(said, Offer) or not visit.begin(said):
                await socket.send_json({"type": "refused", "code": "check-not-understood"})
                return
    finally:
        await visit.end()


async def _enter(desk: CheckDesk, socket: WebSocket) -> CheckAccess | None:
    async with asyncio.timeout(HELLO_SECONDS):
        said = await _hear(socket)
    if not isinstance(said, Hello):
        return None
    return await run_in_threadpool(desk.ports.redeem, said.ticket, now=desk.clock.now())


async def _hear(socket: WebSocket) -> Hello | Ping | Offer | None:
    """Return what was said next, None for what nobody understands; raise WebSocketDisconnect."""
    event = await socket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code") or CloseCode.NORMAL)
    try:
        return _SAID.validate_json(event.get("text") or event.get("bytes") or "")
    except ValidationError:
        return None


class _Visit:
    """One browser's time with the peer: a place in line, then a connection."""

    def __init__(self, desk: CheckDesk, socket: WebSocket, access: CheckAccess) -> None:
        self._desk, self._socket, self._access = desk, socket, access
        self._told: set[asyncio.Task[None]] = set()
        self._work: asyncio.Task[None] | None = None

    def begin(self, offer: Offer) -> bool:
        """Take a place for this offer; false for a second offer."""
        if self._work is not None:
            return False
        self._work = asyncio.get_running_loop().create_task(self._meet(offer))
        return True

    async def end(self) -> None:
        """Give the place back."""
        tasks = [*self._told, *([self._work] if self._work else [])]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _meet(self, offer: Offer) -> None:
        seats = self._desk.echoes if offer.echo else self._desk.seats
        try:
            async with seats.take(self._tell_place):
                try:
                    await self._answer(offer)
                    await asyncio.sleep(limits.ECHO_SECONDS if offer.echo else limits.CHECK_SECONDS)
                finally:
                    self._desk.peer.close(self._access.check_id)
        except FullError:
            await self._refuse("check-busy")
        except OfferRefusedError:
            await self._refuse("check-not-understood")
        except PeerGoneError:
            await self._refuse("check-peer-gone")

    async def _answer(self, offer: Offer) -> None:
        ice = [_plain(each) for each in self._relay()]
        check_id = self._access.check_id
        answer = await self._desk.peer.open(check_id, offer.sdp, ice, is_echo=offer.echo)
        await self._socket.send_json({"type": "answer", "sdp": answer})

    def _relay(self) -> Sequence[IceServer]:
        """The peer's own way through the relay: aiortc takes one address, the quickest is over UDP."""
        issued = self._desk.ice.issue(new_id(), self._desk.clock.now())
        some = [each for each in issued if each.username]
        urls = [url for each in some for url in each.urls if url.startswith("turn:") and "=tcp" not in url]
        return [each.model_copy(update={"urls": tuple(urls[:1])}) for each in some] if urls else []

    def _tell_place(self, before: int) -> None:
        task = asyncio.get_running_loop().create_task(
            self._socket.send_json({"type": "queued", "before": before})
        )
        self._told.add(task)
        task.add_done_callback(self._told.discard)

    async def _refuse(self, code: str) -> None:
        await self._socket.send_json({"type": "refused", "code": code})


def _plain(server: IceServer) -> dict[str, Any]:
    return server.model_dump(mode="json", exclude_none=True)
