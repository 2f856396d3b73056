"""A light HTTP/1.1 client: keep-alive connections, one request after the other on each."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import uvloop

from tests.bench.measure import percentile

CONNECTIONS = 8


@dataclass
class Outcome:
    """What a run of requests gave."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    body_bytes: int = 0

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """What the server worked for each request, in milliseconds."""
        return self.cpu_seconds * 1000 / len(self.latencies)

    @property
    def p50_ms(self) -> float:
        """What half of the requests did not exceed, in milliseconds."""
        return percentile(self.latencies, 50) * 1000

    @property
    def p95_ms(self) -> float:
        """What nineteen of twenty requests did not exceed, in milliseconds."""
        return percentile(self.latencies, 95) * 1000


@dataclass(frozen=True)
class Call:
    """One request, and the status it is to be answered with."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] | None = None
    status: int = 200

    def encode(self, port: int) -> bytes:
        """Return the bytes on the wire."""
        content = json.dumps(self.body).encode() if self.body is not None else b""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass(frozen=True)
class Answer:
    """What came back."""

    headers: dict[str, str]
    body: bytes


class UnexpectedAnswerError(RuntimeError):
    """A server did not answer as it should: what is measured would not be what is claimed."""


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int, outcome: Outcome) -> None:
        self._port = port
        self._outcome = outcome
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self, call: Call) -> Answer:
        """Send one request, read the whole answer, note how long it took.

        Raises UnexpectedAnswerError for another status than the expected one.
        """
        status, answer = await self.try_to_ask(call)
        if status != call.status:
            raise UnexpectedAnswerError(f"{call.method} {call.path}: {status} {answer.body[:300]!r}")
        return answer

    async def try_to_ask(self, call: Call) -> tuple[int, Answer]:
        """The same, whatever the status is."""
        before = time.perf_counter()
        self._writer.write(call.encode(self._port))
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        answer = Answer(headers, await self._body(headers))
        self._outcome.latencies.append(time.perf_counter() - before)
        self._outcome.body_bytes += len(answer.body)
        return int(head[0].split(" ")[1]), answer

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            parts = []
            while size := int((await self._reader.readline()).split(b";")[0], 16):
                parts.append(await self._reader.readexactly(size))
                await self._reader.readexactly(2)
            await self._reader.readline()
            return b"".join(parts)
        return await self._reader.readexactly(int(headers.get("content-length", 0)))


Step = Callable[[Connection], Awaitable[bool]]
"""Ask for something; false when there is nothing more to ask for."""


def drive(port: int, step: Step, *, seconds: float, connections: int = CONNECTIONS) -> Outcome:
    """Let every connection take steps, one after the other, until time or work runs out."""
    return uvloop.run(_drive(port, step, seconds, connections))


def drive_same(port: int, call: Call, *, seconds: float, connections: int = CONNECTIONS) -> Outcome:
    """Ask for the same thing over and over."""

    async def step(connection: Connection) -> bool:
        await connection.ask(call)
        return True

    return drive(port, step, seconds=seconds, connections=connections)


async def _drive(port: int, step: Step, seconds: float, connections: int) -> Outcome:
    outcome = Outcome()
    opened = [Connection(port, outcome) for _ in range(connections)]
    await asyncio.gather(*(connection.open() for connection in opened))
    started = time.perf_counter()

    async def work(connection: Connection) -> None:
        while time.perf_counter() < started + seconds and await step(connection):
            pass

    await asyncio.gather(*(work(connection) for connection in opened))
    outcome.seconds = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return outcome
