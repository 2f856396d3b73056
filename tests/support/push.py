"""A stand-in push service over real HTTP: keeps what it was asked, answers as each address is told to.

with push_service() as service:
    service.answers["/a"] = [429, 201]
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from telehealth.push.sender import Pusher, new_key, read_key

CONTACT = "mailto:truc@example.vn"


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """The service: 201 unless an address has answers left; a held address answers when it is let go."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    retry_after: dict[str, str] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)

    def endpoint(self, name: str) -> str:
        """Return the address of a browser."""
        return f"{self.address}/{name}"

    def paths(self) -> list[str]:
        """Return which addresses were called, in order."""
        return [each.path for each in self.asked]


def make_pusher(hosts: tuple[str, ...] = ("127.0.0.1",)) -> Pusher:
    """Return a pusher with a fresh key that may call this machine."""
    return Pusher(read_key(new_key()[0]), CONTACT, hosts)


@contextmanager
def push_service() -> Iterator[PushService]:
    """Serve on a free loopback port until the block ends."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.asked.append(Asked(self.path, headers, body))
            if self.path in service.held:
                service.held[self.path].wait(20)
            left = service.answers[self.path]
            self.send_response(left.pop(0) if left else 201)
            if self.path in service.retry_after:
                self.send_header("Retry-After", service.retry_after[self.path])
            self.send_header("Location", f"{service.address}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield service
    finally:
        for event in service.held.values():
            event.set()
        server.shutdown()
        thread.join()
        server.server_close()
