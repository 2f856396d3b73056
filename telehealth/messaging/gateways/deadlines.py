"""One end for a whole exchange with a vendor: what a client's own patience does not have.

A client waits so long for each read. Who is given one byte a second waits for ever, and so do all whose
answers are written down together with that one.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2


class Deadline:
    """Until when the exchange of this thread may last; of none, for ever."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let an exchange of this thread last so long in all."""
        self._of_thread.ends_at = time.monotonic() + seconds
        try:
            yield
        finally:
            self._of_thread.ends_at = None

    def left(self, timeout: float | None, over: type[Exception]) -> float | None:
        """Return how long one step may still take; raise `over` where nothing is left."""
        ends_at: float | None = getattr(self._of_thread, "ends_at", None)
        if ends_at is None:
            return timeout
        left = ends_at - time.monotonic()
        if left <= 0:
            raise over
        return left if timeout is None else min(timeout, left)


def bound_by(deadline: Deadline, client: httpx2.Client) -> httpx2.Client:
    """Let every step of a client's connections end with the exchange it belongs to; return the client.

    All else stays the client's own: how long idle connections are kept, and through which proxy they go.
    Neither library has a public way to give it another backend; the test with a dripping vendor tells
    when this one is gone.
    """
    transports = [client._transport, *client._mounts.values()]
    for each in transports:
        if isinstance(each, httpx2.HTTPTransport):
            each._pool._network_backend = _Backend(deadline)
    return client


class _Backend(httpcore2.SyncBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left(timeout, httpcore2.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options), self._deadline)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
