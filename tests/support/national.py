"""A stand-in for the national prescription system over real HTTP, in the shape public client code shows.

with national_system() as system:
    system.answers = [503, "slow", 200]
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from telehealth.prescriptions.national import HAND_OVER, SIGN_IN, NationalSystem

FACILITY, PASSWORD, PRESCRIBER = "06023", "lua chin vang 9", "BS0001"
CODE = "06023k2p4q7z-c"


@dataclass
class System:
    """The system: gives CODE unless answers are left; "slow" holds its answer until `release` is set.

    Other words are the code of a 200; a number is a status without a code; a pair is both.
    """

    address: str = ""
    handed_over: list[dict[str, Any]] = field(default_factory=list)
    sign_ins: int = 0
    answers: list[int | str | bytes | tuple[int, str]] = field(default_factory=list)
    sign_in_status: int = 200
    release: threading.Event = field(default_factory=threading.Event)

    def issuer(self, licence: str, *, patience_seconds: float = 5.0) -> NationalSystem:
        """Return the adapter that asks here."""
        return NationalSystem(
            self.address, {FACILITY: PASSWORD}, {licence: PRESCRIBER}, patience_seconds=patience_seconds
        )


class _Handler(BaseHTTPRequestHandler):
    system: System

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        if self.path == SIGN_IN:
            self.system.sign_ins += 1
            known = {"ma_lien_thong_co_so_kham_chua_benh": FACILITY, "mat_khau": PASSWORD}
            status = self.system.sign_in_status if body == known else 401
            self._say(status, {"token": "t1"} if status == 200 else {"message": "sai"})
        elif self.path == HAND_OVER and self.headers.get("Authorization") == "Bearer t1":
            self.system.handed_over.append(body)
            self._answer()
        else:
            self._say(401, {})

    def _answer(self) -> None:
        answer = self.system.answers.pop(0) if self.system.answers else 200
        if answer == "slow":
            self.system.release.wait(30)
            answer = 200
        if isinstance(answer, bytes):
            self._send(200, answer)
        elif isinstance(answer, tuple):
            self._say(answer[0], {"ma_don_thuoc": answer[1]})
        elif isinstance(answer, str):
            self._say(200, {"ma_don_thuoc": answer})
        else:
            self._say(answer, {"ma_don_thuoc": CODE} if answer == 200 else {"message": "lỗi"})

    def _say(self, status: int, said: dict[str, Any]) -> None:
        self._send(status, json.dumps(said).encode())

    def _send(self, status: int, content: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            return  # whoever asked has gone

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def national_system() -> Iterator[System]:
    """Serve on a free loopback port until the block ends."""
    system = System()

    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"system": system}))
    system.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield system
    finally:
        system.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
