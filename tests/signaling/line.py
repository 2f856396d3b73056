"""A real server on a free port, and browsers' ends of real sockets to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from signaling.backplane import Backplane, InProcessBackplane
from signaling.from_client import Hello
from signaling.from_server import Waiting
from signaling.gateway import UVICORN_SETTINGS, GatewaySettings, build_router
from signaling.hub import Hub
from signaling.ice import IceIssuer, IceSettings
from signaling.parts import FromClient, FromServer
from signaling.ports import Admission
from signaling.protocol import encode, parse_server
from telehealth.kit.clock import SystemClock
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import RELAY

ORIGIN = "https://khambenh.example.vn"
SMALL_BUFFER = 8_192
PATIENCE = 60.0
"""Seconds: a deadline that only what is broken reaches, however busy the machine is."""
M = TypeVar("M", bound=FromServer)


class Served:
    """A running server: its hub, its address, and ways to come to it."""

    def __init__(self, hub: Hub, ports: MemoryPorts, address: tuple[str, int]) -> None:
        self.hub = hub
        self.ports = ports
        self.address = address
        self.url = f"ws://{address[0]}:{address[1]}/signal"
        self._lines: list[Line] = []

    async def open(self, *, reads: bool = True, origin: str | None = ORIGIN) -> "Line":
        """Open a socket; `reads=False` gives it small buffers, so that not reading is soon noticed."""
        options: dict[str, Any] = {"origin": origin, "ping_interval": None, "close_timeout": 2}
        if not reads:
            options["sock"] = socket.socket()
            options["sock"].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            options["sock"].setblocking(False)
            await asyncio.get_running_loop().sock_connect(options["sock"], self.address)
            options["max_queue"] = 1
        line = Line(await connect(self.url, **options))
        self._lines.append(line)
        return line

    async def hang_up(self) -> None:
        """Cut whatever is still connected."""
        for line in self._lines:
            line.cut()
            await line.wire.wait_closed()

    def ticket(self, who: Admission) -> str:
        """A fresh ticket."""
        return self.ports.issue_ticket(who, now=SystemClock().now())

    async def come(self, who: Admission, *, reads: bool = True) -> "Line":
        """Somebody comes with a ticket, says hello and is answered."""
        line = await self.open(reads=reads)
        await line.send(Hello(versions=(1,), ticket=self.ticket(who)))
        await line.hear()
        return line

    async def come_back(self, lost: "Line") -> "Line":
        """Somebody resumes a dropped line and is answered."""
        line = await self.open()
        hello = Hello(
            versions=(1,), resume=lost.welcome.resume, epoch=lost.welcome.epoch, last_seq=lost.last_seq
        )
        await line.send(hello)
        await line.hear()
        return line


class Line:
    """The browser's end of one socket; remembers what arrived."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self._welcome: Waiting | None = None
        self.last_seq = 0
        self.heard: list[FromServer] = []

    @property
    def welcome(self) -> Waiting:
        """The latest answer to hello."""
        assert self._welcome is not None
        return self._welcome

    async def flood(self, say: Callable[[int], str | bytes] = lambda _: '{"type": "ping"}') -> None:
        """Send until the server closes: a rate is gone beyond, not a number, however busy the machine."""
        with suppress(ConnectionClosed):
            for number in range(2_000):
                await self.wire.send(say(number))

    async def send(self, message: FromClient | str) -> None:
        """Send a message, or a frame as it is."""
        await self.wire.send(message if isinstance(message, str) else encode(message))

    async def hear(self) -> FromServer:
        """The next message; raises ConnectionClosed."""
        async with asyncio.timeout(PATIENCE):
            message = parse_server(await self.wire.recv())
        self.heard.append(message)
        self.last_seq = message.seq or self.last_seq
        if isinstance(message, Waiting):
            self._welcome = message
        return message

    async def expect(self, kind: type[M]) -> M:
        """The next message of that kind, what comes before it passed over."""
        while True:
            message = await self.hear()
            if isinstance(message, kind):
                return message

    async def closed(self) -> int:
        """Read on until the server has closed the socket; returns the close code."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionClosedError):
                async for frame in self.wire:
                    self.heard.append(parse_server(frame))
        return self.wire.close_code or 0

    def cut(self) -> None:
        """The line goes without a word."""
        self.wire.transport.abort()


@asynccontextmanager
async def serving(
    ports: MemoryPorts,
    *,
    backplane: Backplane | None = None,
    hello_seconds: float = 5.0,
    ice: IceSettings = RELAY,
) -> AsyncIterator[Served]:
    """Run uvicorn with the settings the program runs it with."""
    hub = Hub(
        ports=ports,
        ice=IceIssuer(ice),
        backplane=backplane or InProcessBackplane(),
        clock=SystemClock(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        yield
        await hub.stop()

    app = FastAPI(lifespan=lifespan)
    app.include_router(build_router(hub, GatewaySettings(frozenset({ORIGIN}), hello_seconds)))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", **UVICORN_SETTINGS))
    served = Served(hub, ports, listener.getsockname())
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await until(lambda: server.started)
        yield served
    finally:
        server.should_exit = True
        await running
        await served.hang_up()
        listener.close()


async def until(is_so: Any, *, seconds: float = PATIENCE) -> None:
    """Poll until something is so."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)
