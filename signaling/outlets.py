"""A socket's way out: bounded, filled without waiting, emptied by a task that exists only while needed."""

import asyncio
from collections import deque
from typing import Final, Protocol

from starlette.websockets import WebSocketDisconnect

from signaling.parts import CloseCode

MAX_QUEUED_MESSAGES: Final = 64
MAX_QUEUED_BYTES: Final = 256 * 1024
SEND_SECONDS: Final = 5.0
PATIENCE: Final = 2.5
MIN_PATIENCE_SECONDS: Final = 8.0


class Socket(Protocol):
    """The part of a Starlette WebSocket that is used here."""

    async def send_text(self, data: str) -> None:
        """Send one text frame."""
        ...

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Start the closing handshake."""
        ...


class Outlet:
    """What is still to be sent to one socket. Nobody ever waits for it; who reads too slowly is dropped."""

    def __init__(self, number: int, socket: Socket, now: float) -> None:
        self.number = number
        self._socket = socket
        self._queue: deque[str] = deque()
        self._queued_bytes = 0
        self._writer: asyncio.Task[None] | None = None
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
        """Queue one frame; past the bounds the socket is dropped with 1013 instead."""
        if self.is_shut:
            return
        size = len(text) if text.isascii() else len(text.encode())
        if len(self._queue) >= MAX_QUEUED_MESSAGES or self._queued_bytes + size > MAX_QUEUED_BYTES:
            self.drop(CloseCode.TRY_LATER)
            return
        self._queue.append(text)
        self._queued_bytes += size
        self._wake()

    def shut(self, code: CloseCode) -> None:
        """Close once what is queued has gone out."""
        if not self.is_shut:
            self._close_code = code
            self._wake()

    def drop(self, code: CloseCode) -> None:
        """Close without sending what is queued."""
        if not self.is_shut:
            self._close_code = code
            self._queue.clear()
            if self._writer is not None:
                self._writer.cancel()
                self._writer = None
            self._wake()

    def gone(self) -> None:
        """The client has gone: nothing can be sent, not even a close frame."""
        self._close_code = self._close_code or CloseCode.NORMAL
        self._queue.clear()
        if self._writer is not None:
            self._writer.cancel()

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

    async def flushed(self) -> None:
        """Wait until all is sent and, if shut, closed (for the socket's own task and for stopping)."""
        while self._writer is not None:
            await asyncio.wait([self._writer])

    def _wake(self) -> None:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """Send what is queued, then close if shut. A socket that takes nothing for 5 s is dropped."""
        me = asyncio.current_task()
        try:
            while self._queue:
                text = self._queue.popleft()
                self._queued_bytes -= len(text) if text.isascii() else len(text.encode())
                async with asyncio.timeout(SEND_SECONDS):
                    await self._socket.send_text(text)
            if self._close_code is not None:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._socket.close(int(self._close_code))
        except TimeoutError:
            self._queue.clear()
            if self._close_code is None:
                self._close_code = CloseCode.TRY_LATER
                self._writer = None
                self._wake()
        except (RuntimeError, OSError, WebSocketDisconnect):
            # Starlette and uvicorn say so when the client has gone first: its reader notices by itself.
            self._queue.clear()
        finally:
            if self._writer is me:
                self._writer = None
