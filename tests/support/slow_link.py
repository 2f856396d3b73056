"""A weak link before a server: a TCP proxy, slow in what it carries up, that drops all now and then.

No root, no namespaces: what matters to uploads is that requests are slow and die in the middle.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

PIECE = 2_048


class SlowLink:
    """Passes connections on to a port of this machine; `narrow` makes it slow, and cuts it every so often."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cuts = 0
        self._bytes_per_second = 0.0
        self._free_at = 0.0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """Where a browser finds the server, through this link."""
        return f"http://127.0.0.1:{self.port}"

    def narrow(self, kbps: float, *, cut_every: float) -> None:
        """From now on carry so much up, all connections together, and drop them all every so many seconds."""
        self._bytes_per_second = kbps * 1000 / 8

        def cut() -> None:
            while not self._is_over.wait(cut_every):
                self._drop_all()
                self.cuts += 1

        threading.Thread(target=cut, daemon=True).start()

    def close(self) -> None:
        """End the link and every connection through it."""
        self._is_over.set()
        self._listener.close()
        self._drop_all()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                continue
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, server}
            for source, sink, is_up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._carry, args=(source, sink, is_up), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_up: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                if is_up:
                    self._wait(len(piece))
                sink.sendall(piece)
        for end in (source, sink):
            with self._lock:
                self._open.discard(end)
            _shut(end)

    def _wait(self, size: int) -> None:
        """Wait for a turn on the line, which all connections share."""
        if not self._bytes_per_second:
            return
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + size / self._bytes_per_second
            wait = self._free_at - now
        self._is_over.wait(wait)

    def _drop_all(self) -> None:
        with self._lock:
            doomed, self._open = self._open, set()
        for end in doomed:
            _shut(end)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def slow_link(port: int) -> Iterator[SlowLink]:
    """Open a link to a port of this machine for the length of a block."""
    link = SlowLink(port)
    try:
        yield link
    finally:
        link.close()
