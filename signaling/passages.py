"""Sockets that came to one server while another holds their room: their frames are forwarded.

The server a socket came to carries its frames and judges nothing but their number; the one that holds the
room sees such a socket as one of its own. Frames go in numbered batches: where one is missing, or Redis is
lost, every socket between the two servers is closed with 1012, and its page resumes.
"""

import asyncio
import logging
import struct
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from enum import IntEnum
from typing import Final, Protocol
from uuid import UUID

from signaling.backplane import BEAT, Backplane
from signaling.errors import Code, SignalingError
from signaling.from_server import Error
from signaling.outlets import Outlet
from signaling.parts import CloseCode
from signaling.protocol import encode
from signaling.rates import BURST, RATE, Bucket, cost_of
from signaling.wire import Receiver

HEAD: Final = struct.Struct("!16sQ")
FRAME: Final = struct.Struct("!BQI")
MAX_OUTBOX_BYTES: Final = 8 * 2**20
UNWATCHED: Final = 86_400  # seconds: whoever holds the room tells a silent line from a quiet one
_log = logging.getLogger(__name__)


class Kind(IntEnum):
    """What a forwarded frame is: the first three go to the holder of the room, the others come from it."""

    OPEN = 1
    SAID = 2
    GONE = 3
    SEND = 4
    CLOSE = 5
    RESET = 6


class Host(Protocol):
    """The hub, as passages see it."""

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run in the background."""
        ...


class Passage:
    """A socket that came here, on its way to the server that holds its room."""

    __slots__ = ("_bucket", "_passages", "node", "number", "outlet")

    def __init__(self, passages: "Passages", node: UUID, outlet: Outlet, now: float) -> None:
        self._passages = passages
        self._bucket = Bucket.full(RATE, BURST, now)
        self.node = node
        self.number = outlet.number
        self.outlet = outlet

    def say(self, frame: str | bytes) -> None:
        """Forward what the client said; a flood ends here."""
        if self.outlet.is_shut:
            return
        if not self._bucket.draw(cost_of(frame), asyncio.get_running_loop().time()):
            self.outlet.put(encode(Error(code=Code.RATE_EXCEEDED, reply_to=None, retry=True)))
            self.outlet.shut(CloseCode.TRY_LATER)
            return
        data = frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame
        self._passages.post(self.node, Kind.SAID, self.number, data)

    def end(self, code: int) -> None:
        """The client is gone."""
        self._passages.ended(self, code)


class _FarWire:
    """The socket of another server, as the hub here writes to it."""

    __slots__ = ("_is_closed", "_node", "_number", "_passages", "receiver")

    is_writable = True

    def __init__(self, passages: "Passages", node: UUID, number: int) -> None:
        self._passages = passages
        self._node = node
        self._number = number
        self._is_closed = False
        self.receiver: Receiver | None = None

    def write(self, text: str) -> None:
        """Send one text frame."""
        if not self._is_closed:
            self._passages.post(self._node, Kind.SEND, self._number, text.encode())

    def close(self, code: int) -> None:
        """Close with a code."""
        if not self._is_closed:
            self._is_closed = True
            self._passages.post(self._node, Kind.CLOSE, self._number, code.to_bytes(2))
            asyncio.get_running_loop().call_soon(self._passages.closed, self._node, self._number, code)

    def hold(self, is_held: bool) -> None:
        """What comes is bounded where it comes from."""

    def lose(self, code: int) -> None:
        """The socket is gone."""
        self._is_closed = True
        if self.receiver is not None:
            receiver, self.receiver = self.receiver, None
            receiver.lost(code)


Welcome = Callable[[_FarWire], Receiver]


class Passages:
    """Both ends of every passage of this server."""

    def __init__(self, backplane: Backplane, host: Host, welcome: Welcome) -> None:
        self._backplane = backplane
        self._host = host
        self._welcome = welcome
        self._here: dict[UUID, dict[int, Passage]] = defaultdict(dict)
        self._far: dict[UUID, dict[int, _FarWire]] = defaultdict(dict)
        self._outbox: dict[UUID, list[bytes]] = {}
        self._sizes: dict[UUID, int] = defaultdict(int)
        self._sent: dict[UUID, int] = defaultdict(int)
        self._next: dict[UUID, int] = {}

    @property
    def count(self) -> int:
        """Sockets that are forwarded from here."""
        return sum(len(passages) for passages in self._here.values())

    async def reaches(self, node: UUID) -> bool | None:
        """Tell whether a server hears us; None where that cannot be told, or not yet."""
        if not self._backplane.is_up:
            return None
        is_heard = await self._backplane.post(node, BEAT)
        return is_heard if is_heard or self._backplane.is_settled else None

    def begin(self, node: UUID, outlet: Outlet, hello: bytes) -> Passage:
        """Forward a socket, beginning with its `hello`."""
        now = asyncio.get_running_loop().time()
        passage = Passage(self, node, outlet, now)
        outlet.expect(UNWATCHED, now)
        self._here[node][passage.number] = passage
        self.post(node, Kind.OPEN, passage.number, hello)
        return passage

    def ended(self, passage: Passage, code: int) -> None:
        """A forwarded socket is gone here."""
        if self._here[passage.node].pop(passage.number, None) is not None:
            self.post(passage.node, Kind.GONE, passage.number, code.to_bytes(2))

    def closed(self, node: UUID, number: int, code: int) -> None:
        """The hub here closed a socket of another server."""
        if (wire := self._far[node].pop(number, None)) is not None:
            wire.lose(code)

    def post(self, node: UUID, kind: Kind, number: int, data: bytes = b"") -> None:
        """Queue a frame; what is queued while a batch is on its way goes with the next."""
        frame = FRAME.pack(kind, number, len(data)) + data
        self._sizes[node] += len(frame)
        if (outbox := self._outbox.get(node)) is not None:
            outbox.append(frame)
            if self._sizes[node] > MAX_OUTBOX_BYTES:
                outbox.clear()
                self._sizes[node] = 0
                self._reset(node)
            return
        self._outbox[node] = [frame]
        self._host.spawn(self._send(node))

    def beat(self) -> None:
        """Once a second: make sure that whoever is at the other end of a passage is still there."""
        for node in {*self._here, *self._far}:
            if not self._here[node] and not self._far[node]:
                del self._here[node], self._far[node]
            elif node not in self._outbox:
                self._outbox[node] = []
                self._host.spawn(self._send(node))

    def lose(self, node: UUID | None = None) -> None:
        """Frames to or from this server (or any) may be lost: end every passage, pages resume."""
        for one in [node] if node is not None else [*self._here, *self._far]:
            for passage in list(self._here.pop(one, {}).values()):
                passage.outlet.shut(CloseCode.RESTART)
            for wire in list(self._far.pop(one, {}).values()):
                wire.lose(CloseCode.RESTART)

    def _reset(self, node: UUID) -> None:
        self.lose(node)
        self.post(node, Kind.RESET, 0)

    def hear(self, batch: bytes) -> None:
        """A batch arrived; one that is none of ours is passed over."""
        try:
            sender, number = HEAD.unpack_from(batch)
            node = UUID(bytes=sender)
            frames = list(_unpack(batch))
        except (struct.error, ValueError):
            _log.warning("what came from another server was no batch")
            return
        due = self._next.get(node, number)
        if number < due:
            return
        self._next[node] = number + 1
        if number > due:
            self._reset(node)
        for kind, socket, data in frames:
            self._take(node, kind, socket, data)

    def _take(self, node: UUID, kind: Kind, number: int, data: bytes) -> None:
        if kind is Kind.RESET:
            self.lose(node)
        elif kind is Kind.OPEN:
            self._open(node, number, data)
        elif kind in (Kind.SAID, Kind.GONE):
            self._hear_client(node, kind, number, data)
        elif (passage := self._here[node].get(number)) is None:
            self.post(node, Kind.GONE, number, int(CloseCode.RESTART).to_bytes(2))
        elif kind is Kind.SEND:
            passage.outlet.put(data.decode())
        else:
            del self._here[node][number]
            passage.outlet.shut(CloseCode(int.from_bytes(data)))

    def _open(self, node: UUID, number: int, hello: bytes) -> None:
        wire = _FarWire(self, node, number)
        self._far[node][number] = wire
        try:
            wire.receiver = self._welcome(wire)
        except SignalingError:
            wire.close(CloseCode.TRY_LATER)
            return
        wire.receiver.received(hello)

    def _hear_client(self, node: UUID, kind: Kind, number: int, data: bytes) -> None:
        wire = self._far[node].get(number)
        if wire is None or wire.receiver is None:
            if kind is Kind.SAID:
                self.post(node, Kind.CLOSE, number, int(CloseCode.RESTART).to_bytes(2))
        elif kind is Kind.SAID:
            wire.receiver.received(data)
        else:
            del self._far[node][number]
            wire.lose(int.from_bytes(data))

    async def _send(self, node: UUID) -> None:
        """Send what is queued for a server, one batch after the other; one unheard ends every passage."""
        while True:
            frames, self._outbox[node], self._sizes[node] = self._outbox[node], [], 0
            is_heard = await self._backplane.post(node, self._pack(node, frames))
            if not is_heard:
                del self._outbox[node]
                self.lose(node)
                return
            if not self._outbox[node]:
                del self._outbox[node]
                return

    def _pack(self, node: UUID, frames: list[bytes]) -> bytes:
        self._sent[node] += 1
        return b"".join((HEAD.pack(self._backplane.node.bytes, self._sent[node]), *frames))


def _unpack(batch: bytes) -> Iterator[tuple[Kind, int, bytes]]:
    at = HEAD.size
    while at < len(batch):
        kind, number, size = FRAME.unpack_from(batch, at)
        at += FRAME.size
        if at + size > len(batch):
            raise ValueError("a frame is cut off")
        yield Kind(kind), number, batch[at : at + size]
        at += size
