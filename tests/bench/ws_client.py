"""A light WebSocket client: as little work per message as may be, so that the server is the slower one.

Frames are masked with a key of zeros: what is sent is what stands in the buffer (RFC 6455, 5.3 asks for
an unpredictable key because of proxies; there is none on loopback).
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from os import urandom
from typing import cast

TEXT, CLOSE = 0x1, 0x8
ZEROS = bytes(4)


class LineLostError(RuntimeError):
    """The server closed or refused a socket that should have lived."""


class Line(asyncio.Protocol):
    """One socket; `heard` is called with each text frame."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self.heard = heard
        self.close_code: int | None = None
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport
        self._unread = b""

    @classmethod
    async def connect(cls, port: int, path: str, heard: Callable[[bytes], None]) -> "Line":
        """Open a socket; raise LineLostError when the server refuses."""
        _, line = await asyncio.get_running_loop().create_connection(lambda: cls(heard), "127.0.0.1", port)
        key = b64encode(urandom(16)).decode()
        address = f"127.0.0.1:{port}"
        line._transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        await line.is_open
        return line

    def say(self, text: bytes) -> None:
        """Send one text frame; raise LineLostError once the server has gone."""
        if self._transport.is_closing():
            raise LineLostError(f"the server closed a socket with {self.close_code}")
        self._transport.write(_head(TEXT, len(text)) + text)

    def leave(self) -> None:
        """Close on purpose."""
        self._transport.write(_head(CLOSE, 2) + (1000).to_bytes(2))
        self._transport.close()

    def cut(self) -> None:
        """The line goes without a word."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell who still waits for the handshake."""
        if not self.is_open.done():
            self.is_open.set_exception(LineLostError("the socket was refused"))

    def data_received(self, data: bytes) -> None:
        """Read what came: the answer to the handshake, then frames."""
        data = self._unread + data if self._unread else data
        if not self.is_open.done():
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._unread = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.is_open.set_exception(LineLostError(head.decode("latin-1")))
                return
            self.is_open.set_result(None)
        self._unread = self._read_frames(data)

    def _read_frames(self, data: bytes) -> bytes:
        """Hand on every whole frame; return what is left. Servers never mask; these send no fragments."""
        at = 0
        while len(data) >= at + 2:
            size, body = data[at + 1], at + 2
            if size == 126:
                size, body = int.from_bytes(data[at + 2 : at + 4]), at + 4
            elif size == 127:
                size, body = int.from_bytes(data[at + 2 : at + 10]), at + 10
            if len(data) < body + size:
                break
            payload = data[body : body + size]
            if data[at] & 0x0F == TEXT:
                self.heard(payload)
            elif data[at] & 0x0F == CLOSE:
                self.close_code = int.from_bytes(payload[:2])
            at = body + size
        return data[at:]


def _head(kind: int, size: int) -> bytes:
    if size < 126:
        return bytes((0x80 | kind, 0x80 | size)) + ZEROS
    return bytes((0x80 | kind, 0x80 | 126)) + size.to_bytes(2) + ZEROS
