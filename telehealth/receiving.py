"""The HTTP protocol class uvicorn runs: nobody keeps a connection by saying nothing, or a letter a minute.

uvicorn by itself never closes a silent or half-sent request (https://github.com/Kludex/uvicorn/issues/157),
and httptools puts no bound on headers. A proxy in front does both; a station without one has only this.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_REFUSAL = b"HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class ReceivingProtocol(HttpToolsProtocol):
    """uvicorn's own, with a deadline for headers, one for the body, and a bound on headers.

    Waiting for the next request of a kept connection is uvicorn's `timeout_keep_alive`; how long an
    answer takes (a live stream stays open for hours) is bounded by nothing here.
    """

    header_seconds: ClassVar[float] = 15.0
    body_seconds: ClassVar[float] = 65.0
    header_bytes: ClassVar[int] = 16_384

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._deadline: asyncio.TimerHandle | None = None
        self._in_headers = True
        self._received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait(self.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what came, unless it is more than headers may be."""
        if self._in_headers:
            self._received += len(data)
            if self._deadline is None:
                self._wait(self.header_seconds)
        super().data_received(data)
        if self._in_headers and self._received > self.header_bytes:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        """Give the body its own time; what was read of it together with the headers counts for neither."""
        self._in_headers, self._received = False, 0
        self._wait(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is here: whoever is slow now is ourselves."""
        self._in_headers = True
        self._wait(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """The socket has deadlines of its own."""
        self._wait(None)
        super().handle_websocket_upgrade()

    def _wait(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        """Close; who began a request is told why, unless an answer to it is under way already."""
        self._deadline = None
        if self._in_headers and self._received:
            self._refuse(b"408 Request Timeout")
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, status: bytes) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not self.transport.is_closing():
            if not is_answering:
                self.transport.write(_REFUSAL % status)
            self.transport.close()
