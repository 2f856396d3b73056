"""A socket's way out: bounded, and nobody ever waits for it."""

import asyncio
import math
from collections import deque
from typing import Final

from signaling.parts import CloseCode
from signaling.wire import Wire

MAX_QUEUED_MESSAGES: Final = 64
MAX_QUEUED_BYTES: Final = 256 * 1024
SEND_SECONDS: Final = 5.0
PATIENCE: Final = 2.5
MIN_PATIENCE_SECONDS: Final = 8.0


class Outlet:
    """What is still to be sent to one socket: nothing, while its peer reads. Slow readers are dropped."""

    __slots__ = (
        "_close_code",
        "_deadline",
        "_heard_at",
        "_patience",
        "_queue",
        "_queued_bytes",
        "_wire",
        "number",
    )

    def __init__(self, number: int, wire: Wire, now: float) -> None:
        self.number = number
        self._wire = wire
        self._queue: deque[str] | None = None  # most sockets never need one
        self._queued_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._close_code: CloseCode | None = None
        self._heard_at = now
        self._patience = MIN_PATIENCE_SECONDS

    @property
    def is_shut(self) -> bool:
        """Nothing more is accepted; the close frame is on its way."""
        return self._close_code is not None

    @property
    def close_code(self) -> CloseCode | None:
        """Why the server closed the socket, where it did."""
        return self._close_code

    def put(self, text: str) -> None:
        """Send one frame, or queue it; past the bounds the socket is dropped with 1013 instead."""
        if self._close_code is not None:
            return
        if self._heard_at == math.inf:
            self._heard_at = asyncio.get_running_loop().time()
        if self._queue is None and self._wire.is_writable:
            self._wire.write(text)
            return
        size = _size(text)
        queue = self._queue or deque()
        if len(queue) >= MAX_QUEUED_MESSAGES or self._queued_bytes + size > MAX_QUEUED_BYTES:
            self.drop(CloseCode.TRY_LATER)
            return
        queue.append(text)
        self._queue = queue
        self._queued_bytes += size
        self._await_reader()

    def shut(self, code: CloseCode) -> None:
        """Close once what is queued has gone out."""
        if self._close_code is None:
            self._close_code = code
            if self._queue is None:
                self._close()

    def drop(self, code: CloseCode) -> None:
        """Close without sending what is queued."""
        if self._close_code is None:
            self._close_code = code
            self._close()

    def gone(self) -> None:
        """The client has gone: nothing can be sent, not even a close frame."""
        self._close_code = self._close_code or CloseCode.NORMAL
        self._forget()

    def writable(self) -> None:
        """The peer reads again: send what is queued, then close if shut."""
        queue = self._queue
        while queue and self._wire.is_writable:
            text = queue.popleft()
            self._queued_bytes -= _size(text)
            self._wire.write(text)
        if queue:
            self._await_reader(is_moving=True)
            return
        self._forget()
        if self._close_code is not None:
            self._close()

    def owe(self) -> None:
        """The client waits for an answer: until it goes out the silence is ours, however long that takes."""
        self._heard_at = math.inf

    def heard(self, now: float) -> None:
        """A frame arrived."""
        self._heard_at = now

    def expect(self, heartbeat_seconds: int, now: float) -> None:
        """The client was told to ping within so many seconds."""
        patience = max(MIN_PATIENCE_SECONDS, heartbeat_seconds * PATIENCE)
        if patience != self._patience:
            self._patience, self._heard_at = patience, now

    def is_silent(self, now: float) -> bool:
        """Nothing was heard for longer than the heartbeat allows."""
        return now - self._heard_at > self._patience

    def _await_reader(self, *, is_moving: bool = False) -> None:
        """A socket that takes nothing for 5 s is dropped."""
        if self._deadline is not None and is_moving:
            self._deadline.cancel()
            self._deadline = None
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(SEND_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self._close_code = self._close_code or CloseCode.TRY_LATER
        self._close()

    def _close(self) -> None:
        self._forget()
        self._wire.close(int(self._close_code or CloseCode.NORMAL))

    def _forget(self) -> None:
        self._queue, self._queued_bytes = None, 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
