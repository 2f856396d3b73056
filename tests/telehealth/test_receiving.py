"""Slow, silent and endless clients at a real server: their connections end, others' do not."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse

from telehealth.receiving import ReceivingProtocol
from tests.support.ports import free_port
from tests.support.processes import wait_until

HEADER_SECONDS = 0.4
BODY_SECONDS = 0.8
PATIENCE = 10.0


class Hurried(ReceivingProtocol):
    """The same with little time, so that tests need not wait long."""

    header_seconds = HEADER_SECONDS
    body_seconds = BODY_SECONDS


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI(openapi_url=None)

    @app.post("/")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.get("/slow")
    def slow() -> StreamingResponse:
        def parts() -> Iterator[str]:
            for _ in range(4):
                time.sleep(HEADER_SECONDS)
                yield "part\n"

        return StreamingResponse(parts())

    number = free_port()
    config = uvicorn.Config(app, port=number, http=Hurried, log_level="critical", timeout_keep_alive=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, what="the server")
    yield number
    server.should_exit = True
    thread.join(timeout=PATIENCE)


def answer_to(port: int, *parts: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """Send parts with pauses; return all that came until the server closed, and when that was."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        for part in parts:
            line.sendall(part)
            time.sleep(pause)
        received = b""
        while chunk := line.recv(65_536):
            received += chunk
    return received, time.monotonic() - started


def test_who_says_nothing_is_hung_up_on(port: int) -> None:
    received, seconds = answer_to(port)
    assert received == b""
    assert HEADER_SECONDS * 0.9 <= seconds < PATIENCE


@pytest.mark.parametrize("begun", [b"POST / HT", b"\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nX-Part: 1\r\n"])
def test_half_a_request_is_not_waited_for(port: int, begun: bytes) -> None:
    received, _ = answer_to(port, begun)
    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_letter_a_time_does_not_buy_time(port: int) -> None:
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        answer_to(port, *(b"P" for _ in range(60)), pause=HEADER_SECONDS / 8)


def test_a_body_that_never_ends_is_not_waited_for(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly this"
    _, seconds = answer_to(port, head)
    assert BODY_SECONDS * 0.9 <= seconds < PATIENCE


def test_headers_without_end_are_refused(port: int) -> None:
    received, _ = answer_to(port, b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 20_000)
    assert received.startswith(b"HTTP/1.1 431 ")


def test_a_kept_connection_takes_one_request_after_the_other(port: int) -> None:
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")
    received, _ = answer_to(port, one, one, last, pause=HEADER_SECONDS * 1.5)
    assert received.count(b"HTTP/1.1 200 OK") == 3


def test_a_long_answer_is_not_cut_off(port: int) -> None:
    received, _ = answer_to(port, b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.count(b"part") == 4
