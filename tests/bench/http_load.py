"""A light HTTP/1.1 client: keep-alive connections, one request after the other on each."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any


@dataclass
class Outcome:
    """What a run of requests gave."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return len(self.latencies) / self.seconds

    @property
    def p95_ms(self) -> float:
        """The slowest of twenty, in milliseconds."""
        return quantiles(self.latencies, n=20)[-1] * 1000 if len(self.latencies) > 1 else 0.0


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] | None = None

    def encode(self, port: int) -> bytes:
        """Return the bytes on the wire."""
        content = json.dumps(self.body).encode() if self.body is not None else b""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, call: Call) -> tuple[int, dict[str, str], bytes]:
        """Send one request and read the whole answer."""
        self._writer.write(call.encode(self.port))
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        return status, headers, await self._body(headers)

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


Worker = Callable[[Connection, Outcome, float], Any]


def drive_same(port: int, call: Call, *, seconds: float, connections: int = 8) -> Outcome:
    """Ask for the same thing over and over."""

    async def worker(connection: Connection, outcome: Outcome, deadline: float) -> None:
        while time.perf_counter() < deadline:
            await timed(connection, call, outcome)

    return asyncio.run(_run(port, worker, seconds, connections))


def drive_each(port: int, calls: Iterable[Call], *, seconds: float, connections: int = 8) -> Outcome:
    """Ask for each thing once, until time or calls run out."""
    source: Iterator[Call] = iter(calls)

    async def worker(connection: Connection, outcome: Outcome, deadline: float) -> None:
        for call in source:
            await timed(connection, call, outcome)
            if time.perf_counter() >= deadline:
                return

    return asyncio.run(_run(port, worker, seconds, connections))


async def timed(connection: Connection, call: Call, outcome: Outcome) -> tuple[int, dict[str, str], bytes]:
    """Ask and note how long it took and how it ended."""
    before = time.perf_counter()
    answer = await connection.ask(call)
    outcome.latencies.append(time.perf_counter() - before)
    outcome.statuses[answer[0]] = outcome.statuses.get(answer[0], 0) + 1
    return answer


async def _run(port: int, worker: Worker, seconds: float, connections: int) -> Outcome:
    outcome = Outcome()
    opened = [Connection(port) for _ in range(connections)]
    await asyncio.gather(*(connection.open() for connection in opened))
    started = time.perf_counter()
    await asyncio.gather(*(worker(connection, outcome, started + seconds) for connection in opened))
    outcome.seconds = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return outcome
