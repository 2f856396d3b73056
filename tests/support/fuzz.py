"""Clients that mean harm, or are merely broken: words and raw frames a signalling server must withstand.

Every one is drawn from a seeded generator, so that a round can be played again.
"""

import asyncio
import itertools
import json
import random
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from signaling.from_client import CallEnd
from signaling.parts import MAX_FRAME_BYTES
from signaling.protocol import CLIENT_MESSAGES, parse_server

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0
ENDINGS: Final = 0.01  # a room that was ended can be harmed no more: seldom
KEY: Final = bytes(4)  # masked with zeros, a frame is written as it is: the client must not be the slower one
JUNK: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    2**53,
    2**200,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 2_000,
    "\x00",
    "\u202e\ud7ff",
    "0190c1a2-0000-7000-8000-000000000009",
    [],
    [[[]]] * 50,
    {},
    {"type": "ping"},
    {"__proto__": {"may_admit": True}},
)


def frame(payload: bytes, *, opcode: int = TEXT, head: int = 0x80, size: int | None = None) -> bytes:
    """A masked frame; `head` holds FIN and the reserved bits, `size` may lie about the length."""
    length = len(payload) if size is None else size
    if length < 126:
        start = bytes((head | opcode, 0x80 | length))
    elif length < 65_536:
        start = bytes((head | opcode, 0x80 | 126)) + struct.pack("!H", length)
    else:
        start = bytes((head | opcode, 0x80 | 127)) + struct.pack("!Q", length)
    return start + KEY + payload


def words(chance: random.Random) -> bytes:
    """A message of the catalogue, or what is left of one."""
    kinds = CLIENT_MESSAGES if chance.random() < ENDINGS else [m for m in CLIENT_MESSAGES if m is not CallEnd]
    message: dict[str, Any] = dict(chance.choice(kinds).example)
    for _ in range(chance.randrange(3)):
        message[chance.choice([*message, "from", "seq", "self", "admitted", "x" * 50])] = chance.choice(JUNK)
    if chance.random() < 0.1:
        message.pop(chance.choice(list(message)))
    if chance.random() < 0.3:
        message["ref"] = chance.choice([1, 2, 3, chance.randrange(1, 2**40)])  # told again, and out of order
    text = json.dumps(message, ensure_ascii=False)
    match chance.randrange(12):
        case 0:
            text = text[: chance.randrange(len(text) + 1)]
        case 1:
            text = text.replace('"', chance.choice(["'", '""', "\\"]), chance.randrange(1, 4))
        case 2:
            text = "[" * chance.randrange(1, 20_000)
        case 3:
            text = text[:-1] + ',"type":"ping"' + text[-1:]  # a key twice
        case 4:
            text = " " * chance.randrange(MAX_FRAME_BYTES) + text
    return text.encode("utf-8", "surrogatepass")


RAW: Final[tuple[Callable[[random.Random], bytes], ...]] = (
    lambda _: frame(b'{"type":"ping\xff"}'),
    lambda chance: frame(chance.randbytes(chance.randrange(300)), opcode=BINARY),
    lambda chance: frame(words(chance), opcode=BINARY),
    lambda _: frame(b"{}", head=0xC0),  # as if compressed: a bomb would be
    lambda chance: frame(b"{}", opcode=chance.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])),
    lambda _: frame(b"x" * (MAX_FRAME_BYTES + 1)),
    lambda _: frame(b"x" * 100, size=17 * 2**20),  # says seventeen megabytes, sends a hundred bytes
    lambda _: frame(b"", size=2**63 + 1),
    lambda _: b"\x81\x05plain",  # not masked
    lambda _: frame(b"", opcode=CONTINUATION),  # of nothing
    lambda _: frame(b'{"type":', head=0) + frame(b"", opcode=CONTINUATION, head=0) * 500,
    lambda chance: frame(b'{"type":', head=0) + frame(words(chance)),  # a new one inside a fragmented one
    lambda _: frame(b"x" * 125, opcode=PING) * 200,
    lambda _: frame(b"x" * 126, opcode=PING),  # longer than a control frame may be
    lambda _: frame(b"", opcode=PING, head=0),  # a control frame in fragments
    lambda _: frame(b"unasked", opcode=PONG) * 50,
    lambda _: frame(b"\x03", opcode=CLOSE),  # half a code
    lambda chance: frame(struct.pack("!H", chance.choice([0, 999, 1005, 1006, 1015, 5000])), opcode=CLOSE),
    lambda _: frame(b"\x03\xe8\xff\xfe", opcode=CLOSE),  # a reason that is no UTF-8
    lambda chance: chance.randbytes(chance.randrange(1, 60)),
    lambda chance: frame(words(chance))[: chance.randrange(1, 40)],  # and then silence
)
HANDSHAKES: Final = (
    b"GET /signal HTTP/1.1\r\nHost: x\r\n",  # never finished
    b"GET /signal HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET /signal HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60),  # TLS where there is none
    b"\x00" * 200,
)


def harm(chance: random.Random, messages: int) -> Iterator[bytes]:
    """What one client sends: words above all, now and then a frame that is none."""
    for _ in range(messages):
        yield chance.choice(RAW)(chance) if chance.random() < 0.05 else frame(words(chance))


@dataclass
class Outcome:
    """What became of the clients."""

    sent: int = 0
    sockets: int = 0
    said_by_server: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Target:
    """The server, and how one comes into a room of it."""

    host: str
    port: int
    origin: str
    ticket: Callable[[random.Random], Awaitable[str]]


async def attack(target: Target, seed: int, messages: int, outcome: Outcome) -> None:
    """Be one such client from connecting to the end; raise where the server says what is no message."""
    chance = random.Random(seed)
    outcome.sockets += 1
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection(target.host, target.port, limit=2**20)
            try:
                await _misbehave(target, chance, messages, outcome, reader, writer)
            finally:
                writer.transport.abort()


async def _misbehave(
    target: Target,
    chance: random.Random,
    messages: int,
    outcome: Outcome,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    if chance.random() < 0.05:
        writer.write(chance.choice(HANDSHAKES))
        outcome.sent += 1
        await writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(4_096)
        return
    writer.write(_handshake(target))
    if b" 101 " not in await reader.readuntil(b"\r\n\r\n"):
        return
    if chance.random() < 0.85:
        hello = {"type": "hello", "versions": [1], "ticket": await target.ticket(chance)}
        writer.write(frame(json.dumps(hello).encode()))
    is_answered = asyncio.Event()
    hearing = None
    if chance.random() < 0.9:  # the others read nothing
        hearing = asyncio.create_task(_hear(reader, outcome, is_answered))
        with suppress(TimeoutError):
            async with asyncio.timeout(6):
                await is_answered.wait()
    try:
        for payload in harm(chance, messages):
            writer.write(payload)
            outcome.sent += 1
            await writer.drain()
            if chance.random() < 0.1:
                await asyncio.sleep(0)
            if hearing is not None and hearing.done():
                break
    finally:
        if hearing is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await asyncio.shield(hearing)
            hearing.cancel()
            with suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
                await hearing


async def _hear(reader: asyncio.StreamReader, outcome: Outcome, is_answered: asyncio.Event) -> None:
    """Read what the server says; all of it is of the catalogue."""
    while True:
        head, size = await reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await reader.readexactly(8))
        payload = await reader.readexactly(size)
        is_answered.set()
        if head & 0x0F == TEXT:
            outcome.said_by_server[parse_server(payload).model_dump()["type"]] += 1
        elif head & 0x0F == CLOSE:
            outcome.said_by_server[f"close {int.from_bytes(payload[:2])}"] += 1
            return


def _handshake(target: Target) -> bytes:
    return (
        f"GET /signal HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nOrigin: {target.origin}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


async def attack_all(
    target: Target, *, seed: int, messages: int, each: int = 50, at_once: int = 8
) -> Outcome:
    """Send so many messages, by one client after the other, a few at a time; each sends `each` at most."""
    outcome, numbers = Outcome(), itertools.count(seed)

    async def keep_on() -> None:
        while outcome.sent < messages:
            await attack(target, next(numbers), each, outcome)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(keep_on())
    return outcome
