"""Stand-in SMS vendors over real HTTP, of eSMS's shape and of a plain JSON one; told how to misbehave.

with sms_vendor() as vendor:
    vendor.next("refuse:103", "hang-after")     # the next two requests; then it behaves
    vendor.always = "down"                      # until told otherwise

Behaviours: `ok`, `refuse:CODE`, `status:HTTP`, `garbage`, `drop-before` and `drop-after` (the connection
ends without an answer, before or after the text was taken), `hang-after` (taken, and never answered within
the caller's patience), `drip-head` and `drip-body` (taken, and answered byte by byte, without end),
`down` (503), `slow:SECONDS`.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HANGS_SECONDS = 30
DRIP_SECONDS = 0.05


@dataclass(frozen=True)
class Taken:
    """One text that will reach a phone."""

    vendor_id: str
    reference: str
    to: str
    text: str
    at: float


@dataclass
class SmsVendor:
    """What the vendor took, and how it answers next."""

    address: str = ""
    delay: float = 0.0
    per_second: float | None = None
    always: str = "ok"
    dedupes: bool = True
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    _by_reference: dict[str, Taken] = field(default_factory=dict)
    _free_at: float = 0.0
    _next: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _let_go: threading.Event = field(default_factory=threading.Event)

    def next(self, *behaviours: str) -> None:
        """Say how the next requests are met."""
        with self._lock:
            self._next += behaviours

    def per_reference(self) -> Counter[str]:
        """Count the texts that reach a phone by the reference they came with."""
        with self._lock:
            return Counter(each.reference for each in self.taken)

    def behaviour(self) -> str:
        """Return how the request that has just come is met."""
        with self._lock:
            return self._next.pop(0) if self._next else self.always

    def find(self, reference: str) -> Taken | None:
        """Return the text that came with a reference."""
        with self._lock:
            return self._by_reference.get(reference)

    def take(self, reference: str, to: str, text: str) -> tuple[Taken, bool]:
        """Take a text; return it, and whether its reference is new."""
        with self._lock:
            known = self._by_reference.get(reference)
            if known is not None and self.dedupes:
                return known, False
            taken = Taken(f"sms-{len(self.taken) + 1}", reference, to, text, time.monotonic())
            self.taken.append(taken)
            self._by_reference.setdefault(reference, taken)
            return taken, True

    def take_turns(self) -> None:
        """Hold a request up so that no more than so many a second are met, as vendors do."""
        if self.per_second is None:
            return
        with self._lock:
            at = self._free_at = max(self._free_at, time.monotonic()) + 1 / self.per_second
        time.sleep(max(0.0, at - time.monotonic()))

    def hang(self) -> None:
        """Keep a caller waiting until the vendor stops."""
        self._let_go.wait(HANGS_SECONDS)

    def has_closed(self, within: float) -> bool:
        """Wait so long, or until the vendor stops; tell whether it has."""
        return self._let_go.wait(within)

    def close(self) -> None:
        """Let everybody go who is kept waiting."""
        self._let_go.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor: SmsVendor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        given = json.loads(body)
        vendor = self.vendor
        vendor.requests.append(given)
        vendor.headers.append({name.lower(): value for name, value in self.headers.items()})
        is_esms = "RequestId" in given
        behaviour, _, detail = vendor.behaviour().partition(":")
        vendor.take_turns()
        if vendor.delay:
            time.sleep(vendor.delay)
        if behaviour == "slow":
            time.sleep(float(detail))
        if behaviour == "drop-before":
            self._drop()
        elif behaviour == "down":
            self._answer(503, {})
        elif behaviour == "status":
            self._answer(int(detail), {})
        elif behaviour == "garbage":
            self._answer(200, "<html>")
        elif behaviour == "refuse":
            self._answer(200, {"CodeResult": detail} if is_esms else {"status": "error", "code": detail})
        else:
            self._take(given, behaviour, is_esms=is_esms)

    def do_GET(self) -> None:
        """Tell by our reference what became of a text, as vendors with a status call do."""
        reference = parse_qs(urlsplit(self.path).query).get("reference", [""])[0]
        found = self.vendor.find(reference)
        if self.vendor.always == "down":
            self._answer(503, {})
        elif found is None:
            self._answer(404, {})
        else:
            self._answer(200, {"status": "success", "data": {"id": found.vendor_id}})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _take(self, given: dict[str, Any], behaviour: str, *, is_esms: bool) -> None:
        names = ("RequestId", "Phone", "Content") if is_esms else ("reference", "to", "content")
        taken, is_new = self.vendor.take(*(given[name] for name in names))
        if behaviour == "drop-after":
            self._drop()
            return
        if behaviour.startswith("drip"):
            self._drip(behaviour)
            return
        if behaviour == "hang-after":
            self.vendor.hang()
        if is_esms and not is_new:
            self._answer(200, {"CodeResult": "124", "ErrorMessage": "RequestId exists"})
        elif is_esms:
            self._answer(200, {"CodeResult": "100", "CountRegenerate": 0, "SMSID": taken.vendor_id})
        else:
            self._answer(200, {"status": "success", "data": {"id": taken.vendor_id}})

    def _drip(self, behaviour: str) -> None:
        """Send one byte after the other, each soon enough for whoever looks at one read alone."""
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n"
        self.close_connection = True
        try:
            self.wfile.write(head + (b"X-Slow: " if behaviour == "drip-head" else b"\r\n"))
            while not self.vendor.has_closed(DRIP_SECONDS):
                self.wfile.write(b"1")
        except OSError:
            return

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _answer(self, status: int, body: Any) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # whoever asked has gone
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that were cut off: that is what is tried here."""


@contextmanager
def sms_vendor(**how: Any) -> Iterator[SmsVendor]:
    """Serve on a free loopback port until the block ends."""
    vendor = SmsVendor(**how)
    handler = type("Handler", (_Handler,), {"vendor": vendor})
    server = _Server(("127.0.0.1", 0), handler)
    vendor.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        vendor.close()
        server.shutdown()
        server.server_close()
        thread.join(timeout=20)
